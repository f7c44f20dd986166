import json

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks


def sent(trace: go.Scatter | go.Bar | go.Heatmap) -> dict[str, dict[str, str]]:
    """The trace as the browser receives it."""
    return dict(json.loads(go.Figure(trace).to_json())["data"][0])


def test_values_travel_as_float32_and_steps_as_int32() -> None:
    steps, values = np.arange(3, dtype=np.int64), np.linspace(0, 1, 3)
    line = sent(marks.line(steps, values, "loss", "#000000", hover="%{y}"))
    assert (line["x"]["dtype"], line["y"]["dtype"]) == ("i4", "f4")
    dots = sent(marks.points(values, values))
    assert (dots["x"]["dtype"], dots["y"]["dtype"]) == ("f4", "f4")
    assert sent(marks.bars(values, ["a", "b", "c"], hover="%{y}"))["y"]["dtype"] == "f4"
    assert sent(marks.heatmap(values.reshape(1, 3)))["z"]["dtype"] == "f4"
    assert sent(marks.heatmap(np.zeros((2, 2), np.uint8)))["z"]["dtype"] == "u1"


def test_a_year_with_its_fraction_keeps_all_its_digits() -> None:
    years = np.array([1749.0417, 1749.125])
    assert marks.line(years, np.zeros(2), "sunspots", "#000000", hover="%{y}").x.tolist() == years.tolist()


def test_horizontal_bars_have_their_lengths_on_the_x_axis() -> None:
    bar = marks.bars(np.array([0.25, 0.5]), ["a", "b"], across=True, hover="%{x}")
    assert (bar.orientation, bar.x.tolist(), list(bar.y)) == ("h", [0.25, 0.5], ["a", "b"])


def test_a_level_is_a_dotted_line_from_end_to_end() -> None:
    level = marks.level(0.5, (0, 100), "baseline", "baseline: 0.5")
    assert (level.x.tolist(), level.y.tolist(), level.line.dash) == ([0, 100], [0.5, 0.5], "dot")


def test_the_name_of_a_trace_is_only_in_the_hover_if_the_template_says_so() -> None:
    plain, named = (marks.points([0], [0], hover=hover) for hover in ("%{y}", "%{y}<extra>loss</extra>"))
    assert (plain.hovertemplate, named.hovertemplate) == ("%{y}<extra></extra>", "%{y}<extra>loss</extra>")


def test_a_heatmap_without_hover_still_reports_clicks() -> None:
    assert marks.heatmap(np.zeros((2, 2))).hoverinfo == "none"  # "skip" would prevent clicks
    assert marks.points([0], [0]).hoverinfo == "skip"
