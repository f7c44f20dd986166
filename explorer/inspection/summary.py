"""A network as a table: the shape, cost and receptive field of each layer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod

from torch import nn
from torch.nn.modules.conv import _ConvNd, _ConvTransposeNd

from explorer.inspection.activations import known_modules, leaves
from explorer.inspection.receptive_field import Number, field_of
from explorer.inspection.tracking import Call, run_on_meta


@dataclass(frozen=True)
class LayerRow:
    """One layer, for one input."""

    name: str
    kind: str  # "Conv2d 3x3"
    output_shape: tuple[int, ...]  # without the batch; of the last call
    parameters: int
    multiply_adds: int  # of convolutions and linear layers, all calls together; biases not counted; 0 for other layers
    receptive_field: Number | tuple[Number, Number] | None  # its size in pixels; None if unknown


def layer_table(model: nn.Module, input_shape: Sequence[int], layers: Iterable[str] | None = None) -> list[LayerRow]:
    """A row for each layer that is called, in call order, without computing or allocating anything.

    Args:
        model: any module that reads images.
        input_shape: (channel, row, column), or with a batch in front.
        layers: module names; None takes every module without children.

    Raises:
        ExplorerError: for a layer that does not exist, or a shape that the model cannot read.
    """
    chosen = leaves(model) if layers is None else known_modules(model, layers)
    calls: dict[str, list[Call]] = {}
    for call in run_on_meta(model, input_shape, chosen):
        calls.setdefault(call.name, []).append(call)
    return [_row(name, own) for name, own in calls.items()]


def _row(name: str, calls: list[Call]) -> LayerRow:
    last = calls[-1]
    return LayerRow(
        name=name,
        kind=layer_kind(last.module),
        output_shape=last.shape[1:],
        parameters=sum(parameter.numel() for parameter in last.module.parameters()),
        multiply_adds=sum(_multiply_adds(call) for call in calls),
        receptive_field=None if isinstance(last.field, str) else field_of(last.field).size,
    )


def _multiply_adds(call: Call) -> int:
    module = call.module
    if isinstance(module, nn.Linear):
        return prod(call.shape) * module.in_features
    if isinstance(module, _ConvNd) and not isinstance(module, _ConvTransposeNd):
        return prod(call.shape) * module.in_channels // module.groups * prod(module.kernel_size)
    return 0


def layer_kind(module: nn.Module) -> str:
    """A layer's type, with its kernel size if it has one: "Conv2d 3x3"."""
    size = getattr(module, "kernel_size", None)
    if isinstance(size, int):
        size = (size, size)
    kind = type(module).__name__
    return f"{kind} {'x'.join(map(str, size))}" if isinstance(size, tuple) else kind
