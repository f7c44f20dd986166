import numpy as np

from explorer.figures.forecasts import Interval, errors_by_step, forecast, span_forecasts


def test_the_test_span_is_drawn_with_both_forecasts_on_the_time_axis_of_the_series() -> None:
    months = np.array(["1960-01", "1960-02", "1960-03"], "datetime64[M]")
    chart = span_forecasts(months, np.arange(3.0), np.ones(3), np.full(3, 2.0), ("month", "thousand"), "The test span")
    lines = {line.name: line for line in chart.data}
    for name, values in (("truth", np.arange(3.0)), ("predicted", np.ones(3)), ("persistence", np.full(3, 2.0))):
        np.testing.assert_array_equal(lines[name].y, values)
        assert len(lines[name].x) == 3
    assert (chart.layout.xaxis.title.text, chart.layout.yaxis.title.text) == ("month", "thousand")
    assert '"1960-02' in chart.to_json()


def test_errors_begin_one_step_ahead_and_the_selected_horizon_is_marked() -> None:
    chart = errors_by_step(np.array([1.0, 2.0]), np.array([3.0, 4.0]), "sunspots", "Error", chosen=2)
    lines = {line.name: line for line in chart.data}
    np.testing.assert_array_equal(lines["network"].x, [1, 2])
    np.testing.assert_array_equal(lines["persistence"].y, [3, 4])
    assert chart.layout.shapes[0].x0 == 2
    assert "sunspots" in chart.layout.yaxis.title.text


def test_a_forecast_beyond_the_data_shows_the_truth_as_far_as_it_is_known() -> None:
    chart = forecast(np.arange(6), np.zeros(3), np.ones(1), np.zeros(3), np.zeros(3), ("year", "sunspots"))
    truth = next(line for line in chart.data if line.name == "truth")
    np.testing.assert_array_equal(truth.x, [3])


def test_a_forecast_begins_where_the_history_ends() -> None:
    times = np.arange(1900.0, 1907.0)
    chart = forecast(times, np.arange(4.0), np.arange(3.0), np.ones(3), np.full(3, 3.0), ("year", "sunspots"))
    lines = {line.name: line for line in chart.data}
    np.testing.assert_array_equal(lines["history"].x, times[:4])
    for name, values in (("truth", np.arange(3.0)), ("predicted", np.ones(3)), ("persistence", np.full(3, 3.0))):
        np.testing.assert_array_equal(lines[name].x, times[4:])
        np.testing.assert_array_equal(lines[name].y, values)
    assert chart.layout.yaxis.title.text == "sunspots"


def test_a_forecast_of_the_future_has_no_line_of_the_truth() -> None:
    chart = forecast(np.arange(5), np.zeros(3), None, np.zeros(2), np.zeros(2), ("month", "passengers"))
    assert "truth" not in {line.name for line in chart.data}


def test_the_last_season_and_the_interval_are_drawn_where_there_are_any() -> None:
    interval = Interval("90% interval", np.array([0.0, -1.0]), np.array([2.0, 3.0]))
    chart = forecast(
        np.arange(5), np.zeros(3), None, np.ones(2), np.zeros(2), ("month", "count"), np.array([4.0, 5.0]), interval
    )
    lines = {line.name: line for line in chart.data}
    np.testing.assert_array_equal(lines["last season"].y, [4, 5])
    np.testing.assert_array_equal(lines["last season"].x, [3, 4])
    np.testing.assert_array_equal(lines["90% interval"].y, interval.high)
    assert lines["90% interval"].fill == "tonexty"  # down to the line before it, the lower end
    np.testing.assert_array_equal(chart.data[0].y, interval.low)
    spans = span_forecasts(
        np.arange(2), np.zeros(2), np.ones(2), np.zeros(2), ("", ""), "Span", np.array([4.0, 5.0]), interval
    )
    assert {"last season", "90% interval"} <= {line.name for line in spans.data}
    errors = errors_by_step(np.ones(2), np.ones(2), "count", "Error", seasonal=np.array([6.0, 7.0]))
    np.testing.assert_array_equal(next(line for line in errors.data if line.name == "last season").y, [6, 7])


def test_the_interval_around_a_single_place_is_a_line_between_its_ends() -> None:
    interval = Interval("90% interval", np.array([0.0]), np.array([2.0]))
    chart = forecast(np.arange(4), np.zeros(3), None, np.ones(1), np.zeros(1), ("", ""), None, interval)
    line = next(line for line in chart.data if line.name == "90% interval")
    np.testing.assert_array_equal(line.x, [3, 3])
    np.testing.assert_array_equal(line.y, [0, 2])
