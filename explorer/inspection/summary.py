"""A network as a table: the shape, cost and receptive field of each layer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from explorer.in_html import Columns, Rows
from explorer.inspection.activations import known_modules, leaves
from explorer.inspection.cost import multiply_adds
from explorer.inspection.layers import layer_type, named_layers
from explorer.inspection.receptive_field import Number, field_of
from explorer.inspection.tracking import Call, run_on_meta


@dataclass(frozen=True)
class LayerRow:
    """One layer, for one input."""

    name: str
    kind: str  # "Conv2d 3x3"
    output_shape: tuple[int, ...]  # without the batch; of the last call
    parameters: int
    multiply_adds: int | None  # as ``cost.multiply_adds`` counts, all calls together; None: not counted
    # its size in pixels, or for sequences the time steps it covers, in words; None if unknown
    receptive_field: Number | tuple[Number, Number] | str | None


def layer_table(
    model: nn.Module, inputs: Tensor | Sequence[int], layers: Iterable[str] | None = None
) -> Rows[LayerRow]:
    """A row for each layer that is called, in call order, without computing or allocating anything.

    Args:
        model: any module that reads images.
        inputs: a picture or a batch of them, of which only the shape counts; or that shape, (channel, row, column).
        layers: module names; None takes every module without children, and those with weights beside their children
            (``nn.MultiheadAttention``).

    Raises:
        ExplorerError: for a layer that does not exist, or a shape that the model cannot read.
    """
    chosen = _with_weights(model) if layers is None else known_modules(model, layers)
    calls: dict[str, list[Call]] = {}
    for call in run_on_meta(model, inputs, chosen):
        calls.setdefault(call.name, []).append(call)
    called = {} if layers is not None else {name: own[-1].module for name, own in calls.items()}
    return Rows((_row(name, own, _inside(name, called)) for name, own in calls.items()), _columns)


def _columns(row: LayerRow) -> Columns:
    return {
        "layer": row.name,
        "type": row.kind,
        "output": row.output_shape,
        "parameters": row.parameters,
        "multiply-adds": row.multiply_adds,
        "receptive field": row.receptive_field,
    }


def _with_weights(model: nn.Module) -> dict[str, nn.Module]:
    """The modules without children, and those that have weights beside their children, the model itself included."""
    own = {name: module for name, module in named_layers(model).items() if module._parameters}
    return leaves(model) | own


def _inside(name: str, layers: dict[str, nn.Module]) -> list[nn.Module]:
    return [layer for other, layer in layers.items() if other != name and other.startswith(f"{name}." if name else "")]


def _row(name: str, calls: list[Call], inside: list[nn.Module]) -> LayerRow:
    """The row of a layer; the parameters of the layers inside it that have a row of their own are left out."""
    last = calls[-1]
    elsewhere = {id(weight) for layer in inside for weight in layer.parameters()}
    costs = [multiply_adds(call.module, call.input_shape, call.shape) for call in calls]
    return LayerRow(
        name=name,
        kind=layer_kind(last.module),
        output_shape=last.shape[1:],
        parameters=sum(weight.numel() for weight in last.module.parameters() if id(weight) not in elsewhere),
        multiply_adds=None if None in costs else sum(cost for cost in costs if cost is not None),
        receptive_field=None if isinstance(last.field, str) else field_of(last.field).size,
    )


def layer_kind(module: nn.Module) -> str:
    """A layer's type, with its kernel size if it has one: "Conv2d 3x3"."""
    size = getattr(module, "kernel_size", None)
    if isinstance(size, int):
        size = (size, size)
    kind = layer_type(module).__name__
    return f"{kind} {'x'.join(map(str, size))}" if isinstance(size, tuple) else kind
