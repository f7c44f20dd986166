import numpy as np

from explorer.figures.through_time import (
    MOST_TOKENS,
    before_after,
    forecast,
    gradients_through_time,
    token_probabilities,
)


def test_norms_are_drawn_as_they_are_on_a_logarithmic_axis_that_holds_them_all() -> None:
    norms = np.array([1e-12, 1e-6, 1.0])
    chart = gradients_through_time({"RNN": norms, "LSTM": np.ones(3)}, "Gradients", chosen_time=1)
    np.testing.assert_allclose(chart.data[0].y, norms, rtol=1e-6)
    low, high = chart.layout.yaxis.range
    assert (chart.layout.yaxis.type, low < -12, high > 0) == ("log", True, True)
    assert chart.layout.shapes[0].x0 == 1


def test_vanished_gradients_lie_on_the_lower_edge_as_triangles_and_keep_their_value_on_hover() -> None:
    line = gradients_through_time({"RNN": np.array([0.0, 1e-31, 1e-4])}, "Gradients").data[0]
    assert list(line.marker.symbol) == ["triangle-down", "triangle-down", "circle"]
    assert 0 < line.y[0] == line.y[1] < 1e-4
    np.testing.assert_allclose(line.customdata, [0, 1e-31, 1e-4], rtol=1e-6)


def test_gradients_that_are_all_zero_or_not_finite_still_draw() -> None:
    chart = gradients_through_time({"RNN": np.zeros(4), "LSTM": np.array([np.inf, np.nan, 0, 0])}, "Gradients")
    assert np.all(np.isfinite(chart.layout.yaxis.range))


def test_no_networks_draw_an_empty_chart_that_says_so() -> None:
    assert "no gradients yet" in gradients_through_time({}, "Gradients").layout.annotations[0].text


def test_a_forecast_begins_where_the_history_ends() -> None:
    times = np.arange(1900.0, 1907.0)
    chart = forecast(times, np.arange(4.0), np.arange(3.0), np.ones(3), np.full(3, 3.0), ("year", "sunspots"))
    lines = {line.name: line for line in chart.data}
    np.testing.assert_array_equal(lines["read"].x, times[:4])
    for name, values in (("truth", np.arange(3.0)), ("predicted", np.ones(3)), ("persistence", np.full(3, 3.0))):
        np.testing.assert_array_equal(lines[name].x, times[4:])
        np.testing.assert_array_equal(lines[name].y, values)
    assert chart.layout.yaxis.title.text == "sunspots"


def test_a_forecast_of_what_nobody_knows_yet_has_no_line_of_the_truth() -> None:
    chart = forecast(np.arange(5), np.zeros(3), None, np.zeros(2), np.zeros(2), ("month", "passengers"))
    assert "truth" not in {line.name for line in chart.data}


def test_an_intervention_is_drawn_beside_what_it_changes() -> None:
    chart = before_after(np.array([0.0, 1.0]), np.array([0.0, -1.0]), ("as trained", "clamped"), "h", chosen_time=1)
    assert [line.name for line in chart.data] == ["as trained", "clamped"]
    np.testing.assert_array_equal(chart.data[1].y, [0, -1])
    assert chart.data[1].fill == "tonexty"


def test_the_most_probable_tokens_are_on_top_and_the_true_one_is_always_among_them() -> None:
    probabilities = np.linspace(0.1, 0.0, 20)
    bars = token_probabilities([chr(97 + index) for index in range(20)], probabilities, "t", "Next").data[0]
    np.testing.assert_allclose(bars.x, [*probabilities[: MOST_TOKENS - 1], probabilities[19]], rtol=1e-6)
    assert (bars.hovertext[0], bars.hovertext[-1]) == ("a", "t ✓")
    assert bars.marker.color[-1] != bars.marker.color[0]


def test_without_a_known_truth_no_token_is_marked() -> None:
    bars = token_probabilities(["\n", " "], np.array([0.25, 0.75]), None, "Next").data[0]
    assert list(bars.hovertext) == ["·", "⏎"]
    assert list(bars.text) == ["75.0%", "25.0%"]
