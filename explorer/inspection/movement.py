"""How far the parts of a network have moved since they began."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor


def relative_distance(before: Mapping[str, Tensor], after: Mapping[str, Tensor], names: Iterable[str]) -> float:
    """The Euclidean distance that some tensors moved together, divided by the length they had together before.

    Args:
        before: tensors by name.
        after: the same later.
        names: which of them count.

    Returns:
        0 for what did not move; infinity for what began at 0 and moved.
    """
    chosen = list(names)
    moved = _length(after[name].double() - before[name].double() for name in chosen)
    first = _length(before[name].double() for name in chosen)
    if moved == 0:
        return 0.0
    return moved / first if first else float("inf")


def _length(tensors: Iterable[Tensor]) -> float:
    squares = [tensor.square().sum() for tensor in tensors]
    return float(torch.stack(squares).sum().sqrt()) if squares else 0.0
