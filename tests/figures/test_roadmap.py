"""The map of a roadmap: boxes, lines, clicks, and words that fit."""

from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.figures.roadmap import Line, Node, node_at, roadmap_map, row_heights
from explorer.figures.roadmap_shapes import BOX, HALF
from explorer.figures.routes import route
from explorer.figures.wrapping import text_width, wrapped

NODES = {
    "a": Node("First", 0, 0, "known"),
    "b": Node("Second", 0, 1, "next", chosen=True),
    "c": Node("Third", 1, 1, "later", number=1),
    "d": Node("Fourth", 2, 1, "later", number=2),
}
LINES = [Line("a", "b", "before"), Line("b", "c"), Line("c", "d", "path"), Line("b", "d", "after")]
BANDS = {"One": (0, 1), "Two": (2, 2)}


def figure() -> go.Figure:
    return roadmap_map(NODES, LINES, BANDS, "A map", "A map of four topics")


def test_every_topic_is_named_in_its_box_and_every_stage_above_its_boxes() -> None:
    drawn = figure()
    words = {
        (float(x), float(y)): text
        for trace in drawn.data
        if trace.type == "scatter" and trace.mode == "text"
        for x, y, text in zip(trace.x, trace.y, trace.text, strict=True)
    }
    heights = row_heights(BANDS)
    assert words == {(node.slot, heights[node.row]): node.label for node in NODES.values()}
    names = {note.text: note.y for note in drawn.layout.annotations}
    assert names["<b>One</b>"] < heights[0] - BOX / 2
    assert heights[1] + BOX / 2 < names["<b>Two</b>"] < heights[2] - BOX / 2


def test_the_map_has_a_title_and_a_description_and_cannot_be_zoomed() -> None:
    layout = figure().layout
    assert layout.title.text == "A map"
    assert layout.meta["description"] == "A map of four topics"
    assert layout.xaxis.fixedrange
    assert layout.yaxis.fixedrange


def test_the_selected_topic_has_a_ring_around_its_box() -> None:
    shapes = figure().layout.shapes
    paths = [shape for shape in shapes if shape.type == "path"]
    assert len(paths) == len(NODES) + 1
    assert len([shape for shape in shapes if shape.type == "rect"]) == len(BANDS)
    assert len({shape.line.color for shape in paths}) == 4  # known, next, on the path (twice), the ring


def test_known_topics_have_a_tick_and_topics_on_the_path_their_number() -> None:
    badges = next(trace for trace in figure().data[1:] if trace.mode == "markers+text")
    assert list(badges.text) == ["✓", "1", "2"]


def test_the_legend_names_the_path_only_if_there_is_one() -> None:
    def names(nodes: dict[str, Node]) -> list[str]:
        drawn = roadmap_map(nodes, [], BANDS, "", "")
        return [trace.name for trace in drawn.data if trace.showlegend]

    assert names(NODES) == ["Known", "Ready to learn", "Later", "Your path"]
    assert names({"a": NODES["a"]}) == ["Known", "Ready to learn", "Later"]


@given(st.sampled_from(list(NODES)), st.floats(-0.99, 0.99), st.floats(-0.99, 0.99))
@settings(deadline=None, max_examples=50)
def test_a_click_anywhere_in_a_box_finds_its_topic(name: str, across: float, down: float) -> None:
    node = NODES[name]
    x, y = node.slot + across * HALF, row_heights(BANDS)[node.row] + down * BOX / 2
    assert node_at(NODES, BANDS, x, y) == name


def test_a_click_between_the_boxes_finds_none() -> None:
    heights = row_heights(BANDS)
    assert node_at(NODES, BANDS, 0.5, heights[0]) is None
    assert node_at(NODES, BANDS, 1, (heights[0] + heights[1]) / 2) is None
    assert node_at(NODES, BANDS, 2, heights[0]) is None  # an empty slot


def test_the_clickable_area_covers_exactly_the_boxes() -> None:
    field = figure().data[0]
    heights = row_heights(BANDS)
    x = (np.asarray(field.x)[:-1] + np.asarray(field.x)[1:]) / 2
    y = (np.asarray(field.y)[:-1] + np.asarray(field.y)[1:]) / 2
    rows, columns = np.nonzero(~np.isnan(np.asarray(field.z)))
    places = {(round(float(x[column]), 3), round(float(y[row]), 1)) for row, column in zip(rows, columns, strict=True)}
    assert places == {(float(node.slot), round(heights[node.row], 1)) for node in NODES.values()}


@st.composite
def grids(draw: st.DrawFn) -> dict[str, tuple[int, int]]:
    places = draw(st.sets(st.tuples(st.integers(0, 2), st.integers(0, 5)), min_size=2, max_size=18))
    return {f"n{number}": place for number, place in enumerate(sorted(places))}


@given(grids(), st.data())
@settings(deadline=None, max_examples=100)
def test_a_line_goes_down_from_box_to_box_and_crosses_none_between(
    places: dict[str, tuple[int, int]], data: st.DataObject
) -> None:
    start = data.draw(st.sampled_from(list(places)))
    below = [name for name, place in places.items() if place[1] > places[start][1]]
    if not below:
        return
    end = data.draw(st.sampled_from(below))
    heights = {row: 64.0 * row for row in range(6)}
    path = route(start, end, [(start, end)], places, heights, BOX, HALF)
    assert path[0] == pytest.approx((places[start][0], heights[places[start][1]] + BOX / 2))
    assert path[-1] == pytest.approx((places[end][0], heights[places[end][1]] - BOX / 2))
    assert (np.diff(path[:, 1]) >= 0).all()
    fine = np.concatenate([np.linspace(a, b, 20) for a, b in pairwise(path)])
    for name, (slot, row) in places.items():
        if name not in (start, end):
            inside = (abs(fine[:, 0] - slot) < HALF - 0.01) & (abs(fine[:, 1] - heights[row]) < BOX / 2 - 0.01)
            assert not inside.any(), name


def test_lines_that_end_at_one_box_keep_their_distance() -> None:
    places = {"a": (0, 0), "b": (2, 0), "c": (1, 1)}
    pairs = [("a", "c"), ("b", "c")]
    ends = [route(start, "c", pairs, places, {0: 0.0, 1: 64.0}, BOX, HALF)[-1, 0] for start in ("a", "b")]
    assert ends[0] < 1 < ends[1]


@given(st.lists(st.text("abcdefghMWil", min_size=1, max_size=9), min_size=1, max_size=6))
@settings(deadline=None, max_examples=100)
def test_words_are_wrapped_into_the_fewest_lines_and_none_is_lost(words: list[str]) -> None:
    lines = wrapped(" ".join(words), 92, 11)
    assert " ".join(lines).split() == words
    for line in lines:
        assert text_width(line, 11) <= 92 or len(line.split()) == 1
    greedy = 1
    width = text_width(words[0], 11)
    for word in words[1:]:
        width += text_width(f" {word}", 11)
        if width > 92:
            greedy, width = greedy + 1, text_width(word, 11)
    assert len(lines) == greedy


def test_lines_are_even_and_long_words_break_at_hyphens() -> None:
    assert wrapped("Support vector machines", 92, 12) == ["Support vector", "machines"]
    assert wrapped("Back-propagation through time", 92, 12)[0] in ("Back-", "Back-propagation")
    assert wrapped("one-word-of-many-parts-and-many-more", 60, 12)[0].endswith("-")
