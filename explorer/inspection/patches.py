"""The patches of a data set to which the channels of a layer respond most."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import check_device, known_modules, record_calls
from explorer.inspection.channel_axis import channel_axis
from explorer.inspection.neighbours import batches
from explorer.inspection.receptive_field import ReceptiveField, receptive_field


@dataclass(frozen=True)
class TopPatches:
    """The examples with the highest activations of some channels, highest first; at most one position an example."""

    layer: str
    channels: tuple[int, ...]
    examples: Tensor  # (channel, rank) int64
    values: Tensor  # (channel, rank) the activation there
    rows: Tensor  # (channel, rank) int64, the unit's position in the feature map; 0 if it has none
    columns: Tensor
    windows: Tensor  # (channel, rank, 4) first row, last row, first column, last column in the picture, inclusive
    exact: bool  # True if the windows are the units' receptive fields; otherwise they are the whole picture


@torch.no_grad()
def top_patches(
    model: nn.Module,
    inputs: Tensor,
    layer: str,
    channels: int | list[int] | None = None,
    count: int = 9,
    batch_size: int = 64,
) -> TopPatches:
    """The patches of a data set to which channels respond most, cropped to the units' exact receptive field.

    One pass over the data serves all channels: for each example and channel only the highest position is kept. For a
    layer called more than once, the last call is used. If examples affect each other in a batch, each is run alone. At
    a border the window is clipped to the picture; if the receptive field is unknown, it is the whole picture.

    Args:
        model: any module that reads pictures; it runs in eval mode.
        inputs: (example, channel, row, column), on the model's device.
        layer: a module's name.
        channels: of the layer; None takes all.
        count: patches a channel; no more than there are examples.
        batch_size: examples in one forward pass.

    Raises:
        ExplorerError: for a layer that does not exist or is not called, for a channel that it does not have, and for an
            empty batch.
    """
    check_device(model, inputs)
    if not len(inputs) or inputs.dim() != 4:
        raise ExplorerError(f"Give at least one picture (example, channel, row, column), not {tuple(inputs.shape)}.")
    axis = channel_axis(model, layer, inputs)
    modules = known_modules(model, [layer])

    def channels_of(examples: Tensor) -> Tensor:
        calls = record_calls(model, examples, modules)
        if not calls or calls[-1][1].dim() < 2 or len(calls[-1][1]) != len(examples):
            raise ExplorerError(f"{layer!r} gives no channels for each example; choose another layer.")
        output = calls[-1][1]
        return output.movedim(axis if output.dim() > 2 else 1, 1)  # (example, channel, …)

    peaks, places = [], []
    shape: tuple[int, ...] = ()
    for batch in batches(model, channels_of, inputs, batch_size, of=layer):
        output = channels_of(batch)
        shape = tuple(output.shape[1:])
        peak = output.flatten(2).max(2) if output.dim() > 2 else None
        peaks.append(output if peak is None else peak.values)
        places.append(torch.zeros_like(output, dtype=torch.int64) if peak is None else peak.indices)
    chosen = _chosen(channels, shape[0], layer)
    highest, place = torch.cat(peaks)[:, chosen].T, torch.cat(places)[:, chosen].T  # (channel, example)
    order = highest.argsort(dim=1, descending=True, stable=True)[:, :count]
    place = place.gather(1, order)
    width = shape[2] if len(shape) == 3 else 1  # tokens have one axis of positions, used as rows
    rows, columns = place // width, place % width
    field = _field(model, layer, tuple(inputs.shape[1:]), shape)
    return TopPatches(
        layer,
        tuple(chosen),
        order.cpu(),
        highest.gather(1, order).cpu(),
        rows.cpu(),
        columns.cpu(),
        _windows(field, rows, columns, tuple(inputs.shape[2:])),
        field is not None,
    )


def _chosen(channels: int | list[int] | None, count: int, layer: str) -> list[int]:
    chosen = list(range(count)) if channels is None else [channels] if isinstance(channels, int) else list(channels)
    unknown = [channel for channel in chosen if not 0 <= channel < count]
    if unknown:
        raise ExplorerError(f"{layer!r} has {count} channels, counted from 0: there is no channel {unknown[0]}.")
    return chosen


def _field(model: nn.Module, layer: str, input_shape: tuple[int, ...], shape: tuple[int, ...]) -> ReceptiveField | None:
    """None if the geometry is unknown, or does not distinguish the layer's rows and columns."""
    try:
        field = receptive_field(model, input_shape, layer)
    except ExplorerError:
        return None
    tracks = (field.row_track, field.column_track)
    sizes = shape[1:] if len(shape) == 3 else (1, 1)
    fits = all(track.axis is None or len(track.first) == size for track, size in zip(tracks, sizes, strict=True))
    return field if fits else None


def _windows(field: ReceptiveField | None, rows: Tensor, columns: Tensor, sides: tuple[int, ...]) -> Tensor:
    whole = (0, sides[0] - 1, 0, sides[1] - 1)
    windows = [
        whole if field is None else field.window(row, column)
        for row, column in zip(rows.flatten().tolist(), columns.flatten().tolist(), strict=True)
    ]
    return torch.tensor(windows, dtype=torch.int64).reshape(*rows.shape, 4)
