"""The part of the input that a unit can depend on, from the geometry of the operations, not from gradients."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.in_html import table
from explorer.inspection.activations import known_modules
from explorer.inspection.geometry import Track
from explorer.inspection.tracking import Field, run_on_meta

Number = int | float


@dataclass(frozen=True)
class ReceptiveField:
    """The receptive field of a layer's units; all in pixels.

    ``size``, ``jump`` and ``start`` are plain numbers where rows and columns agree, else (row, column) pairs. They are
    the textbook's, for a unit away from the borders: the field's side, the distance between the fields of neighbouring
    units, and the centre of the first unit's field, 0 being the centre of the first pixel
    (https://distill.pub/2019/computing-receptive-fields/). A unit after a linear layer or a global pooling sees one
    fixed region, commonly the whole input: its jump is 0. If windows vary (adaptive pooling, interpolation) the size
    is the largest and the jump the mean distance.
    """

    row_track: Track
    column_track: Track

    @property
    def size(self) -> Number | tuple[Number, Number]:
        """The side of a unit's field."""
        return _pair(*(track.high - track.low + 1 for track in (self.row_track, self.column_track)))

    @property
    def jump(self) -> Number | tuple[Number, Number]:
        """The distance between the fields of neighbouring units."""
        return _pair(self.row_track.jump, self.column_track.jump)

    @property
    def start(self) -> Number | tuple[Number, Number]:
        """The centre of the first unit's field."""
        return _pair(*((track.low + track.high) / 2 for track in (self.row_track, self.column_track)))

    def _repr_html_(self) -> str:
        return table([{"size": self.size, "jump": self.jump, "start": self.start}], "Receptive field, in pixels")

    def window(self, row: int = 0, column: int = 0) -> tuple[int, int, int, int]:
        """First row, last row, first column and last column (inclusive) that a unit sees, within the input.

        It is the smallest rectangle: a circular padding lets a unit at the border see both ends. A unit that sees only
        padding has 0, -1.

        Raises:
            ExplorerError: if the layer does not have this unit.
        """
        return (*_interval(self.row_track, row, "row"), *_interval(self.column_track, column, "column"))


def receptive_field(model: nn.Module, inputs: Tensor | Sequence[int], layer: str) -> ReceptiveField:
    """The receptive field of a layer's units; for a module called more than once, in its last call.

    Every operation of the forward pass is followed, on tensors without memory: skip connections, branches, strides,
    dilation, pooling, adaptive pooling, flattening, attention. Channels are not distinguished; a normalisation over the
    whole feature map (group norm, instance norm) makes every unit see the whole input.

    Args:
        model: any module that reads images.
        inputs: a picture or a batch of them, of which only the shape counts; or that shape, (channel, row, column).
        layer: a module's name.

    Raises:
        ExplorerError: for a layer that does not exist or is not called, and for an operation whose geometry is unknown.
    """
    inputs, layer = _in_order(inputs, layer)
    calls = run_on_meta(model, inputs, known_modules(model, [layer]))
    if not calls:
        raise ExplorerError(f"{layer!r} is not called in the forward pass; choose another layer.")
    return field_of(calls[-1].field)


def _in_order(first: Any, second: Any) -> tuple[Tensor | Sequence[int], str]:
    """The inputs and the layer's name, which version 0.1 took in the other order."""
    return (second, first) if isinstance(first, str) else (first, second)


def field_of(field: Field | str) -> ReceptiveField:
    """A tracked field as a receptive field.

    Raises:
        ExplorerError: where tracking ended, with the operation at which it did.
    """
    if isinstance(field, str):
        raise ExplorerError(f"The receptive field is unknown after {field}; choose a layer before it.")
    return ReceptiveField(*field)


def _interval(track: Track, index: int, what: str) -> tuple[int, int]:
    if track.axis is None:
        index = 0
    elif not 0 <= index < len(track.first):
        raise ExplorerError(f"There is no {what} {index}: the layer has {len(track.first)} {what}s, counted from 0.")
    first, last = int(track.first[index]), int(track.last[index])
    return (first, last) if first <= last else (0, -1)


def _pair(row: Fraction, column: Fraction) -> Number | tuple[Number, Number]:
    numbers = [int(number) if number.denominator == 1 else float(number) for number in (row, column)]
    return numbers[0] if row == column else (numbers[0], numbers[1])
