"""NumPy's arrays in a file of weights: read from their bytes alone, so that NumPy makes no object of the file's.

A pickled array is a call of ``_reconstruct`` and a state: its version, its shape, its type, whether its columns come
first, and its bytes. Stand-ins take the places of the call and of the type.
Source: https://numpy.org/doc/stable/reference/generated/numpy.ndarray.__setstate__.html
"""

from math import prod

import numpy as np
import torch
from torch import Tensor

# numbers that PyTorch has too: NumPy's codes without the byte order
NUMBERS = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "b1")


class ArrayType:
    """Stands in the place of a ``numpy.dtype``: its code, "f4", and its byte order, "<"."""

    def __init__(self, code: object = "", *_: object) -> None:
        self.code = code
        self.order: object = "="

    def __setstate__(self, state: object) -> None:
        if isinstance(state, tuple) and len(state) > 1:
            self.order = state[1]

    @property
    def known(self) -> np.dtype[np.generic] | None:
        """The type where it is one of plain numbers; None for objects, texts and dates."""
        if self.code not in NUMBERS or self.order not in ("<", ">", "|", "="):
            return None
        return np.dtype(f"{self.order}{self.code}")


class Array:
    """Stands in the place of a ``numpy.ndarray``; ``tensor`` is None where it holds no plain numbers."""

    tensor: Tensor | None = None

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, state: object) -> None:
        if not (isinstance(state, tuple) and len(state) == 5):
            return
        _, shape, kind, columns_first, content = state
        known = kind.known if isinstance(kind, ArrayType) else None
        if known is None or not isinstance(content, bytes) or not _is_shape(shape):
            return
        if prod(shape) * known.itemsize != len(content):
            raise ValueError(f"an array of shape {shape} has {len(content)} bytes")
        values = np.frombuffer(content, known).reshape(shape, order="F" if columns_first else "C")
        self.tensor = torch.from_numpy(np.array(values, known.newbyteorder("="), order="C"))


def as_tensor(value: object) -> Tensor | None:
    """A tensor, or the numbers of an array as one; None for anything else."""
    if isinstance(value, Array):
        return value.tensor
    return value if isinstance(value, Tensor) else None


def _is_shape(shape: object) -> bool:
    return isinstance(shape, tuple) and all(type(size) is int and size >= 0 for size in shape)
