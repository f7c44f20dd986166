"""A CSV file as columns of text, in which every fault can be told by its line."""

import csv
import io
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.errors import ExplorerError

SEPARATORS = ",;\t"
MOST_ROWS = 500_000
MOST_CELLS = 5_000_000
ADVICE = "save it as UTF-8 with a line of column names, then one line a row"


@dataclass(frozen=True)
class Table:
    """The cells of a table, as they are written."""

    name: str  # of the file
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]  # (row,): the line of the file on which each row ends, counted from 1
    decimal: str  # the sign before the decimals

    def cells(self, column: str) -> list[str]:
        """The cells of a column, from the first row to the last."""
        place = self.columns.index(column)
        return [row[place] for row in self.rows]

    def columns_of_numbers(self) -> tuple[str, ...]:
        """The columns in which at least half of the cells are numbers: the rest of theirs are faults, or gaps."""
        return tuple(column for column in self.columns if self._is_numeric(column))

    def numbers(self, column: str) -> NDArray[np.float64]:
        """A column as numbers, (row,).

        Raises:
            ExplorerError: naming the first line whose cell is not a finite number, and the number of such lines.
        """
        values = np.array([_number(cell, self.decimal) for cell in self.cells(column)])
        gaps = np.flatnonzero(~np.isfinite(values))
        if not len(gaps):
            return values
        first = int(gaps[0])
        cell = self.cells(column)[first]
        raise ExplorerError(
            f"Line {self.lines[first]} of {self.name} has {repr(cell) if cell.strip() else 'nothing'} in column "
            f"{column!r}, not a number; so have {len(gaps)} of {len(values)} rows. Fill or remove them."
        )

    def _is_numeric(self, column: str) -> bool:
        known = sum(math.isfinite(_number(cell, self.decimal)) for cell in self.cells(column))
        return 0 < len(self.rows) <= 2 * known


def parse_table(content: bytes, name: str) -> Table:
    """The table that a CSV file holds; fields are separated by commas, semicolons or tabs.

    Where semicolons separate, the comma is the decimal sign. Empty lines are left out.

    Args:
        content: of the file.
        name: what messages call it.

    Raises:
        ExplorerError: where it is not UTF-8, has no column names or no rows, a quote is never closed, or a line has
            another number of fields than the first one, with the line's number; or where it has more than
            :data:`MOST_ROWS` rows or :data:`MOST_CELLS` cells.
    """
    text = _decoded(content, name)
    separator = max(SEPARATORS, key=text.partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    count = 0
    try:
        for cells in reader:
            if cells:
                rows.append(tuple(cells))
                lines.append(reader.line_num)
                count += len(cells)
            if len(rows) > MOST_ROWS or count > MOST_CELLS:
                raise ExplorerError(
                    f"{name} has more than {MOST_ROWS:,} rows or {MOST_CELLS:,} cells; choose a part of it."
                )
    except csv.Error as error:
        raise ExplorerError(
            f"{name} cannot be read as a CSV file: {error}, line {reader.line_num}; {ADVICE}."
        ) from error
    if len(rows) < 2:
        raise ExplorerError(f"{name} cannot be read as a CSV file: it has {len(rows)} lines; {ADVICE}.")
    for row, line in zip(rows, lines, strict=True):
        if len(row) != len(rows[0]):
            raise ExplorerError(
                f"Line {line} of {name} has {len(row)} fields and the line of column names {len(rows[0])}; give every "
                "line as many, and quote a field that holds the separator."
            )
    decimal = "," if separator == ";" else "."
    if all(math.isfinite(_number(cell, decimal)) for cell in rows[0]):
        raise ExplorerError(
            f"Line {lines[0]} of {name} holds numbers ({', '.join(rows[0][:3])} …), not the names of columns; put a "
            "line of names above it."
        )
    return Table(name, _names(rows[0]), tuple(rows[1:]), tuple(lines[1:]), decimal)


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ExplorerError(
            f"{name} cannot be read as a CSV file: line {line} is not UTF-8 (byte {content[error.start]:#04x}); "
            f"{ADVICE}."
        ) from error


def _names(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Names that tell the columns apart: one without gets its number, a second one of a name is numbered too."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = cell.strip() or f"column {number}"
        names.append(f"{name} ({number})" if name in names else name)
    return tuple(names)


def _number(cell: str, decimal: str) -> float:
    """The number in a cell; NaN if it is not a number."""
    try:
        return float(cell.replace(",", ".") if decimal == "," else cell)
    except ValueError:
        return math.nan
