"""Tensors as the arrays that charts draw, wherever they are and whatever their precision."""

from typing import Any

import numpy as np

from explorer.errors import ExplorerError

Values = Any  # a tensor of torch, which no figure imports, or what NumPy reads as an array


def array(values: Values) -> np.ndarray:
    """The values as float32 on the CPU."""
    values = values.detach().float().cpu() if hasattr(values, "detach") else values
    return np.asarray(values, np.float32)


def example_of(values: Values, example: int, what: str) -> np.ndarray:
    """One example of a batch of ``what``, (example, …).

    Raises:
        ExplorerError: where the batch does not have it.
    """
    found = array(values)
    if not 0 <= example < len(found):
        raise ExplorerError(f"There is no example {example} of {what}: the batch has {len(found)}, counted from 0.")
    return np.asarray(found[example])
