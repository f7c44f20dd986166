"""Sums that are shown: whether they are the layer's own value, and rounding that keeps them exact."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError

TF32 = 2**-10  # a GPU may round float32 to 10 bits


def rounding_of(values: Tensor) -> float:
    """The largest relative error of rounding to the precision in which values were computed."""
    eps = torch.finfo(values.dtype).eps
    return max(eps, TF32) if values.is_cuda and values.dtype == torch.float32 else eps


def is_rounding(value: Tensor, total: float, size: float, terms: int) -> bool:
    """True if rounding can explain the gap between a layer's value and a sum in float64; see ``check_sum``."""
    found = float(value)
    if found == total or (np.isnan(found) and np.isnan(total)):
        return True
    return abs(found - total) <= (terms + 8) * rounding_of(value) * (size + abs(found))


def check_sum(layer: nn.Module, value: Tensor, total: float, size: float, terms: int) -> None:
    """Refuse to show a sum that is not the layer's own value.

    Args:
        layer: the layer, for the message.
        value: its own output, one number, in the precision in which it was computed.
        total: what is shown as that output, in float64.
        size: the sum of the magnitudes of the terms.
        terms: how many there are; a sum in another order may be rounded differently at each of them.

    Raises:
        ExplorerError: if the gap is larger than rounding can make it; with both numbers.
    """
    if not is_rounding(value, total, size, terms):
        found = float(value)
        raise ExplorerError(
            f"This {type(layer).__name__} gives {found:.7g}, but its weights and inputs give {total:.7g}; the gap of "
            f"{abs(found - total):.2g} is more than rounding. It has a forward pass or a hook of its own, which this "
            "arithmetic does not follow; choose a layer that computes as PyTorch's does."
        )


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


def written(value: float, decimals: int, rounded: float | None = None) -> str:
    """A number with fixed decimals; one that they would show as 0 as a power of ten: "3.1e-7".

    Args:
        value: the number.
        decimals: digits after the point.
        rounded: the number as rounded with others, so that all add up; by default it is rounded by itself.
    """
    near = round(value, decimals) if rounded is None else rounded
    if near or not value:
        return f"{near:.{decimals}f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}"
