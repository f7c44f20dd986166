import json

import numpy as np
import plotly.graph_objects as go
import pytest

from explorer.figures.channels import (
    ascent,
    changes_by_layer,
    logits_before_after,
    patch_at,
    patch_grid,
    ranking,
)

PICTURES = np.arange(3 * 6 * 6, dtype=np.uint8).reshape(3, 6, 6, 1)
WINDOWS = np.array([[0, 1, 2, 4], [2, 4, 3, 5], [1, 3, 0, 1]])
VALUES = np.array([2.5, 1.0, 0.25])
FIGURES = {
    "patches": patch_grid(PICTURES, WINDOWS, VALUES, ["a", "b", "c"], "Patches"),
    "ranking": ranking(np.linspace(-1, 2, 7), "cat", [3]),
    "logits": logits_before_after(np.array([1.0, 2]), np.array([3.0, 2]), ("cat", "dog"), ("as it is", "ablated")),
    "changes": changes_by_layer({"first": 0.0, "second": 0.5}, "Changes"),
    "ascent": ascent(np.array([0, 8]), np.array([0.1, 2.0]), 1.5),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_a_height_and_a_description_for_screen_readers(name: str) -> None:
    assert FIGURES[name].layout.height > 0
    assert FIGURES[name].layout.meta["description"]


def test_patches_are_cut_by_their_windows_and_aligned_to_the_uncut_side() -> None:
    figure = FIGURES["patches"]
    canvas = np.array(figure.data[0].z)
    opaque = [canvas[place] for place in zip(*np.nonzero(canvas[..., 3]), strict=True)]
    assert len(opaque) == 2 * 3 + 3 * 3 + 3 * 2
    first = np.argwhere((canvas[..., 0] == PICTURES[0, 0, 2, 0]) & (canvas[..., 3] > 0))[0]
    above = canvas[first[0] - 1, first[1]]
    assert above[3] == 0  # the row that the picture's border cut off
    assert figure.data[1].text == ("2.5", "1", "0.25")


def test_a_click_on_a_patch_or_its_label_finds_the_patch() -> None:
    labels = FIGURES["patches"].data[1]
    for number in range(3):
        x, y = float(labels.x[number]), float(labels.y[number])
        assert patch_at(WINDOWS, x, y) == number
        assert patch_at(WINDOWS, x, y + 2) == number
    assert patch_at(WINDOWS, -5, 0) is None


def test_a_ranking_shows_twenty_channels_from_each_end_in_order() -> None:
    effects = np.random.default_rng(0).normal(size=100)
    bar: go.Bar = ranking(effects, "cat").data[0]
    order = np.argsort(effects)
    assert list(bar.y) == [str(channel) for channel in (*order[:20], *order[-20:])]
    assert np.allclose(bar.x, np.sort(effects)[[*range(20), *range(80, 100)]])
    assert len(ranking(effects[:7], "cat").data[0].x) == 7


def test_the_title_says_whether_the_prediction_changes() -> None:
    assert FIGURES["logits"].layout.title.text == "The prediction changes from dog to cat"
    same = logits_before_after(np.array([1.0, 0]), np.array([2.0, 1]), ("cat", "dog"), ("before", "after"))
    assert same.layout.title.text == "The prediction stays cat"


def test_of_many_classes_those_with_the_largest_logits_are_shown() -> None:
    before = np.arange(100.0)
    figure = logits_before_after(before, before * 0, [f"class {number}" for number in range(100)], ("before", "after"))
    assert list(figure.data[0].x) == [f"class {number}" for number in range(99, 87, -1)]


@pytest.mark.parametrize("name", ["ranking", "logits", "changes", "ascent"])
def test_numbers_travel_as_typed_arrays(name: str) -> None:
    for trace in json.loads(FIGURES[name].to_json())["data"]:
        values = trace["x"] if trace.get("orientation") == "h" else trace["y"]
        assert values["dtype"] == "f4"
