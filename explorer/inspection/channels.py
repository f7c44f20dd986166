"""What becomes of the answer when channels are silenced."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import check_device, known_modules, undisturbed
from explorer.inspection.channel_axis import channel_axis
from explorer.inspection.hooks import hooked
from explorer.inspection.predictions import logits_of

Silence = Callable[[Tensor], Tensor]  # a layer's output, its channels in second place -> the same with silence in it


@torch.no_grad()
def ablate(model: nn.Module, inputs: Tensor, channels: Mapping[str, Iterable[int]]) -> Tensor:
    """The logits of a network in which channels are silenced: set to 0 in their layer's output, at each of its calls.

    Where the calls of one layer differ in their channels (the ReLU of a ResNet-50's blocks), at each that has them.

    The channels of feature maps (batch, channel, row, column) are their maps, those of (batch, unit) the units. In
    sequences and tokens (batch, token, feature) the last axis counts them: a feature is silenced at every position. A
    layer that gives several tensors (``nn.LSTM``, ``nn.MultiheadAttention``) is refused.

    Args:
        model: any module; it runs in eval mode, without gradients, and is left as it was.
        inputs: one batch, on the model's device.
        channels: module name to the channels to silence, counted from 0.

    Returns:
        The model's output: (batch, class).

    Raises:
        ExplorerError: for a layer that does not exist, is not called or gives several tensors, and for a channel that
            it does not have.
    """
    check_device(model, inputs)
    wanted = {layer: set(chosen) for layer, chosen in channels.items()}
    counts: dict[str, list[int]] = {layer: [] for layer in wanted}
    silences = {
        layer: (channel_axis(model, layer, inputs), _setting_to_zero(chosen, counts[layer]))
        for layer, chosen in wanted.items()
    }
    logits = _logits(model, inputs, silences)
    for layer, chosen in wanted.items():
        most = max(counts[layer])
        unknown = [channel for channel in chosen if not 0 <= channel < most]
        if unknown:
            raise ExplorerError(f"{layer!r} has {most} channels, counted from 0: there is no channel {unknown[0]}.")
    return logits


def rank_channels(model: nn.Module, inputs: Tensor, layer: str, target: int | Tensor, chunk: int = 64) -> Tensor:
    """How the logit of a class changes when each channel of a layer is silenced alone: silenced − as it is.

    The channels stand side by side in the batch: the network runs once for every ``chunk`` channels, up to the layer
    with the one example, from there on with all of them; where its branches do not allow that, with all of them from
    the start.

    Args:
        model: any module that gives logits (batch, class).
        inputs: (example, …), on the model's device.
        layer: a module's name.
        target: the class, or one for each example.
        chunk: channels in one forward pass.

    Returns:
        (example, channel), the channels of the layer's last call: negative where the channel speaks for the class.

    Raises:
        ExplorerError: as ``ablate``; and where the class does not exist, or the layer's first axis is not the batch.
    """
    check_device(model, inputs)
    axis = channel_axis(model, layer, inputs)
    targets = torch.as_tensor(target).expand(len(inputs)).tolist()
    return torch.stack(
        [
            _effects(model, example, layer, axis, target, chunk)
            for example, target in zip(torch.split(inputs, 1), targets, strict=True)
        ]
    )


@torch.no_grad()
def _effects(model: nn.Module, example: Tensor, layer: str, axis: int, target: int, chunk: int) -> Tensor:
    seen: list[int] = []

    def count(output: Tensor) -> Tensor:
        seen.append(output.shape[1])
        return output

    before = _logits(model, example, {layer: (axis, count)})
    if not 0 <= target < before.shape[1]:
        raise ExplorerError(f"There is no class {target}: the model has {before.shape[1]}, counted from 0.")
    effects = []
    for channels in torch.split(torch.arange(seen[-1], device=example.device), chunk):
        silence = {layer: (axis, _one_each(layer, channels))}
        try:
            after = _logits(model, example, silence)
            together = len(after) == len(channels)
        except RuntimeError:  # a branch that still has the one example cannot be joined to many
            together = False
        if not together:
            after = _logits(model, example.expand(len(channels), *example.shape[1:]), silence)
        effects.append(after[:, target] - before[0, target])
    return torch.cat(effects)


def _logits(model: nn.Module, inputs: Tensor, silences: Mapping[str, tuple[int, Silence]]) -> Tensor:
    with undisturbed(model), silenced(model, silences):
        return logits_of(model(inputs.clone()))


@contextmanager
def silenced(model: nn.Module, silences: Mapping[str, tuple[int, Silence]]) -> Iterator[None]:
    """While it is open, these layers give their output with silence in it; each by name with its channel axis.

    Raises:
        ExplorerError: for a layer that does not exist, gives several tensors, or was not called.
    """
    versions: dict[str, list[tuple[int, int]]] = {}  # of each called layer's arguments, before its latest call

    def remember(layer: str, arguments: tuple[Any, ...], _keywords: object) -> None:
        versions[layer] = [(id(value), _version(value)) for value in arguments if isinstance(value, Tensor)]

    def silence(layer: str, output: object) -> Tensor:
        return _silence(layer, *silences[layer], versions[layer], output)

    with hooked(known_modules(model, silences), before=remember, after=silence):
        yield
    missed = sorted(silences.keys() - versions.keys())
    if missed:
        raise ExplorerError(f"{', '.join(missed)}: not called in this forward pass; choose another layer.")


def _silence(layer: str, axis: int, silence: Silence, versions: list[tuple[int, int]], output: object) -> Tensor:
    if not isinstance(output, Tensor) or output.dim() < 2:
        raise ExplorerError(f"{layer!r} gives no single tensor of channels; choose a layer inside or behind it.")
    place = axis if output.dim() > 2 else 1
    quiet = silence(output.movedim(place, 1)).movedim(1, place)
    written = any(number == id(output) and _version(output) > version for number, version in versions)
    if not written:
        return quiet
    # an in-place layer: others may read its result from the tensor that it was given
    return output.copy_(quiet) if quiet.shape == output.shape else output.set_(quiet)  # type: ignore[call-overload]


def _setting_to_zero(chosen: set[int], counts: list[int]) -> Silence:
    """The chosen channels silent; how many there are at each call is kept in ``counts``."""

    def silence(output: Tensor) -> Tensor:
        counts.append(output.shape[1])
        there = [channel for channel in chosen if 0 <= channel < output.shape[1]]
        return output.index_fill(1, torch.tensor(there, dtype=torch.int64, device=output.device), 0)

    return silence


def _one_each(layer: str, channels: Tensor) -> Silence:
    """Example i of the batch with ``channels[i]`` silenced; one example alone becomes as many."""

    def silence(output: Tensor) -> Tensor:
        if len(output) not in (1, len(channels)):
            raise ExplorerError(f"{layer!r} gives {tuple(output.shape)}: its first axis is not the batch.")
        many = output.expand(len(channels), *output.shape[1:]).clone()
        there = channels < many.shape[1]  # of several calls, one may have fewer
        many[torch.arange(len(channels), device=many.device)[there], channels[there]] = 0
        return many

    return silence


def _version(tensor: Tensor) -> int:
    return 0 if tensor.is_inference() else tensor._version  # counts in-place changes
