"""Rows of a person's own file in the order of time, their gaps filled or dropped, and everything that is done said."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.config import MissingValues, SeriesData
from explorer.datasets import measurements, series
from explorer.datasets.gaps import without_gaps
from explorer.errors import ExplorerError

DAYS = pd.date_range("2024-01-01", periods=80)
VALUES = np.round(50 + 20 * np.sin(np.arange(80) / 4) + np.arange(80) % 7, 2)
Keep = Callable[..., SeriesData]


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Write lines to a file and return the configuration that reads it."""

    def write(lines: list[str], **settings: Any) -> SeriesData:
        path = tmp_path / "given.csv"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return SeriesData(path=str(path), **settings)

    return write


def lines_of(form: str, order: list[int]) -> list[str]:
    return ["day;value", *(f"{DAYS[row].strftime(form)};{VALUES[row]:.2f}" for row in order)]


FORMS = [
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%Y/%m/%d",
    "%d %b %Y",
    "%b %d, %Y",
    "%d.%m.%y %H:%M",
    "%Y%m%d",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_file_with_its_newest_row_first_is_read_oldest_first_and_that_is_said(keep: Keep, form: str) -> None:
    read = measurements.read(keep(lines_of(form, [*range(80)][::-1])))
    np.testing.assert_array_equal(read.values, VALUES)
    assert read.labels[0] == DAYS[0].strftime(form)
    assert any("newest row first: the rows are sorted by 'day', the oldest first" in note for note in read.notes)


@pytest.mark.parametrize("form", FORMS)
def test_dates_in_any_order_are_sorted_and_that_is_said(keep: Keep, form: str) -> None:
    order = np.random.default_rng(0).permutation(80).tolist()
    read = measurements.read(keep(lines_of(form, order)))
    np.testing.assert_array_equal(read.values, VALUES)
    assert any("not in the order of 'day': they are sorted" in note for note in read.notes)


def test_years_that_fall_are_turned_around_and_numbers_without_an_order_are_left_alone(keep: Keep) -> None:
    years = [f"{2000 - row},{row}" for row in range(40)]
    assert measurements.read(keep(["year,value", *years])).values[:3].tolist() == [39, 38, 37]
    prices = [f"{row * 7 % 11},{row}" for row in range(40)]
    read = measurements.read(keep(["price,value", *prices]))
    assert read.values.tolist() == list(range(40))
    assert read.notes == ()


def test_times_with_a_decimal_comma_are_times(keep: Keep) -> None:
    read = measurements.read(
        keep(["seconds;value", *(f"{(40 - row) / 2:.1f};{row}".replace(".", ",") for row in range(40))])
    )
    assert read.labels[:3] == ("0.5", "1", "1.5")
    assert read.values[:3].tolist() == [39, 38, 37]


def test_rows_in_order_need_no_note(keep: Keep) -> None:
    assert measurements.read(keep(lines_of("%d.%m.%Y", [*range(80)]))).notes == ()


def test_days_and_months_that_nothing_tells_apart_leave_the_rows_as_they_are_and_it_is_said(keep: Keep) -> None:
    lines = ["day,value", *(f"{1 + row % 12:02d}/{1 + row // 12:02d}/2024,{row}" for row in (3, 0, 40, 5, 14, 9))]
    config = keep(lines)
    read = measurements.read(config)
    assert read.values.tolist() == [3, 0, 40, 5, 14, 9]
    assert "can be day/month or month/day: the rows keep their order" in read.notes[0]
    chosen = measurements.read(config.model_copy(update={"date_order": "day_first"}))
    assert chosen.values.tolist() == [0, 3, 5, 9, 14, 40]


def test_dates_are_found_behind_a_first_column_of_names(keep: Keep) -> None:
    lines = ["station,day,value", *(f"north,{DAYS[row].date()},{row}" for row in range(79, -1, -1))]
    read = measurements.read(keep(lines))
    assert (read.time, read.labels[0]) == ("day", "2024-01-01")
    assert read.values[0] == 0


def test_rows_of_the_same_time_are_counted(keep: Keep) -> None:
    lines = ["day,value", *(f"{DAYS[row // 2].date()},{row}" for row in range(40))]
    assert "20 of 40 rows share their 'day' with another" in measurements.read(keep(lines)).notes[0]


def test_lines_around_the_table_are_named(keep: Keep) -> None:
    read = measurements.read(keep([*lines_of("%Y-%m-%d", [*range(80)]), "Source: the office"]))
    assert read.notes == ("Text around the table is left out: line 82.",)
    assert len(read.values) == 80


# ── gaps ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("sign", ["", " ", "n/a", "NaN", "-", "?", "null", "#N/A"])
@pytest.mark.parametrize(
    ("way", "expected"),
    [("interpolate", [1, 2, 3, 4, 5, 6]), ("last", [1, 1, 1, 4, 4, 6]), ("drop", [1, 4, 6])],
)
def test_missing_values_are_replaced_in_the_chosen_way_and_their_lines_are_said(
    keep: Keep, sign: str, way: str, expected: list[float]
) -> None:
    config = keep(["t,value", "1,1", f"2,{sign}", f"3,{sign}", "4,4", f"5,{sign}", "6,6"], missing_values=way)
    read = measurements.read(config)
    assert read.values.tolist() == expected
    assert len(read.labels) == len(expected)
    assert "3 (lines 3, 4 and 6)" in read.notes[0]
    with pytest.raises(ExplorerError, match=r"Line 3 .* 3 of 6 rows. Choose how to fill missing values, or to drop"):
        measurements.read(config.model_copy(update={"missing_values": "refuse"}))


def test_a_first_value_that_is_missing_has_none_before_it(keep: Keep) -> None:
    config = keep(["t,value", "1,", "2,5", "3,6", "4,7"], missing_values="last")
    with pytest.raises(ExplorerError, match="The first 1 values of column 'value' are missing"):
        measurements.read(config)
    filled = measurements.read(config.model_copy(update={"missing_values": "interpolate"}))
    assert filled.values.tolist() == [5, 5, 6, 7]


def test_a_cell_that_is_no_number_and_no_gap_is_a_fault_in_every_way(keep: Keep) -> None:
    config = keep(["t,value", "1,4", "2,x", "3,6"], missing_values="drop")
    with pytest.raises(ExplorerError, match=r"Line 3 .* has 'x' in column 'value', not a number.*Correct them"):
        measurements.read(config)


@given(
    st.lists(st.one_of(st.none(), st.floats(-9, 9)), min_size=2, max_size=30).filter(lambda v: v[0] is not None),
    st.sampled_from(["interpolate", "last", "drop"]),
)
def test_filling_is_what_pandas_does(values: list[float | None], way: MissingValues) -> None:
    given_values = pd.Series(values, dtype=float)
    expected = {"interpolate": given_values.interpolate(), "last": given_values.ffill(), "drop": given_values.dropna()}
    numbers = np.array([np.nan if value is None else value for value in values])
    whole = without_gaps(numbers[:, None], range(len(values)), ("value",), way)
    np.testing.assert_allclose(whole.values[:, 0], expected[way].to_numpy(), atol=1e-12)
    np.testing.assert_array_equal(whole.rows, expected[way].index)


# ── several columns ──────────────────────────────────────────────────────────────────────────────────────────────────
def weather(keep: Keep, **settings: Any) -> SeriesData:
    lines = ["day,rain,sun,level", *(f"{DAYS[row].date()},{row % 5},{row % 7},{VALUES[row]}" for row in range(80))]
    return keep(lines, window=4, **settings)


@pytest.mark.parametrize("difference", [False, True])
def test_other_columns_are_read_beside_the_series_each_normalised_by_its_training_span(
    keep: Keep, difference: bool
) -> None:
    splits = series.load(weather(keep, column="level", also_read=("sun", "rain"), difference=difference))
    assert splits.feature_names[1:] == ("sun", "rain")
    assert splits.train.inputs.shape[1:] == (4, 3)
    rows = 80 - difference
    training = rows - round(rows * 0.15) - round(rows * 0.2)
    sun = np.arange(80)[80 - rows :] % 7
    expected = (sun - sun[:training].mean()) / sun[:training].std()
    np.testing.assert_allclose(splits.train.inputs[0, :, 1].numpy(), expected[:4], rtol=1e-5)
    np.testing.assert_allclose(splits.test.inputs[-1, :, 1].numpy(), expected[-5:-1], rtol=1e-5)
    std, mean = splits.scale_of(1)
    np.testing.assert_allclose(splits.test.inputs[-1, :, 1].numpy() * std + mean, sun[-5:-1], atol=1e-5)
    alone = series.load(weather(keep, column="level", difference=difference))
    np.testing.assert_array_equal(splits.train.targets.numpy(), alone.train.targets.numpy())
    np.testing.assert_array_equal(splits.train.inputs[..., 0].numpy(), alone.train.inputs[..., 0].numpy())
    assert splits.baseline == alone.baseline


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"also_read": ("level",)}, "one stands twice. The network reads 'level' anyway"),
        ({"also_read": ("wind",)}, "no column of numbers called 'wind'; choose one of rain, sun, level"),
    ],
)
def test_other_columns_that_cannot_be_read_are_refused(
    keep: Keep, settings: dict[str, tuple[str, ...]], message: str
) -> None:
    with pytest.raises(ExplorerError, match=message):
        series.load(weather(keep, **settings))


def test_a_constant_has_nothing_to_learn_and_is_refused(keep: Keep) -> None:
    lines = ["t,flat,value", *(f"{row},5,{row * row}" for row in range(60))]
    with pytest.raises(ExplorerError, match=r"All 39 values of 'flat' in the training span are 5: .* another column"):
        series.load(keep(lines, window=4, column="flat"))
    with pytest.raises(ExplorerError, match=r"All 39 values of 'flat' in the training span are 5: .* leave it out"):
        series.load(keep(lines, window=4, also_read=("flat",)))
