from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import models
from explorer.config import PassengersData, SeriesData, SunspotsData, parse
from explorer.datasets import measurements, series
from explorer.errors import ExplorerError
from explorer.places import SAMPLE_DATA
from explorer.training import evaluate_split, train

PARTS = ("train", "validation", "test")


@pytest.fixture
def counting(tmp_path: Path) -> str:
    """A series 0, 10, 20 … of 60 days, and another column."""
    path = tmp_path / "counting.csv"
    table = {"day": [f"day {n}" for n in range(60)], "tens": np.arange(60.0) * 10, "word": ["x"] * 60}
    pd.DataFrame(table).to_csv(path, index=False)
    return str(path)


def test_the_shipped_passengers_are_box_and_jenkins_series_g() -> None:
    values = measurements.read(PassengersData()).values.reshape(12, 12)  # (year, month)
    assert values[0].tolist() == [112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118]
    assert values[11].tolist() == [417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432]
    assert values.sum() == 40_363  # a mean of 280.3, as R prints it for AirPassengers
    labels = measurements.read(PassengersData()).labels
    assert (labels[0], labels[-1]) == ("1949-01", "1960-12")


def test_the_shipped_sunspots_are_the_yearly_numbers_from_1700_to_2008() -> None:
    sunspots = measurements.read(SunspotsData())
    assert sunspots.labels == tuple(str(year) for year in range(1700, 2009))
    by_year = dict(zip(sunspots.labels, sunspots.values.tolist(), strict=True))
    # the highest of all, the deep minimum of 1913, and the first and last year (version 1 of the count)
    assert max(by_year, key=lambda year: by_year[year]) == "1957"
    assert (by_year["1957"], by_year["1913"], by_year["1700"], by_year["2008"]) == (190.2, 1.4, 5.0, 2.9)


@settings(deadline=None, max_examples=40)
@given(
    window=st.integers(2, 30),
    horizon=st.integers(1, 12),
    validation=st.integers(10, 25),
    test=st.integers(10, 25),
)
def test_a_window_comes_right_before_its_answers_which_lie_in_their_own_span(
    window: int, horizon: int, validation: int, test: int
) -> None:
    config = SunspotsData(window=window, horizon=horizon, validation_percent=validation, test_percent=test)
    splits, values = series.load(config), measurements.read(config).values
    spans = series.spans(len(values), config)
    assert [row for span in spans.values() for row in span] == list(range(309))
    for part in PARTS:
        pair = splits.split(part)
        assert pair.inputs.shape[1:] == (window, 1)
        for row, inputs, targets in zip(
            series.first_answers(spans[part], config), pair.inputs, pair.targets, strict=True
        ):
            both = torch.cat((inputs[:, 0], targets)).double().numpy() * splits.std + splits.mean
            np.testing.assert_allclose(both, values[row - window : row + horizon], atol=1e-4)
            assert row in spans[part]
            assert row + horizon - 1 in spans[part]


def test_the_training_span_alone_gives_mean_and_deviation(counting: str) -> None:
    splits = series.load(SeriesData(path=counting, window=4, validation_percent=20, test_percent=30))
    known = np.arange(30.0) * 10  # half of 60 rows
    assert splits.mean == pytest.approx(known.mean())
    assert splits.std == pytest.approx(known.std())
    assert splits.time_labels[:2] == ("day 0", "day 1")
    assert splits.feature_names == ("tens",)
    assert splits.class_names == ("tens, 1 ahead",)


def test_the_baseline_of_a_series_is_the_loss_of_persistence(counting: str) -> None:
    splits = series.load(SeriesData(path=counting, window=4, horizon=2))
    expected = (100 + 400) / 2 / splits.std**2  # it is 10 too low, then 20
    assert splits.baseline == pytest.approx(expected, rel=1e-4)


def test_a_change_is_learnt_as_a_change_and_persistence_expects_none(counting: str) -> None:
    splits = series.load(SeriesData(path=counting, window=4, difference=True))
    assert splits.mean == 10
    assert splits.std == 1  # all changes are the same
    assert splits.train.targets.abs().max() == 0
    assert splits.baseline == pytest.approx(100)
    assert splits.time_labels[0] == "day 1"
    assert splits.feature_names == ("change of tens",)


class Forecast(NamedTuple):
    """The measured and the forecast values of a split in the unit of the series; each (example, horizon)."""

    labels: tuple[tuple[str, ...], ...]
    measured: np.ndarray
    forecast: np.ndarray
    last: np.ndarray  # (example,): the value before, which persistence repeats


def in_unit(config: measurements.SeriesConfig, split: str, numbers: torch.Tensor) -> Forecast:
    """A network's predictions (example, horizon) for a whole split, in the unit of the series."""
    read = measurements.read(config)
    learnt = series.normalised(read, config)
    divided = series.spans(len(learnt.values), config)
    offset = len(read.values) - len(learnt.values)  # the first value has no change
    starts = np.array(series.first_answers(divided[split], config)) + offset  # rows of the series itself
    places = starts[:, None] + np.arange(config.horizon)
    answers = numbers.detach().cpu().double().numpy() * learnt.std + learnt.mean
    last = read.values[starts - 1]
    labels = tuple(tuple(read.labels[place] for place in row) for row in places)
    return Forecast(labels, read.values[places], series.restored(answers, last, config), last)


@pytest.mark.parametrize("difference", [False, True])
@pytest.mark.parametrize("logarithm", [False, True])
def test_right_answers_come_back_as_the_measured_values(difference: bool, logarithm: bool) -> None:
    config = PassengersData(difference=difference, logarithm=logarithm, horizon=3)
    splits, values = series.load(config), measurements.read(config).values
    for part in PARTS:
        back = in_unit(config, part, splits.split(part).targets)
        np.testing.assert_allclose(back.forecast, back.measured, rtol=1e-5)
        np.testing.assert_array_equal(
            values[np.searchsorted(splits.time_labels, back.labels[0])[0] + difference], back.measured[0, 0]
        )
    assert back.labels[-1][-1] == "1960-12"
    assert back.measured[-1].tolist() == [461, 390, 432]
    assert back.last[-1] == 508


def test_a_forecast_of_no_change_is_persistence_itself() -> None:
    config = PassengersData(horizon=4)
    splits = series.load(config)
    still = torch.full_like(splits.test.targets, -splits.mean / splits.std)
    back = in_unit(config, "test", still)
    np.testing.assert_allclose(back.forecast, np.repeat(back.last[:, None], 4, axis=1), rtol=1e-5)


def test_the_column_is_the_one_asked_for_or_the_last_one_of_numbers(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    rows = "".join(f"{n};{n},5;{n * 2};low\n" for n in range(80))
    path.write_text("when;a;b;c\n" + rows, encoding="utf-8")  # as written where the comma is the decimal sign
    assert measurements.read(SeriesData(path=str(path))).column == "b"
    chosen = measurements.read(SeriesData(path=str(path), column="a"))
    assert chosen.values[:3].tolist() == [0.5, 1.5, 2.5]


def test_a_table_of_one_column_counts_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("a\n" + "".join(f"{n}\n" for n in range(80)), encoding="utf-8")
    assert measurements.read(SeriesData(path=str(path))).labels[:2] == ("1", "2")


@pytest.mark.parametrize(
    ("content", "column", "message"),
    [
        ("a,b\n1,x\n2,y\n", "c", "no column of numbers called 'c'; choose one of a"),
        ("a\nx\ny\n", "", "no column of numbers among a"),
        (
            "t,a\n1,2\n2,\n3,4\n",
            "a",
            "Line 3 of .*given.csv has nothing in column 'a', not a number; so have 1 of 3",
        ),
        ("", "", "cannot be read as a CSV file"),
        ('a,b\n"1,2\n', "", "cannot be read as a CSV file"),
        ("t,a\n1,2\n2,3\n", "", "training span has 2 of the series' 2 rows and needs 26"),
    ],
)
def test_a_table_that_is_no_use_is_refused_with_its_numbers(
    content: str, column: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "given.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ExplorerError, match=message):
        series.load(SeriesData(path=str(path), column=column))


def test_a_logarithm_of_zero_is_refused() -> None:
    with pytest.raises(ExplorerError, match="A value of 0 has no logarithm"):
        series.load(SunspotsData(logarithm=True))


def test_a_horizon_longer_than_the_validation_span_is_refused() -> None:
    with pytest.raises(ExplorerError, match="validation span has 21 of the series' 143 rows and needs 37"):
        series.load(PassengersData(horizon=36))


def test_a_file_that_is_not_there_is_missing_and_the_samples_are_named() -> None:
    reason = measurements.missing(SeriesData(path="nowhere.csv"))
    assert reason is not None
    assert "passengers.csv, sunspots.csv" in reason
    assert measurements.missing(SunspotsData()) is None
    assert measurements.missing(PassengersData()) is None
    assert (SAMPLE_DATA / SeriesData().path).is_file()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sunspots", "passengers"])
def test_the_default_network_forecasts_years_it_never_saw_better_than_persistence(name: str) -> None:
    config = parse({"dataset": {"name": name}, "model": {"name": "lstm"}, "training": {"device": "cpu"}})
    assert isinstance(config.dataset, SunspotsData | PassengersData)
    splits = series.load(config.dataset)
    model = models.build(config, splits)
    for _ in train(model, splits, config.training, watched_steps=()):
        pass
    assert evaluate_split(model, splits, "test").loss < 0.75 * splits.baseline
    with torch.no_grad():
        back = in_unit(config.dataset, "test", model(splits.test.inputs))
    # and in the unit of the series too: years of sunspots, months of thousands of passengers
    assert np.square(back.forecast - back.measured).mean() < 0.75 * np.square(back.last[:, None] - back.measured).mean()
