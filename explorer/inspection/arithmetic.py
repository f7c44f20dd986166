"""Rounding that keeps a sum exact."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from explorer.errors import ExplorerError


def rounded_to_add_up(values: Sequence[float] | np.ndarray, total: float, decimals: int) -> np.ndarray:
    """The values rounded so that the shown numbers add up exactly to the shown total (largest remainder method).

    Each shown number is within one unit in the last place of the true one. This is possible only if the values add
    up to the total to within their rounding.

    Args:
        values: finite numbers, any shape.
        total: what they add up to.
        decimals: digits shown after the point, of the values and of the total.

    Returns:
        float64, the shape of ``values``: whole multiples of ``10 ** -decimals``.

    Raises:
        ExplorerError: if a value is not finite, or the values do not add up to the total.
    """
    exact = np.asarray(values, dtype=np.float64)
    if not (np.isfinite(exact).all() and np.isfinite(total)):
        raise ExplorerError("Only finite numbers can be rounded to add up; these include an infinity or a NaN.")
    scale = 10.0**decimals
    scaled = (exact * scale).ravel()  # in units of the last place shown
    if max(np.abs(scaled).sum(), abs(total) * scale) > 2**50:
        raise ExplorerError(f"{decimals} decimals are more than these numbers have; choose fewer.")
    shown_total = int(Decimal(f"{total:.{decimals}f}").scaleb(decimals))
    units = np.floor(scaled).astype(np.int64)
    remainders = scaled - units
    missing = shown_total - int(units.sum())
    if missing > 0:
        step, order = 1, np.argsort(-remainders, kind="stable")
    else:  # a whole number of units may lose one; 1e-9 of a unit is the arithmetic's own rounding
        step, order = -1, np.flatnonzero(remainders <= 1e-9)
    if abs(missing) > len(order):
        raise ExplorerError(
            f"Numbers that add up to {exact.sum():.{decimals}f} cannot be shown with {decimals} decimals so that they "
            f"add up to {total:.{decimals}f}; show the missing {total - float(exact.sum()):g} as a number of its own."
        )
    units[order[: abs(missing)]] += step
    return (units / scale).reshape(exact.shape)
