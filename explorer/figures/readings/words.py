"""Numbers in sentences."""

from collections.abc import Sequence

import numpy as np


def points(difference: float) -> str:
    """The distance of two shares in percentage points: "1 point", "8.2 points"."""
    amount = f"{abs(difference) * 100:.1f}".removesuffix(".0")
    return f"{amount} point" if amount == "1" else f"{amount} points"


def factor(larger: float, smaller: float) -> str:
    """How many times a number is another: "3.2 times"."""
    return f"{larger / smaller:.3g} times" if smaller else "infinitely many times"


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 layer", "1,200 layers"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def listed(parts: Sequence[str], most: int = 4) -> str:
    """Names in a row: "a", "a and b", "a, b, c and 5 more"."""
    if len(parts) > most:
        return f"{', '.join(parts[: most - 1])} and {len(parts) - most + 1} more"
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]])) if parts else ""


def holds_since(same: Sequence[bool] | np.ndarray) -> int:
    """The first place from which on a condition holds up to the end; the number of places if it does not at the end."""
    breaks = np.flatnonzero(~np.asarray(same, bool))
    return int(breaks[-1]) + 1 if len(breaks) else 0
