"""How a CSV file is written, decided over all of it: what separates its fields, and its decimal sign."""

import math
import re
from typing import NamedTuple, cast

from explorer.config import DecimalSign, Separator
from explorer.datasets.grids import Grid, read
from explorer.datasets.numerals import SIGNS, Evidence, evidence, is_number, number, possible_signs
from explorer.errors import ExplorerError

SEPARATORS: dict[Separator, str] = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
SCORED = 2000  # rows, spread evenly, whose cells tell separators apart that all give equal widths
NONE = "\x1f"  # separates nothing: a table of one column
ADVICE = "save it as UTF-8 with a line of column names, then one line a row"
_EXCEL = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)


class Layout(NamedTuple):
    """One way to read a table."""

    grid: Grid
    decimal: DecimalSign

    @property
    def words(self) -> dict[str, str]:
        """The same as the configuration says it."""
        found = next((word for word, sign in SEPARATORS.items() if sign == self.grid.separator), "auto")
        return {"separator": found, "decimal_sign": self.decimal}


def layouts(text: str, name: str, separator: Separator = "auto", decimal: DecimalSign = "auto") -> list[Layout]:
    """All ways in which a table can be read; several only where nothing in it decides between them.

    Of the separators whose rows are all as wide as the line of names, the one with which the most cells are numbers
    is taken; of equals, the one that leaves the fewest other separators in the cells. Excel's first line ``sep=;``
    decides.

    Raises:
        ExplorerError: where it cannot be read in any way; with the line.
    """
    grids = _grids(text, separator, name)
    whole = [grid for grid in grids if not grid.fault and len(grid.rows) > 1 and not grid.ragged]
    if not whole:
        raise _fault(max(grids, key=_fitting), name)
    scores = [_score(grid) for grid in whole] if len(whole) > 1 else [(0, 0)]
    equals = [grid for grid, score in zip(whole, scores, strict=True) if score == max(scores)]
    return [Layout(grid, sign) for grid in equals for sign in _signs(grid, decimal)]


def question(found: list[Layout], name: str) -> str:
    """What nothing in the table decides, with an example, and what to choose."""
    first = found[0].grid
    if any(layout.grid.separator != first.separator for layout in found):
        signs = " or ".join(dict.fromkeys(str(layout.words["separator"]) for layout in found))
        return f"{name} can be read with {signs} as the separator, and is a table either way; choose the separator."
    seen = evidence(first.cells)
    return f"{name} can be read in two ways: {_contradiction(seen)}; choose the decimal sign, point or comma."


def _contradiction(seen: Evidence) -> str:
    if not seen.example:
        return (
            f"{seen.point} of its cells are numbers only with a decimal point, and {seen.comma} only with a decimal "
            "comma"
        )
    with_point, with_comma = (number(seen.example, sign) for sign in ("point", "comma"))
    return f"{seen.example} is {with_point:.15g} with a decimal point and {with_comma:.15g} with a decimal comma"


def _grids(text: str, separator: Separator, name: str) -> list[Grid]:
    """The text between each separator that may be meant."""
    declared = _EXCEL.match(text)
    rest, first_line = (text[declared.end() :], 2) if declared else (text, 1)
    if separator != "auto":
        return [read(rest, SEPARATORS[separator], first_line, name)]
    if declared:
        return [read(rest, declared[1], first_line, name)]
    grids = [read(rest, sign, first_line, name) for sign in SEPARATORS.values() if sign in rest]
    wide = [grid for grid in grids if grid.width > 1]  # a line of names with several fields is no single column
    return wide or [read(rest, NONE, first_line, name)]


def _signs(grid: Grid, asked: DecimalSign) -> list[DecimalSign]:
    if asked != "auto":
        return [asked]
    return [cast("DecimalSign", sign) for sign in possible_signs(evidence(grid.cells), grid.separator)]


def _score(grid: Grid) -> tuple[int, int]:
    """The numbers of a grid, and (negative) its cells with a sign that would separate elsewhere; in 2,000 rows."""
    rows = grid.rows[1 :: len(grid.rows) // SCORED + 1]
    cells = [cell for row in rows for cell in row.cells]
    most = max(sum(not math.isnan(number(cell, sign)) for cell in cells) for sign in SIGNS)
    others = set(SEPARATORS.values()) - {grid.separator}
    left = sum(1 for cell in (*grid.rows[0].cells, *cells) if others & set(cell) and not is_number(cell))
    return most, -left


def _fitting(grid: Grid) -> tuple[int, int]:
    """How many rows are as wide as the names, and the names; the grid with the most is the one that is meant."""
    return len(grid.rows) - len(grid.ragged) if grid.width > 1 else 0, grid.width


def _fault(grid: Grid, name: str) -> ExplorerError:
    if grid.fault:
        return ExplorerError(f"{name} cannot be read as a CSV file: {grid.fault}; {ADVICE}.")
    if len(grid.rows) < 2:
        return ExplorerError(f"{name} cannot be read as a CSV file: it has {len(grid.rows)} lines; {ADVICE}.")
    row = grid.ragged[0]
    return ExplorerError(
        f"Line {row.line} of {name} has {len(row.cells)} fields and the line of column names {grid.width}; give every "
        "line as many, and quote a field that holds the separator."
    )
