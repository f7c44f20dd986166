"""Results as tables of HTML, as notebooks show them: without colours of their own, for light and dark grounds."""

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import TypeVar

Columns = Mapping[str, object]
Row = TypeVar("Row")
MOST_ROWS = 200


class Rows(list[Row]):
    """A list that a notebook shows as a table."""

    def __init__(self, rows: Iterable[Row], columns: Callable[[Row], Columns]) -> None:
        super().__init__(rows)
        self._columns = columns

    def _repr_html_(self) -> str:
        return table(map(self._columns, self))


def table(rows: Iterable[Columns], caption: str = "") -> str:
    """A table with the columns of its first row; of many rows the first ``MOST_ROWS``."""
    rows = list(rows)
    shown, left = rows[:MOST_ROWS], len(rows) - MOST_ROWS
    told = [caption, *([f"{left:,} more rows are not shown."] if left > 0 else [])]
    parts = [f"<caption>{escape(' '.join(filter(None, told)))}</caption>"] if any(told) else []
    parts.append(_row("th", rows[0] if rows else {}))
    parts += [_row("td", row.values()) for row in shown]
    return f"<table>{''.join(parts)}</table>"


def _row(tag: str, cells: Iterable[object]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(_text(cell))}</{tag}>' for cell in cells)}</tr>"


def _text(cell: object) -> str:
    """A number with four digits, a shape as 64x5x5, and nothing for None."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.4g}"
    if isinstance(cell, int):
        return f"{cell:,}"
    return "x".join(map(str, cell)) if isinstance(cell, tuple) else str(cell)
