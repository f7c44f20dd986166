"""Dates as people write them; all dates of a column together say which part is the day."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from explorer.config import DateOrder

Moments = NDArray[np.datetime64]

TIMES = ("", " %H:%M", " %H:%M:%S")
DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y", "%d-%m-%y")
MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m/%d/%y", "%m-%d-%y")
CERTAIN = (
    *("%d.%m.%Y", "%d.%m.%y", "%m.%Y", "%m/%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y/%m"),
    *("%b %Y", "%B %Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%Y", "%d-%b-%y"),
)
_QUARTER = re.compile(r"(\d{4})[ -]?Q([1-4])", re.ASCII)


def readings(labels: Sequence[str], order: DateOrder = "auto") -> dict[DateOrder, Moments]:
    """All ways in which labels are dates, each (label,), by the order of day and month; "auto" where it is certain.

    Known are ISO 8601, years with a month or a quarter, names of months in English, days first between points, and days
    or months first between slashes or dashes. Empty where any label is no date.

    Args:
        labels: as they are written.
        order: of day and month, where it is known.
    """
    stripped = [label.strip() for label in labels]
    if not stripped or not all(any(sign.isdigit() for sign in label) for label in stripped):
        return {}
    certain = _iso(stripped)
    if certain is None:
        certain = _first_that_fits(stripped, CERTAIN)
    if certain is not None:
        return {"auto": certain}
    wanted: dict[DateOrder, tuple[str, ...]] = {"day_first": DAY_FIRST, "month_first": MONTH_FIRST}
    found = {
        name: dates
        for name, formats in wanted.items()
        if order in ("auto", name) and (dates := _first_that_fits(stripped, formats)) is not None
    }
    moments = list(found.values())
    alike = moments and all(np.array_equal(moments[0], other) for other in moments)
    return {"auto": moments[0]} if alike else found


def _iso(labels: list[str]) -> Moments | None:
    """ISO 8601, and quarters of years; times with a zone are those of UTC."""
    quarters = [_QUARTER.fullmatch(label) for label in labels]
    if all(quarters):
        labels = [f"{match[1]}-{3 * int(match[2]) - 2:02d}" for match in quarters if match]
    return _parsed(labels, "ISO8601")


def _first_that_fits(labels: list[str], formats: Sequence[str]) -> Moments | None:
    for time in TIMES:
        for form in formats:
            if _parsed(labels[:1], form + time) is not None and (found := _parsed(labels, form + time)) is not None:
                return found
    return None


def _parsed(labels: list[str], form: str) -> Moments | None:
    dates = pd.to_datetime(pd.Series(labels), format=form, errors="coerce", utc=True).dt.tz_localize(None)
    return None if dates.isna().any() else dates.to_numpy(dtype="datetime64[us]")
