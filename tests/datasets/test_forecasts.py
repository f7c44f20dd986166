"""Forecasts further ahead than a network answers at once, held to a loop over single places."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.config import PassengersData, SeriesData, SunspotsData
from explorer.datasets import measurements, series
from explorer.datasets.forecasts import MOST_PLACES, Predict, ahead, errors, first_rows, over_span, times
from explorer.datasets.measurements import Series, SeriesConfig
from explorer.errors import ExplorerError


def say_again(horizon: int) -> Predict:
    return lambda windows: windows[:, -1:, 0].expand(-1, horizon)


def no_change(learnt: series.Learnt) -> Predict:
    return lambda windows: torch.full((len(windows), 1), -learnt.mean / learnt.std)


@pytest.fixture
def counting(tmp_path: Path) -> SeriesData:
    """A series 0, 10, 20 … of 60 rows."""
    path = tmp_path / "counting.csv"
    pd.DataFrame({"day": range(60), "tens": np.arange(60.0) * 10}).to_csv(path, index=False)
    return SeriesData(path=str(path), window=4)


@settings(deadline=None, max_examples=25)
@given(
    passengers=st.booleans(),
    difference=st.booleans(),
    logarithm=st.booleans(),
    window=st.integers(2, 12),
    horizon=st.integers(1, 14),
    steps=st.integers(1, 20),
    row=st.integers(14, 144),
)
def test_an_iterated_forecast_is_that_of_a_loop_that_reads_its_own_answers(
    passengers: bool, difference: bool, logarithm: bool, window: int, horizon: int, steps: int, row: int
) -> None:
    config: SeriesConfig = SunspotsData(window=window, horizon=horizon, difference=difference)
    if passengers:
        config = PassengersData(window=window, horizon=horizon, difference=difference, logarithm=logarithm)
    whole = measurements.read(config)
    weights = torch.linspace(-0.3, 0.4, window * horizon).view(window, horizon)

    def predict(windows: Tensor) -> Tensor:
        return windows[..., 0] @ weights

    found = ahead(whole, config, predict, np.array([row, 14]), steps)

    measured = np.log(whole.values) if config.logarithm else whole.values
    learnt = np.diff(measured) if difference else measured
    training = len(learnt) - round(len(learnt) * 0.15) - round(len(learnt) * 0.2)
    mean, deviation = learnt[:training].mean(), learnt[:training].std()
    known = list((learnt[: row - difference] - mean) / deviation)
    said: list[float] = []
    while len(said) < steps:
        answer = (torch.tensor(known[-window:], dtype=torch.float32) @ weights).tolist()
        known += answer
        said += answer
    values, level = [], measured[row - 1]
    for one in said[:steps]:
        level = level + one * deviation + mean if difference else one * deviation + mean
        values.append(np.exp(level) if config.logarithm else level)
    np.testing.assert_allclose(found.forecast[0], values, rtol=1e-3, atol=1e-3)
    beyond = max(0, row + steps - len(whole.values))
    np.testing.assert_array_equal(found.measured[0, : steps - beyond], whole.values[row : row + steps])
    assert np.isnan(found.measured[0, steps - beyond :]).all()
    assert found.last[0] == whole.values[row - 1]


def test_saying_the_last_value_again_is_persistence_and_its_error_grows_with_the_distance(counting: SeriesData) -> None:
    whole = measurements.read(counting)
    found = errors(over_span(whole, counting, say_again(1), "test", 4))
    np.testing.assert_allclose(found.persistence, [10, 20, 30, 40])
    np.testing.assert_allclose(found.network, found.persistence, rtol=1e-4)
    # of the last fifth of 60 rows the last three have no four values behind them
    assert over_span(whole, counting, say_again(1), "test", 4).rows.tolist() == list(range(48, 57))
    assert found.whole[1] == pytest.approx(np.sqrt((100 + 400 + 900 + 1600) / 4))


def test_expecting_no_change_of_a_series_that_is_differenced_is_persistence_too() -> None:
    config = PassengersData()
    whole = measurements.read(config)
    found = errors(over_span(whole, config, no_change(series.normalised(whole, config)), "test", 12))
    np.testing.assert_allclose(found.network, found.persistence, rtol=1e-4)


def test_forecasts_begin_in_their_span_and_behind_a_whole_window(counting: SeriesData) -> None:
    whole = measurements.read(counting)
    assert first_rows(whole, counting, "train") == range(4, 39)
    assert first_rows(whole, counting, "test") == range(48, 60)
    changes = counting.model_copy(update={"difference": True})
    assert first_rows(whole, changes, "train").start == 5  # four changes need five values


def test_of_a_long_span_places_that_are_spread_evenly_are_measured(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    pd.DataFrame({"value": np.sin(np.arange(9000.0))}).to_csv(path, index=False)
    config = SeriesData(path=str(path), window=4)
    seen: list[int] = []

    def predict(windows: Tensor) -> Tensor:
        seen.append(len(windows))
        return windows[:, -1]

    assert len(over_span(measurements.read(config), config, predict, "test", 3).rows) == MOST_PLACES
    assert seen == [MOST_PLACES] * 3


def test_places_without_a_window_and_forecasts_longer_than_the_span_are_refused(counting: SeriesData) -> None:
    whole = measurements.read(counting)
    for row in (3, 61):
        with pytest.raises(ExplorerError, match="can begin at rows 4 to 60"):
            ahead(whole, counting, say_again(1), np.array([row]), 1)
    with pytest.raises(ExplorerError, match="A forecast of 13 steps does not fit the test span of 12 values"):
        over_span(whole, counting, say_again(1), "test", 13)


def test_a_time_axis_goes_on_as_it_did() -> None:
    places, title = times(measurements.read(SunspotsData()), 3)
    assert (title, places[0], places[-4:].tolist()) == ("year", 1700, [2008, 2009, 2010, 2011])
    places, title = times(measurements.read(PassengersData()), 2)
    assert title == "month"
    assert [str(place)[:10] for place in places[-3:]] == ["1960-12-01", "1961-01-01", "1961-02-01"]


@pytest.mark.parametrize(
    ("labels", "title", "end"),
    [
        (("2024-01-01T00:00:00Z", "2024-01-01T06:00:00Z", "2024-01-01T12:00:00Z"), "when", "2024-01-01T18"),
        (("2024-01-01", "2024-01-02", "2024-01-05", "2024-01-06"), "when", "2024-01-07"),
        (("31.12.2024", "01.01.2025", "02.01.2025"), "when", "2025-01-03"),
        (("12/31/2024", "1/1/2025", "1/2/2025"), "when", "2025-01-03"),
        (("31/12/2024", "1/1/2025", "2/1/2025"), "when", "2025-01-03"),
        (("Nov 2024", "Dec 2024", "Jan 2025"), "when", "2025-02-01"),
        (("2024-Q3", "2024-Q4", "2025-Q1"), "when", "2025-04-01"),
        (("1/2/2024", "2/3/2024", "3/4/2024"), "row", "3.0"),  # the 1st of February or the 2nd of January, and so on
        (("3", "1", "2"), "row", "3.0"),
        (("a", "b", "c"), "row", "3.0"),
        (("2024-01-02", "2024-01-01", "2024-01-03"), "row", "3.0"),
    ],
)
def test_labels_that_are_no_time_give_the_rows_numbers(labels: tuple[str, ...], title: str, end: str) -> None:
    places, found = times(Series("value", labels, np.zeros(len(labels)), "when"), 1)
    assert found == title
    assert str(places[-1]).startswith(end)
    assert len(places) == len(labels) + 1
