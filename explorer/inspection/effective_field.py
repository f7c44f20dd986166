"""The effective receptive field of a unit, by its gradient, and its geometric receptive field."""

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import check_device, first_tensor, known_modules, undisturbed
from explorer.inspection.channel_axis import channel_axis
from explorer.inspection.hooks import hooked
from explorer.inspection.layer_maps import as_maps, not_called, split_call
from explorer.inspection.receptive_field import field_of
from explorer.inspection.sliding import check_place
from explorer.inspection.tracking import run_on_meta

Window = tuple[int, int, int, int]


@torch.enable_grad()
def effective_field(
    model: nn.Module, inputs: Tensor, layer: str, channel: int, row: int = 0, column: int = 0
) -> Tensor:
    """|d unit / d input| of one unit of a layer, summed over the input's channels: (row, column).

    The effective receptive field of Luo, Li, Urtasun and Zemel 2016 (https://arxiv.org/abs/1701.04128), for this
    picture and these weights: it lies inside the geometric one and is usually much smaller.

    Args:
        model: any module that reads pictures; it is left unchanged, including its gradients.
        inputs: (batch, channel, row, column), on the model's device; the first example is used.
        layer: a module's name; of a module that is called more than once, "name#2" is its second call.
        channel: one of the layer's maps (``layer_maps``).
        row: of the unit in the map.
        column: of the unit in the map.

    Raises:
        ExplorerError: for a layer that does not exist, is not called that often or does not depend on the picture,
            and for a position outside its output.
    """
    name, number = split_call(layer)
    module = known_modules(model, [name])[name]
    check_device(model, inputs)
    if inputs.dim() != 4 or not inputs.is_floating_point():
        raise ExplorerError(f"The picture must be floating-point (1, channel, row, column), not {tuple(inputs.shape)}.")
    axis = channel_axis(model, name, inputs[:1])
    image = inputs[:1].detach().clone().requires_grad_()
    units: list[Tensor] = []

    def keep(_name: str, output: object) -> None:
        tensor = first_tensor(output)
        if tensor is None:
            return
        maps = as_maps(tensor[0], axis).maps
        if len(units) == number - 1:
            check_place(maps, channel, row, column)
            units.append(maps[channel, row, column].clone())  # an in-place ReLU may follow
        elif len(units) < number:
            units.append(tensor.new_zeros(()))

    with hooked({name: module}, after=keep), undisturbed(model):
        model(image)
        if len(units) < number:
            raise not_called(layer, len(units))
        if not units[-1].requires_grad:
            raise ExplorerError(f"{layer!r} does not depend on the picture; choose a layer that reads it.")
        gradient = torch.autograd.grad(units[-1], image, allow_unused=True)[0]
    return torch.zeros(image.shape[2:]) if gradient is None else gradient[0].abs().sum(dim=0)


def geometric_window(model: nn.Module, inputs: Tensor, layer: str, row: int = 0, column: int = 0) -> Window:
    """First row, last row, first column and last column of the picture that a unit can depend on.

    Arguments are those of ``effective_field``.

    Raises:
        ExplorerError: if the geometry is unknown; the message names the operation after which it is.
    """
    name, number = split_call(layer)
    calls = run_on_meta(model, inputs.shape[1:], known_modules(model, [name]))
    if len(calls) < number:
        raise not_called(layer, len(calls))
    call = calls[number - 1]
    field = field_of(call.field)
    if field.row_track.axis is not None and field.row_track.axis == field.column_track.axis:
        raise ExplorerError(
            f"The receptive field of {layer} is not a rectangle: rows and columns lie on one axis of its output."
        )
    return field.window(row, column)


def pixels_holding(gradient: Tensor, share: float) -> int:
    """The smallest number of pixels that together hold this share (0…1) of a gradient map (row, column)."""
    ordered = gradient.flatten().double().sort(descending=True).values
    if not ordered.sum() > 0:
        return 0
    held = ordered.cumsum(dim=0) / ordered.sum()
    return min(int((held < share - 1e-9).sum()) + 1, len(ordered))
