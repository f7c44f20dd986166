"""The channel axis of a layer's output."""

from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import known_modules, leaves
from explorer.inspection.layers import layer_type
from explorer.inspection.tracking import Call, run_on_meta

# by exact type: torchvision's LayerNorm2d is a LayerNorm whose channels are the second axis
CHANNELS_LAST = (nn.Linear, nn.LayerNorm, nn.Embedding, nn.MultiheadAttention)
CHANNELS_SECOND = (
    *(nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d),
    *(nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.GroupNorm, nn.InstanceNorm1d, nn.InstanceNorm2d),
    *(nn.MaxPool1d, nn.MaxPool2d, nn.AvgPool1d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d),
)


def channel_axis(model: nn.Module, layer: str, inputs: Tensor) -> int:
    """1 for feature maps (batch, channel, row, column) and units (batch, unit), −1 if the channels are the last axis.

    The layer's type decides if it can (a convolution, a linear layer). Otherwise the rows and columns of the picture
    are followed through the network, and the remaining axis is the channel. If attention has mixed them, the axis is
    that of the nearest earlier layer with as many channels. In all other cases the second axis of maps and the last
    axis of sequences and tokens (batch, token, feature) is taken.

    Args:
        model: any module.
        layer: a module's name.
        inputs: a batch of inputs; only the shape is used.

    Raises:
        ExplorerError: for a layer that does not exist.
    """
    module = known_modules(model, [layer])[layer]
    known = _by_type(module)
    if known is not None:
        return known
    if inputs.dim() != 4:
        return -1
    try:
        calls = run_on_meta(model, tuple(inputs.shape), {**leaves(model), layer: module})
    except ExplorerError:
        return 1
    last = max((number for number, call in enumerate(calls) if call.name == layer), default=None)
    return 1 if last is None else _by_geometry(calls[last]) or _by_neighbour(calls[: last + 1])


def _by_type(module: nn.Module) -> int | None:
    if layer_type(module) in CHANNELS_LAST:
        return -1
    return 1 if layer_type(module) in CHANNELS_SECOND else None


def _by_geometry(call: Call) -> int | None:
    """The axis besides batch, rows and columns; None if it cannot be determined."""
    if len(call.shape) < 3:
        return 1
    if len(call.shape) != 4 or isinstance(call.field, str):
        return None
    taken = {track.axis for track in call.field}
    free = {1, 2, 3} - taken
    return (1 if free == {1} else -1) if len(free) == 1 and free != {2} else None


def _by_neighbour(calls: list[Call]) -> int:
    shape = calls[-1].shape
    for call in reversed(calls[:-1]):
        axis = _by_type(call.module)
        if axis is not None and len(call.shape) == len(shape):
            return axis if call.shape[axis] == shape[axis] else 1
    return 1 if len(shape) == 4 else -1
