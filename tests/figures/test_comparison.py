import base64
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from explorer.figures.accuracy_curves import AccuracyCurve, accuracy_curves
from explorer.figures.comparison import Accuracy, Size, accuracies, sizes
from explorer.figures.gradient_flow import GradientFlow, gradient_flow
from explorer.figures.hard_pictures import grey_png, hard_pictures
from explorer.figures.networks import Network

OWN, SHIPPED = Network("cnn", "CNN", True), Network("rnn", "RNN", False)


def test_an_accuracy_is_a_symbol_with_its_interval_the_best_at_the_top() -> None:
    drawn = accuracies({SHIPPED: Accuracy(0.9, 0.85, 0.94), OWN: Accuracy(0.99, 0.97, 0.995)}, "Accuracy")
    marks = drawn.data[0]
    assert marks.x.tolist() == pytest.approx([0.9, 0.99])
    assert marks.error_x.array.tolist() == pytest.approx([0.04, 0.005])
    assert marks.error_x.arrayminus.tolist() == pytest.approx([0.05, 0.02])
    assert list(drawn.layout.yaxis.ticktext) == ["RNN", "CNN"]
    assert "RNN (shipped): 90.00%, between 85.0% and 94.0%" in drawn.layout.meta["description"]


def test_shipped_networks_are_hollow_and_own_ones_filled_in_the_same_colour() -> None:
    drawn = accuracies({OWN: Accuracy(0.9, 0.8, 1.0), SHIPPED: Accuracy(0.8, 0.7, 0.9)}, "Accuracy").data[0]
    assert [symbol.endswith("-open") for symbol in drawn.marker.symbol] == [True, False]
    back = {network: GradientFlow(["b", "a"], np.array([2.0, 1.0])) for network in (SHIPPED, OWN)}
    lines = gradient_flow(back, "Gradient", "layers", "layer").data
    assert [line.line.color for line in lines] == list(drawn.marker.color)
    assert [line.line.dash for line in lines] == ["dash", "solid"]


def test_the_gradient_is_relative_to_the_output_and_the_hover_shows_its_norm() -> None:
    drawn = gradient_flow(
        {OWN: GradientFlow(["last", "first"], np.array([4.0, 1.0]))}, "Gradient", "layers back", "layer"
    ).data[0]
    assert drawn.y.tolist() == [1.0, 0.25]
    assert drawn.customdata.tolist() == [4.0, 1.0]
    assert list(drawn.hovertext) == ["last", "first"]


def test_a_line_extends_from_the_trainable_to_all_parameters() -> None:
    drawn = sizes({OWN: Size(650, 175_546), SHIPPED: Size(5386, 5386)}, "Size")
    line, marks = drawn.data
    assert line.x.tolist() == [650, 175_546]
    assert marks.x.tolist() == [650, 5386]
    low, high = drawn.layout.xaxis.range
    assert 10**low < 650
    assert 10**high > 175_546


def test_a_curve_begins_after_0_seconds_because_a_logarithmic_axis_has_no_0() -> None:
    drawn = accuracy_curves(
        {OWN: AccuracyCurve(np.array([0.0, 0.5, 2.0]), np.array([0.1, 0.6, 0.9]))}, "Accuracy over time"
    ).data[0]
    assert drawn.x.tolist() == [0.5, 2.0]
    assert drawn.y.tolist() == pytest.approx([0.6, 0.9])


def test_a_wrong_prediction_shows_the_predicted_class() -> None:
    pictures = np.zeros((2, 8, 8, 1), np.uint8)
    drawn = hard_pictures(pictures, ["3", "7"], {OWN: ["3", "1"], SHIPPED: ["5", "7"]}, "Hard")
    assert [list(trace.text) for trace in drawn.data] == [["", "1"], ["5", ""]]
    assert "CNN predicts 1: the label is 7" in drawn.data[0].hovertext[1]
    assert "Misclassified: CNN 1, RNN (shipped) 1" in drawn.layout.meta["description"]


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_a_picture_reaches_the_browser_unchanged(pixels: np.ndarray) -> None:
    kind, encoded = grey_png(pixels).split(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as read:  # Pillow's reader
        assert read.mode == "L"
        np.testing.assert_array_equal(np.asarray(read), pixels)


def test_a_chart_without_networks_says_so() -> None:
    for drawn in (
        accuracies({}, "Accuracy"),
        sizes({}, "Size"),
        accuracy_curves({}, "Accuracy over time"),
        gradient_flow({}, "Gradient", "", ""),
    ):
        assert "no trained network yet" in drawn.layout.annotations[0].text
    assert "Hard: none" in hard_pictures(np.zeros((0, 8, 8, 1), np.uint8), [], {}, "Hard").layout.annotations[0].text


def test_every_chart_can_be_sent_to_the_browser() -> None:
    for drawn in (
        accuracies({OWN: Accuracy(1.0, 0.98, 1.0)}, "Accuracy"),
        hard_pictures(np.zeros((1, 8, 8, 1), np.uint8), ["3"], {OWN: ["5"]}, "Hard"),
    ):
        assert json.loads(drawn.to_json())["layout"]["height"] > 0
