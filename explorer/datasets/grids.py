"""The rows of a CSV file between one separator, without the text above and below the table."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from explorer.datasets.numerals import is_gap, is_number
from explorer.errors import ExplorerError

MOST_ROWS = 500_000
MOST_CELLS = 5_000_000
_TIME = re.compile(r"[\d\s.:/+-]*\d[\d\s.:/+TZ-]*", re.ASCII)
_DATE = re.compile(r"\d{1,4}([-./])\d{1,2}(\1\d{1,4})?([T ].*)?", re.ASCII)
_WORDS = re.compile(r"[^\W\d_]{2}")


class Row(NamedTuple):
    """A row of cells, as they are written."""

    cells: tuple[str, ...]
    line: int  # of the file, on which it ends, counted from 1


class Grid(NamedTuple):
    """The rows of a table, the first with the names of its columns."""

    separator: str
    rows: tuple[Row, ...]
    around: tuple[int, ...] = ()  # the lines of text above and below the table, which are left out
    fault: str = ""  # why the file cannot be read further

    @property
    def width(self) -> int:
        """The number of names."""
        return len(self.rows[0].cells) if self.rows else 0

    @property
    def ragged(self) -> tuple[Row, ...]:
        """The rows with another number of cells than there are names."""
        return tuple(row for row in self.rows if len(row.cells) != self.width)

    @property
    def cells(self) -> list[str]:
        """All cells below the names."""
        return [cell for row in self.rows[1:] for cell in row.cells]


def read(text: str, separator: str, first_line: int = 1, called: str = "The table") -> Grid:
    """The rows of a text; blank ones, and text above and below the table, are left out.

    Args:
        text: as RFC 4180 has it: fields may be quoted, and hold the separator and ends of lines then.
        separator: one character.
        first_line: the number of the text's first line in its file.
        called: what messages call it.

    Raises:
        ExplorerError: for more than :data:`MOST_ROWS` rows or :data:`MOST_CELLS` cells.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[Row] = []
    fault, count = "", 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(Row(tuple(cells), reader.line_num + first_line - 1))
                count += len(cells)
            if len(rows) > MOST_ROWS or count > MOST_CELLS:
                raise ExplorerError(
                    f"{called} has more than {MOST_ROWS:,} rows or {MOST_CELLS:,} cells; choose a part of it."
                )
    except csv.Error as error:
        fault = f"{error}, line {reader.line_num + first_line - 1}"
    rows = _without_trailing_separator(rows)
    start, stop = _above(rows), _below(rows)
    around = (*(row.line for row in rows[:start]), *(row.line for row in rows[stop:]))
    return Grid(separator, tuple(rows[start:stop]), around, fault)


def holds_data(cells: Sequence[str]) -> bool:
    """True if all cells are numbers or dates, as no line of names has them."""
    return all(is_number(cell) or _DATE.fullmatch(cell.strip()) for cell in cells)


def _without_trailing_separator(rows: list[Row]) -> list[Row]:
    """The rows without an empty last cell, where every row of the table has one and the line of names has none."""
    if not rows:
        return rows
    usual = Counter(len(row.cells) for row in rows).most_common(1)[0][0]
    wide = [row for row in rows if len(row.cells) == usual]
    has_names = any(len(row.cells) == usual - 1 for row in rows[: rows.index(wide[0]) + 1])
    if usual < 2 or not has_names or any(row.cells[-1].strip() for row in wide):
        return rows
    return [row._replace(cells=row.cells[:-1]) if len(row.cells) == usual else row for row in rows]


def _above(rows: Sequence[Row]) -> int:
    """The number of rows above the names: a title, which fills the first cell alone, or a remark behind a #."""
    if not rows:
        return 0
    usual = Counter(len(row.cells) for row in rows).most_common(1)[0][0]
    count = 0
    while (
        usual > 1
        and count < len(rows) - 2
        and (_is_text(rows[count].cells) or rows[count].cells[0].lstrip().startswith("#"))
    ):
        count += 1
    return 0 if holds_data(rows[count].cells) else count  # the name of a single column is no title


def _below(rows: Sequence[Row]) -> int:
    """The number of rows down to the last of the table: below it stand only words, or a row of totals."""
    stop = len(rows)
    if stop < 3:
        return stop
    width = Counter(len(row.cells) for row in rows).most_common(1)[0][0]
    while stop > max(2, len(rows) // 2) and _is_remark(rows[stop - 1].cells, rows[1 : stop - 1], width):
        stop -= 1
    return stop


def _is_remark(cells: tuple[str, ...], above: Sequence[Row], width: int) -> bool:
    """True if a last row is no row of the table, judged by those above it."""
    first = cells[0].strip()
    if is_gap(first) or _TIME.fullmatch(first):
        return False
    if len(cells) != width and not any(is_number(cell) for cell in cells):
        return True
    if not _WORDS.search(first):
        return False
    if all(_TIME.fullmatch(row.cells[0].strip()) for row in above):
        return True  # a word where all other rows have a number or a date
    return width > 1 and _is_text(cells) and _shape(first) not in {_shape(row.cells[0]) for row in above}


def _is_text(cells: tuple[str, ...]) -> bool:
    """True if only the first cell is filled, and with no number."""
    return bool(cells[0].strip()) and not any(cell.strip() for cell in cells[1:]) and not is_number(cells[0])


def _shape(cell: str) -> str:
    """What a cell looks like: each number and each word is one sign."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", cell.strip()))
