"""The strip of what is read, below every chart over time."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from explorer.figures.gates import gate_heatmaps
from explorer.figures.input_strip import InputStrip, with_strip
from explorer.figures.states import state_heatmap, unit_traces
from explorer.figures.through_time import before_after, gradients_through_time

STATES = np.linspace(-1, 1, 32).reshape(4, 8)  # (unit, time)
MARKS = InputStrip(np.stack([np.linspace(0, 1, 8), np.array([0, 1, 0, 0, 0, 0, 1, 0])]), ("value", "marker"))
DIGIT = InputStrip(np.linspace(0, 16, 64).reshape(8, 8), [f"column {number}" for number in range(8)])
CHARTS = {
    "states": lambda: state_heatmap(STATES, "States"),
    "traces": lambda: unit_traces(STATES, [0, 1], "Traces"),
    "gates": lambda: gate_heatmaps({"forget_gate": STATES, "candidate": STATES}),
    "gradients": lambda: gradients_through_time({"RNN": np.ones(8)}, "Gradients"),
    "interventions": lambda: before_after(STATES[0], STATES[1], ("a", "b"), "States"),
}


def pixels(chart: go.Figure, axis: str) -> float:
    """The height of an axis in pixels."""
    low, high = chart.layout[axis].domain or (0, 1)
    return float((high - low) * (chart.layout.height - chart.layout.margin.t - chart.layout.margin.b))


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("strip", [MARKS, DIGIT], ids=["marks", "digit"])
def test_it_lies_below_the_chart_on_the_same_time_axis_and_takes_nothing_from_it(name: str, strip: InputStrip) -> None:
    plain, chart = CHARTS[name](), with_strip(CHARTS[name](), strip)
    cells = chart.data[-1]
    assert (cells.xaxis, cells.yaxis) == (None, "y9")  # the only time axis
    assert chart.layout.xaxis.anchor == "y9"
    np.testing.assert_allclose(cells.customdata, strip.values, rtol=1e-6)
    for axis in [key for key in plain.layout if key.startswith("yaxis")]:
        assert pixels(chart, axis) == pytest.approx(pixels(plain, axis))
        assert chart.layout[axis].domain[0] > chart.layout.yaxis9.domain[1]
    assert len(chart.data) == len(plain.data) + 1


def test_each_feature_of_a_few_has_its_own_scale_and_its_name() -> None:
    chart: Any = with_strip(CHARTS["states"](), MARKS)
    assert chart.data[-1].z.tolist()[1] == [0, 255, 0, 0, 0, 0, 255, 0]
    assert list(chart.layout.yaxis9.ticktext) == ["value", "marker"]


def test_the_rows_of_a_picture_are_the_columns_of_the_strip_on_one_scale() -> None:
    cells = with_strip(CHARTS["states"](), DIGIT).data[-1]
    np.testing.assert_array_equal(cells.z, np.round(DIGIT.values / 16 * 255))


def test_a_click_on_the_strip_has_a_negative_place() -> None:
    assert max(with_strip(CHARTS["states"](), DIGIT).data[-1].y) < 0


def test_without_numbers_the_chart_stays_as_it_is() -> None:
    assert with_strip(CHARTS["states"](), None) == CHARTS["states"]()
