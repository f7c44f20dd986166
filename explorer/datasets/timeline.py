"""The time of each row of a series, by its label: a number, a date, or nothing but its place."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from explorer.config import DateOrder
from explorer.datasets.dates import Moments, readings
from explorer.datasets.numerals import number

Positions = NDArray[np.float64] | Moments


class Timeline(NamedTuple):
    """The place of each row in time, and what is to be said about it."""

    positions: Positions | None  # (row,); None where the labels are no time
    note: str = ""


def timeline(labels: Sequence[str], order: DateOrder = "auto") -> Timeline:
    """The time that labels say: numbers that only grow or only fall, or dates in any order.

    Where 1/2/2024 can be a day in January or in February, the reading in which the rows are in order is taken; if both
    are or none is, the labels are no time, and the note says so.

    Args:
        labels: one a row, as they are written.
        order: of day and month in dates, where it is known.
    """
    numbers = np.array([number(label, "point") for label in labels])
    compact_dates = all(len(label) == 8 and label.isdigit() for label in labels)
    if np.isfinite(numbers).all() and not compact_dates:
        return Timeline(numbers if _is_strict(numbers) else None)
    found = readings(labels, order)
    if len(found) < 2:
        return Timeline(next(iter(found.values()), None))
    ordered = {name: moments for name, moments in found.items() if _is_strict(moments)}
    if len(ordered) == 1:
        name, moments = next(iter(ordered.items()))
        first, second = name.removesuffix("_first"), "month" if name == "day_first" else "day"
        return Timeline(moments, f"Dates such as {labels[0]} are read as {first}/{second}: only so are they in order.")
    return Timeline(
        None,
        f"Dates such as {labels[0]} can be day/month or month/day: the rows keep their order, and the time axis counts "
        "them. Choose the date order.",
    )


def in_order(positions: Positions) -> NDArray[np.intp]:
    """The rows from the earliest to the latest, (row,); of rows of the same time, in the order of the file."""
    return np.argsort(_as_numbers(positions), kind="stable")


def extended(positions: Positions, further: int) -> Positions:
    """Growing positions and as many that follow at their usual pace; months stay months."""
    if positions.dtype.kind == "f":
        numbers = _as_numbers(positions)
        pace = float(np.median(np.diff(numbers))) if len(numbers) > 1 else 1.0
        return np.concatenate((numbers, numbers[-1] + pace * np.arange(1, further + 1)))
    dates = pd.Series(positions)
    following = pd.date_range(dates.iloc[-1], periods=further + 1, freq=_pace(dates))[1:]
    moments: Positions = pd.concat((dates, pd.Series(following))).to_numpy(dtype="datetime64[us]")
    return moments


def grows(positions: Positions) -> bool:
    """True if each row is later than the one before."""
    return bool((np.diff(_as_numbers(positions)) > 0).all())


def _is_strict(positions: Positions) -> bool:
    """True if the rows only grow or only fall."""
    steps = np.diff(_as_numbers(positions))
    return bool((steps > 0).all() or (steps < 0).all())


def _as_numbers(positions: Positions) -> NDArray[np.float64]:
    """Dates as microseconds, which are exact in 64-bit floats for the years that pandas knows."""
    return positions.astype(np.int64).astype(np.float64) if positions.dtype.kind == "M" else positions.astype(float)


def _pace(dates: "pd.Series[pd.Timestamp]") -> pd.DateOffset | pd.Timedelta:
    """From one date to the next: whole months where it always is as many, else the usual time between them."""
    months = (dates.dt.year * 12 + dates.dt.month).diff().dropna().unique()
    if len(months) == 1 and months[0] > 0 and dates.dt.day.nunique() == 1:
        return pd.DateOffset(months=int(months[0]))
    return pd.Timedelta(dates.diff().median())
