"""Numbers as people write them: a point or a comma before the decimals, and perhaps a sign between thousands."""

import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

SIGNS = {"point": ".", "comma": ","}
FEW = 0.1  # cells that contradict a reading, as a share of those that speak for it, and are taken for slips
GAPS = frozenset(
    ("", "-", "--", "–", "—", "?", ".", "..", "na", "n/a", "#n/a", "n.a.", "nan", "null", "nil", "none", "missing")
)
_BODY = (
    r"[+-]?(?={sign}?\d)(?:\d+|[1-9]\d{{0,2}}(?P<group>[{groups}])\d{{3}}(?:(?P=group)\d{{3}})*)?"
    r"(?:{sign}\d*)?(?:[eE][+-]?\d+)?"
)
_SPACES_AND_QUOTES = " \u00a0\u202f'’"
_PATTERNS = {
    decimal: re.compile(_BODY.format(groups=other + _SPACES_AND_QUOTES, sign=re.escape(sign)), re.ASCII)
    for decimal, sign, other in (("point", ".", ","), ("comma", ",", "."))
}


class Evidence(NamedTuple):
    """How the cells of a table speak for a decimal sign."""

    point: int  # cells that are numbers only with a decimal point
    comma: int  # only with a decimal comma
    example: str  # a cell that is another number with the one than with the other; empty if there is none
    has_comma: bool  # whether any such cell holds a comma


def number(cell: str, decimal: str) -> float:
    """The number in a cell, whose thousands may be grouped; NaN if it is not a number.

    Args:
        cell: as it is written.
        decimal: "point" or "comma"; the other sign, a space or an apostrophe may then group thousands.
    """
    match = _matched(cell, decimal)
    if match is None:
        return math.nan
    written, group = match.string, match["group"]
    plain = written.replace(group, "") if group else written
    return float(plain.replace(",", "."))


def is_number(cell: str) -> bool:
    """True for a cell that is a number with one of the decimal signs."""
    return _matched(cell, "point") is not None or _matched(cell, "comma") is not None


def _matched(cell: str, decimal: str) -> "re.Match[str] | None":
    return _PATTERNS[decimal].fullmatch(cell.strip().replace("−", "-"))


def is_gap(cell: str) -> bool:
    """True for a cell that says that a value is missing: empty, or a common word for it."""
    return cell.strip().casefold() in GAPS


def evidence(cells: Iterable[str]) -> Evidence:
    """How cells speak for a decimal sign; those without a point and a comma say nothing."""
    point = comma = 0
    differing = ""
    has_comma = False
    for cell, count in Counter(cell.strip() for cell in cells if "," in cell or "." in cell).items():
        with_point, with_comma = _matched(cell, "point"), _matched(cell, "comma")
        if with_point and with_comma:
            if number(cell, "point") != number(cell, "comma"):
                differing = differing or cell
                has_comma = has_comma or "," in cell
        elif with_point:
            point += count
        elif with_comma:
            comma += count
    return Evidence(point, comma, differing, has_comma)


def possible_signs(found: Evidence, separator: str) -> tuple[str, ...]:
    """The decimal signs that the cells allow: one where it is certain.

    A sign is certain where cells are numbers with it alone, and hardly any with the other alone. Without such cells,
    1,002 and 1.002 can be a thousand and two or one and a little; only where no cell holds a comma, and no semicolon
    separates, the point is the decimal sign, as programs write it.
    """
    if found.comma > 0 and found.point <= FEW * found.comma:
        return ("comma",)
    if found.point > 0 and found.comma <= FEW * found.point:
        return ("point",)
    if not found.example and not found.point:
        return ("point",)
    if found.point == found.comma == 0 and not found.has_comma and separator == ",":
        return ("point",)
    return ("point", "comma")
