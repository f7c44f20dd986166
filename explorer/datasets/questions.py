"""What a person's own file leaves open, and each way to read it with its first rows as they are then understood."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from explorer.config import Encoding
from explorer.datasets.encodings import decoded, is_certain, offers
from explorer.datasets.layouts import Layout, question
from explorer.datasets.numerals import number
from explorer.datasets.tables import AS_FOUND, Table, Written, tables
from explorer.errors import ExplorerError

ROWS = 4  # of a preview
WIDEST = 80  # characters of a line in a preview


class Preview(NamedTuple):
    """The first rows of a file, as they are understood."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Option(NamedTuple):
    """One way to read a file."""

    title: str
    settings: dict[str, str]  # fields of the configuration, and their values
    preview: Preview


class Question(NamedTuple):
    """What nothing in a file decides."""

    text: str
    options: tuple[Option, ...]


def about_table(content: bytes, name: str, written: Written = AS_FOUND) -> Question | None:
    """The question that a CSV file leaves open; None where it can be read in one way alone.

    Raises:
        ExplorerError: where it cannot be read in any way.
    """
    if written.encoding == "auto" and not is_certain(content):
        return _about_encoding(content, name, lambda encoding: _rows_of(content, name, written, encoding))
    found = tables(content, name, written)
    if len(found) < 2:
        return None
    first = _differing_row([table for _, table in found])
    return Question(question([layout for layout, _ in found], name), tuple(_option(*way, first) for way in found))


def about_text(content: bytes, name: str, encoding: Encoding = "auto") -> Question | None:
    """The question that a text file leaves open: its encoding; None where it is certain or chosen.

    Raises:
        ExplorerError: where no encoding fits.
    """
    if encoding != "auto" or is_certain(content):
        return None
    return _about_encoding(content, name, lambda chosen: _lines_of(content, name, chosen))


def _about_encoding(content: bytes, name: str, preview: Callable[[Encoding], Preview]) -> Question:
    try:
        decoded(content, name)
    except ExplorerError as error:
        found = offers(content)
        if not found:
            raise
        options = (
            Option(f"{offer.title}: {offer.preview}", {"encoding": offer.encoding}, preview(offer.encoding))
            for offer in found
        )
        return Question(str(error), tuple(options))
    raise ValueError(f"The encoding of {name} is certain.")


def _rows_of(content: bytes, name: str, written: Written, encoding: Encoding) -> Preview:
    """The first rows of the first table that a content is in an encoding; its first lines where it is none."""
    try:
        _, table = tables(content, name, written._replace(encoding=encoding))[0]
    except ExplorerError:
        return _lines_of(content, name, encoding)
    return Preview(table.columns, _understood(table, range(min(ROWS, len(table.rows)))))


def _lines_of(content: bytes, name: str, encoding: Encoding) -> Preview:
    lines = [line[:WIDEST] for line in decoded(content, name, encoding).splitlines() if line.strip()]
    return Preview(("text",), tuple((line,) for line in lines[:ROWS]))


def _option(layout: Layout, table: Table, differing: int) -> Option:
    words = layout.words
    rows = sorted({*range(min(ROWS, len(table.rows))), differing})
    title = f"{words['separator']} between fields, {words['decimal_sign']} before decimals"
    return Option(title, words, Preview(table.columns, _understood(table, rows)))


def _understood(table: Table, rows: Iterable[int]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(_shown(cell, table.decimal) for cell in table.rows[row]) for row in rows)


def _shown(cell: str, decimal: str) -> str:
    """A number in digits with a decimal point, and any other cell as it is written."""
    value = number(cell, decimal)
    return cell.strip() if math.isnan(value) else f"{value:.15g}"


def _differing_row(found: Sequence[Table]) -> int:
    """The first row that is not understood alike in all tables."""
    signs = {table.decimal for table in found}
    for row, cells in enumerate(found[0].rows):
        if any(len({_shown(cell, sign) for sign in signs}) > 1 for cell in cells):
            return row
    return 0
