"""Missing values of a series: filled or dropped in the way that was chosen, and said."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.config import MissingValues
from explorer.errors import ExplorerError

MOST_NAMED = 5  # lines that a sentence names
WORDS = {"interpolate": "filled by a straight line between their neighbours", "last": "filled with the value before"}


class Whole(NamedTuple):
    """Columns without missing values."""

    values: NDArray[np.float64]  # (row, column)
    rows: NDArray[np.intp]  # (row,): the rows of before that are left
    notes: tuple[str, ...]


def without_gaps(
    values: NDArray[np.float64], lines: Sequence[int], columns: Sequence[str], way: MissingValues
) -> Whole:
    """Columns whose missing values are replaced, or whose incomplete rows are dropped.

    Args:
        values: (row, column) in the order of time, NaN where one is missing.
        lines: the line of the file of each row.
        columns: their names.
        way: "interpolate" (a straight line between the values before and after; at an end the nearest
            value), "last" (the value before) or "drop".

    Raises:
        ExplorerError: where no value stands before the first missing one and "last" is asked for.
    """
    missing: NDArray[np.bool_] = np.isnan(values)
    rows = np.arange(len(values))
    if not missing.any():
        return Whole(values, rows, ())
    if way == "drop":
        incomplete = np.asarray(missing.any(axis=1))
        return Whole(values[~incomplete], rows[~incomplete], (_dropped(lines, incomplete),))
    notes = []
    filled = values.copy()
    for place, column in enumerate(columns):
        gap = missing[:, place]
        if not gap.any():
            continue
        known = np.flatnonzero(~gap)
        if way == "last" and known[0] > 0:
            raise ExplorerError(
                f"The first {known[0]} values of column {column!r} are missing, and no value stands before them; "
                "choose interpolate or drop for missing values."
            )
        if way == "last":
            filled[:, place] = values[np.maximum.accumulate(np.where(gap, 0, rows)), place]
        else:
            filled[:, place] = np.interp(rows, known, values[known, place])
        notes.append(f"Missing values of column {column!r}: {_counted(lines, gap)}, {WORDS[way]}.")
    return Whole(filled, rows, tuple(notes))


def _dropped(lines: Sequence[int], incomplete: NDArray[np.bool_]) -> str:
    return (
        f"Rows with a missing value: {_counted(lines, incomplete)}, dropped; the rows around them follow each other as "
        "if no time lay between."
    )


def _counted(lines: Sequence[int], chosen: NDArray[np.bool_]) -> str:
    return f"{int(chosen.sum()):,} ({_lines(lines, chosen)})"


def _lines(lines: Sequence[int], chosen: NDArray[np.bool_]) -> str:
    """ "lines 4, 9 and 12", or the first five and how many more there are."""
    named = [str(line) for line, one in zip(lines, chosen, strict=True) if one]
    more = len(named) - MOST_NAMED
    if len(named) == 1:
        return f"line {named[0]}"
    if more > 0:
        return f"lines {', '.join(named[:MOST_NAMED])} and {more} more"
    return f"lines {', '.join(named[:-1])} and {named[-1]}"
