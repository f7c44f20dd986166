"""The distance that parts of a network have moved during training."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor


def relative_distance(before: Mapping[str, Tensor], after: Mapping[str, Tensor], names: Iterable[str]) -> float:
    """The Euclidean distance that some tensors moved together, divided by their norm before.

    Args:
        before: tensors by name.
        after: the same tensors later.
        names: the tensors to measure.

    Returns:
        0 for tensors that did not move; infinity for tensors that were 0 and moved.
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
