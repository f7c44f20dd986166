"""Any layer's output as maps: feature maps, tokens on their grid, or single units."""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import check_device, first_tensor, known_modules, record_calls, undisturbed
from explorer.inspection.channel_axis import channel_axis
from explorer.inspection.hooks import hooked


class LayerMaps(NamedTuple):
    """One example's output of a layer, each channel a map."""

    maps: Tensor  # (map, row, column); a unit is a map of one value
    note: str  # the layout of the output, if it is not (channel, row, column)


class LayerCall(NamedTuple):
    """The input and output of one call of a layer, for one example: without the batch axis."""

    entering: Tensor
    output: Tensor


def layer_maps(model: nn.Module, inputs: Tensor, layer: str) -> LayerMaps:
    """The output of one layer for the first example; no other output is kept.

    Args:
        model: any module; it is left unchanged.
        inputs: (batch, …), on the model's device.
        layer: a module's name; of a module that is called more than once, "name#2" is its second call.

    Raises:
        ExplorerError: for a layer that does not exist or is not called that often.
    """
    name, number = split_call(layer)
    modules = known_modules(model, [name])
    calls = record_calls(model, inputs[:1], modules)
    if len(calls) < number:
        raise not_called(layer, len(calls))
    return as_maps(calls[number - 1][1][0], channel_axis(model, name, inputs[:1]))


@torch.no_grad()
def layer_call(model: nn.Module, inputs: Tensor, layer: str) -> LayerCall:
    """The input and output of a layer; arguments as for ``layer_maps``."""
    name, number = split_call(layer)
    module = known_modules(model, [name])[name]
    check_device(model, inputs)
    entered: list[Tensor] = []
    left: list[Tensor] = []

    def before(_name: str, arguments: object, _keywords: object) -> None:
        tensor = first_tensor(arguments)
        if tensor is not None:
            entered.append(tensor.detach().clone())  # the layer may work in place

    def after(_name: str, output: object) -> None:
        tensor = first_tensor(output)
        if tensor is not None:
            left.append(tensor.detach().clone())

    with hooked({name: module}, before, after), undisturbed(model):
        model(inputs[:1])
    if min(len(entered), len(left)) < number:
        raise not_called(layer, len(left))
    return LayerCall(entered[number - 1][0], left[number - 1][0])


def as_maps(output: Tensor, axis: int) -> LayerMaps:
    """One example's output (without the batch) as maps; differentiable.

    Args:
        output: (unit,), (token, feature), (channel, row, column), (row, column, channel), or more axes.
        axis: the channel axis of the whole batch: 1, or −1 for the last.
    """
    if output.dim() == 0:
        return LayerMaps(output.reshape(1, 1, 1), "")
    maps = output.movedim(-1, 0) if axis == -1 else output  # (channel, …)
    if maps.dim() == 1:
        return LayerMaps(maps[:, None, None], "")
    if maps.dim() == 2:
        return _token_maps(maps)
    if maps.dim() == 3:
        return LayerMaps(maps, "Its channels are the last axis." if axis == -1 else "")
    note = (
        f"Its {maps.dim()} axes {'x'.join(map(str, output.shape))} are drawn with all but the last flattened into one."
    )
    return LayerMaps(maps.reshape(len(maps), -1, maps.shape[-1]), note)


def split_call(layer: str) -> tuple[str, int]:
    """ "relu#2" as ("relu", 2); without a number, the first call."""
    name, _, number = layer.partition("#")
    return name, int(number) if number.isdigit() else 1


def not_called(layer: str, calls: int) -> ExplorerError:
    """The error for a call that did not happen."""
    times = "is not called in this forward pass" if calls == 0 else f"is called {calls} times"
    return ExplorerError(f"{layer!r}: this layer {times}, or gives no tensor; choose another.")


def _token_maps(maps: Tensor) -> LayerMaps:
    """Features of tokens (feature, token), arranged on the square grid of their patches."""
    count = maps.shape[1]
    for extra in (0, 1):
        side = math.isqrt(count - extra)
        if side * side == count - extra and side > 1:
            left_out = "; the first, the class token, is left out" if extra else ""
            note = f"Its {count} tokens stand on their grid of {side}x{side} patches, a map for each feature{left_out}."
            return LayerMaps(maps[:, extra:].reshape(len(maps), side, side), note)
    return LayerMaps(maps[:, None, :], f"Its {count} tokens stand in a row, a map for each feature.")
