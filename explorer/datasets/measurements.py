"""Series as they were measured: columns of a CSV file, oldest row first, without missing values."""

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.bounded_files import read_bounded
from explorer.config import DateOrder, PassengersData, SeriesData, SunspotsData
from explorer.datasets.dates import readings
from explorer.datasets.files import find_file
from explorer.datasets.gaps import without_gaps
from explorer.datasets.numerals import number
from explorer.datasets.tables import AS_FOUND, Table, Written, parse_table
from explorer.datasets.timeline import Timeline, grows, in_order, timeline
from explorer.errors import MEGABYTE, ExplorerError
from explorer.places import SAMPLE_DATA

LARGEST_TABLE = 100 * MEGABYTE  # bytes of a CSV file
SeriesConfig = SunspotsData | PassengersData | SeriesData
Numbers = NDArray[np.float64]

NO_OTHERS: Numbers = np.empty((0, 0))


class Series(NamedTuple):
    """A column of a table, oldest first."""

    column: str
    labels: tuple[str, ...]  # one a value
    values: Numbers  # (row,), in the unit they were measured in
    time: str = "row"  # what the labels are
    date_order: DateOrder = "auto"  # of day and month in the labels
    also_read: tuple[str, ...] = ()  # other columns
    others: Numbers = NO_OTHERS  # (row, other column)
    notes: tuple[str, ...] = ()  # what was done to the rows of the file


def missing(config: SeriesConfig) -> str | None:
    """The reason why the file cannot be found, or None; does not open it."""
    try:
        _path(config)
    except ExplorerError as error:
        return str(error)
    return None


def read(config: SeriesConfig) -> Series:
    """The series in the unit it was measured in.

    Its labels are the table's first column of dates, or its first column where that is another one; rows that are not
    in the order of time are sorted.

    Raises:
        ExplorerError: where there is no such file or column, or a value is missing and none is to replace it.
    """
    own = config if isinstance(config, SeriesData) else SeriesData()
    table = read_table(_path(config), written(own))
    names = (_column(table, own.column), *(_column(table, name) for name in own.also_read))
    if len(set(names)) < len(names):
        raise ExplorerError(
            f"Of the columns to read, {', '.join(names)}, one stands twice. The network reads {names[0]!r} "
            "anyway; choose other columns beside it."
        )
    if own.missing_values == "refuse":
        columns = np.stack([table.numbers(name) for name in names], axis=1)  # (row, column)
    else:
        columns = np.stack([table.measured(name) for name in names], axis=1)
    time = _time_column(table, names, own.date_order)
    labels = _labels(table, time) if time else [str(row) for row in range(1, len(columns) + 1)]
    when = timeline(labels, own.date_order)
    order = np.arange(len(labels)) if when.positions is None else in_order(when.positions)
    whole = without_gaps(columns[order], [table.lines[row] for row in order], names, own.missing_values)
    kept = order[whole.rows]
    return Series(
        column=names[0],
        labels=tuple(labels[row] for row in kept),
        values=whole.values[:, 0],
        time=time or "row",
        date_order=own.date_order,
        also_read=names[1:],
        others=whole.values[:, 1:],
        notes=tuple(filter(None, (_left_out(table), when.note, *_sorted(when, order, time), *whole.notes))),
    )


def written(config: SeriesData) -> Written:
    """How the file of a series is written."""
    return Written(config.encoding, config.separator, config.decimal_sign)


def read_table(path: Path, how: Written = AS_FOUND) -> Table:
    """The table in a CSV file.

    Raises:
        ExplorerError: where it cannot be read, or not in one way alone.
    """
    return parse_table(content_of(path), str(path), how)


def content_of(path: Path) -> bytes:
    """The content of a file.

    Raises:
        ExplorerError: where it cannot be read, or is larger than :data:`LARGEST_TABLE`.
    """
    try:
        return read_bounded(path, LARGEST_TABLE, str(path))
    except FileNotFoundError:
        raise ExplorerError(f"{path} is no longer there; choose another file.") from None


def columns(path: str, how: Written = AS_FOUND) -> tuple[str, ...]:
    """The columns of numbers that a CSV file has, by the path that a person gave; none where it cannot be read."""
    try:
        return read_table(find_file(path, "CSV file", ".csv"), how).columns_of_numbers()
    except ExplorerError:  # whoever loads it is told why
        return ()


def _path(config: SeriesConfig) -> Path:
    return (
        find_file(config.path, "CSV file", ".csv")
        if isinstance(config, SeriesData)
        else SAMPLE_DATA / f"{config.name}.csv"
    )


def _column(table: Table, wanted: str) -> str:
    numeric = table.columns_of_numbers()
    if not numeric:
        raise ExplorerError(
            f"{table.name} has no column of numbers among {', '.join(table.columns)}; choose another file."
        )
    if wanted and wanted not in numeric:
        raise ExplorerError(
            f"{table.name} has no column of numbers called {wanted!r}; choose one of {', '.join(numeric)}."
        )
    return wanted or numeric[-1]


def _time_column(table: Table, used: tuple[str, ...], order: DateOrder) -> str:
    """The first column that holds dates, else the first one; empty where that is read itself."""
    free = [name for name in table.columns if name not in used]
    dated = (name for name in free if name not in table.columns_of_numbers() and readings(table.cells(name), order))
    first = table.columns[0]
    return next(dated, first if first in free else "")


def _labels(table: Table, time: str) -> list[str]:
    """The cells of a column; a number that is written in another way has a decimal point and no other sign."""
    return [_plain(cell, number(cell, table.decimal)) for cell in table.cells(time)]


def _plain(cell: str, value: float) -> str:
    return cell if math.isnan(value) or value == number(cell, "point") else f"{value:.15g}"


def _left_out(table: Table) -> str:
    if not table.around:
        return ""
    lines = ", ".join(map(str, table.around))
    return f"Text around the table is left out: line{'s' if len(table.around) > 1 else ''} {lines}."


def _sorted(when: Timeline, order: NDArray[np.intp], time: str) -> list[str]:
    """What is said where rows were not in the order of time, or share a time."""
    if when.positions is None:
        return []
    notes = []
    positions = when.positions[order]
    if (order[:1] > order[-1:]).all() and (np.diff(order) == -1).all() and len(order) > 1:
        notes.append(f"The file has its newest row first: the rows are sorted by {time!r}, the oldest first.")
    elif (np.diff(order) != 1).any():
        notes.append(f"The rows of the file are not in the order of {time!r}: they are sorted, the oldest first.")
    if not grows(positions):
        shared = len(positions) - len(np.unique(positions))
        notes.append(f"{shared} of {len(positions)} rows share their {time!r} with another and keep their order.")
    return notes
