import json
import re
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from explorer.figures.network_graph import Box, Drawn, network_graph, target_at

CHAIN = ["input", "conv1", "block.conv", "block.add", "fc"]
EDGES = [*pairwise(CHAIN), ("conv1", "block.add")]


def boxes() -> list[Box]:
    return [
        Box(name, name, "Conv2d 3x3", "8x16x16", "weights", ("block",) if name.startswith("block") else ())
        for name in CHAIN
    ]


def drawn(selected: str | None = None) -> Drawn:
    return network_graph(boxes(), EDGES, "A network", selected)


def texts(chart: go.Figure) -> list[str]:
    return [text for trace in chart.data if trace.mode == "text" for text in trace.text]


def test_every_box_shows_its_name_within_its_frame_its_kind_and_its_shape() -> None:
    words = texts(drawn().figure)
    assert words[1] == "<b>conv1</b><br>Conv2d 3x3<br>8x16x16"
    assert words[2].startswith("<b>conv</b>")


def test_a_click_on_a_box_finds_it_and_on_the_name_of_a_frame_its_block() -> None:
    chart = drawn()
    middle = {target.id: target for target in chart.targets[2::5][: len(CHAIN)]}
    for name in CHAIN:
        for aside in (-0.45, 0.0, 0.45):
            assert target_at(chart.targets, middle[name].x + aside, middle[name].y + 9) == name
    frame = chart.targets[-1]
    assert frame.id == "block"
    assert target_at(chart.targets, frame.x, frame.y) == "block"
    assert target_at([], 0, 0) is None


def test_a_skip_bends_away_from_the_boxes_it_passes() -> None:
    lines = drawn().figure.data[0]
    assert float(np.nanmax(lines.x)) > 0.5
    assert json.loads(drawn().figure.to_json())["layout"]["meta"]["description"].endswith("1 of which skip boxes")


def test_the_drawing_grows_with_its_layers() -> None:
    short = network_graph(boxes()[:2], EDGES[:1], "Short").figure
    assert drawn().figure.layout.height > short.layout.height + 3 * 60


def test_expanded_blocks_are_framed_and_the_selected_box_is_marked() -> None:
    shapes = drawn("conv1").figure.layout.shapes
    assert [shape.type for shape in shapes].count("rect") == 1
    assert shapes[-1].line.width > shapes[-2].line.width
    assert "▾ block" in [note.text for note in drawn().figure.layout.annotations]


def test_names_are_shortened_beside_many_branches_and_complete_on_hover() -> None:
    names = [f"a_rather_long_name_{number}" for number in range(6)]
    nodes = [Box(name, name, "Conv2d", "1", "layer") for name in ["input", *names]]
    chart = network_graph(nodes, [("input", name) for name in names], "Wide").figure
    assert all(len(re.sub("<.*?>", "", line)) <= 9 for text in texts(chart) for line in text.split("<br>"))
    assert any("a_rather_long_name_3" in text for text in chart.data[-1].hovertext)


def test_the_graph_can_be_moved_and_zoomed_and_another_drawing_begins_in_full() -> None:
    layout = drawn().figure.layout
    assert layout.dragmode == "pan"
    assert layout.meta["toolbar"]
    assert layout.xaxis.fixedrange is False
    assert layout.yaxis.fixedrange is False
    assert layout.uirevision != network_graph(boxes()[:2], EDGES[:1], "Short").figure.layout.uirevision


def test_every_text_of_the_graph_has_at_least_12_pixels_and_its_lines_fit_into_a_box() -> None:
    chart = drawn().figure
    sizes = [trace.textfont.size for trace in chart.data if trace.mode == "text"]
    assert min(sizes + [note.font.size for note in chart.layout.annotations]) >= 12
    most = max(text.count("<br>") + 1 for text in texts(chart))
    tops = [float(y) for y in re.findall(r",([0-9.]+)", next(s.path for s in chart.layout.shapes if s.type == "path"))]
    assert max(tops[:4]) - min(tops[:4]) >= most * 1.3 * max(sizes)  # pixels: Plotly's lines are 1.3 letters high
