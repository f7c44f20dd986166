"""A CSV file as columns of text, in which every fault can be told by its line."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.config import DecimalSign, Encoding, Separator
from explorer.datasets.encodings import decoded
from explorer.datasets.grids import holds_data
from explorer.datasets.layouts import Layout, layouts, question
from explorer.datasets.numerals import is_gap, number
from explorer.errors import ExplorerError


class Written(NamedTuple):
    """How a table is written; "auto" is decided by its content."""

    encoding: Encoding = "auto"
    separator: Separator = "auto"
    decimal: DecimalSign = "auto"


@dataclass(frozen=True)
class Table:
    """The cells of a table, as they are written."""

    name: str  # of the file
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]  # (row,): the line of the file on which each row ends, counted from 1
    decimal: str  # "point" or "comma"
    around: tuple[int, ...] = ()  # the lines of text above and below the table, which are left out

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
        values = self._values[column]
        faults = np.flatnonzero(~np.isfinite(values))
        if len(faults):
            raise self._fault(column, faults, "Choose how to fill missing values, or to drop their rows.")
        return values

    def measured(self, column: str) -> NDArray[np.float64]:
        """A column as numbers, (row,), with NaN where a value is missing.

        Raises:
            ExplorerError: naming the first line whose cell is neither a finite number nor a sign for a missing value.
        """
        values, cells = self._values[column], self.cells(column)
        faults = np.array([row for row in np.flatnonzero(~np.isfinite(values)) if not is_gap(cells[row])], np.intp)
        if len(faults):
            raise self._fault(column, faults, "Correct them, or leave the cells empty.")
        return values

    def _fault(self, column: str, faults: NDArray[np.intp], advice: str) -> ExplorerError:
        first = int(faults[0])
        cell = self.cells(column)[first]
        return ExplorerError(
            f"Line {self.lines[first]} of {self.name} has {repr(cell) if cell.strip() else 'nothing'} in column "
            f"{column!r}, not a number; so have {len(faults)} of {len(self.rows)} rows. {advice}"
        )

    def _is_numeric(self, column: str) -> bool:
        known = int(np.isfinite(self._values[column]).sum())
        return 0 < len(self.rows) <= 2 * known

    @cached_property
    def _values(self) -> dict[str, NDArray[np.float64]]:
        """Each column as numbers, NaN where a cell is none."""
        return {name: np.array([number(cell, self.decimal) for cell in self.cells(name)]) for name in self.columns}


AS_FOUND = Written()


def parse_table(content: bytes, name: str, written: Written = AS_FOUND) -> Table:
    """The table that a CSV file holds.

    What separates its fields (commas, semicolons, tabs or bars) and its decimal sign are decided over the whole file.
    Empty lines, and text above and below the table, are left out.

    Args:
        content: of the file.
        name: what messages call it.
        written: what is known of it.

    Raises:
        ExplorerError: where its encoding, its separator or its decimal sign is not certain; where it has no column
            names or no rows, a quote is never closed, or a line has another number of fields than the first one; with
            the line's number.
    """
    found = tables(content, name, written)
    if len(found) > 1:
        raise ExplorerError(question([layout for layout, _ in found], name))
    return found[0][1]


def tables(content: bytes, name: str, written: Written = AS_FOUND) -> list[tuple[Layout, Table]]:
    """All tables that a CSV file can be read as; arguments and errors as of :func:`parse_table`."""
    text = decoded(content, name, written.encoding)
    return [(layout, _table(layout, name)) for layout in layouts(text, name, written.separator, written.decimal)]


def _table(layout: Layout, name: str) -> Table:
    first, *rows = layout.grid.rows
    if holds_data(first.cells):
        raise ExplorerError(
            f"Line {first.line} of {name} holds numbers ({', '.join(first.cells[:3])} …), not the names of columns; "
            "put a line of names above it."
        )
    return Table(
        name,
        _names(first.cells),
        tuple(row.cells for row in rows),
        tuple(row.line for row in rows),
        layout.decimal,
        layout.grid.around,
    )


def _names(cells: tuple[str, ...]) -> tuple[str, ...]:
    """Names that tell the columns apart: one without gets its number, a second one of a name is numbered too."""
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = cell.strip() or f"column {place}"
        names.append(f"{name} ({place})" if name in names else name)
    return tuple(names)
