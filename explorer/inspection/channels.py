"""Ablation: the prediction with some channels set to 0."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import check_device, known_modules, undisturbed
from explorer.inspection.channel_axis import channel_axis
from explorer.inspection.hooks import hooked
from explorer.inspection.neighbours import neighbours_known
from explorer.inspection.score import logits_of

Ablation = Callable[[Tensor], Tensor]  # a layer's output, channels on the second axis -> the same, partly set to 0


@torch.no_grad()
def ablate(model: nn.Module, inputs: Tensor, channels: Mapping[str, Iterable[int]]) -> Tensor:
    """The logits of a network with some channels ablated: set to 0 in their layer's output, at each of its calls.

    If the calls of one layer differ in their channels (the ReLU of a ResNet-50's blocks), only those with the channel.

    The channels of feature maps (batch, channel, row, column) are the maps, those of (batch, unit) the units. In
    sequences and tokens (batch, token, feature) they are the features, ablated at every position. A layer that
    returns several tensors (``nn.LSTM``, ``nn.MultiheadAttention``) is refused. If the answer for one example depends
    on the others in its batch, each is run alone.

    Args:
        model: any module; it runs in eval mode, without gradients, and is left unchanged.
        inputs: one batch, on the model's device.
        channels: for each module name the channels to ablate, counted from 0.

    Returns:
        The model's output: (batch, class).

    Raises:
        ExplorerError: for a layer that does not exist, is not called or returns several tensors, and for a channel
            that it does not have.
    """
    check_device(model, inputs)
    if len(inputs) > 1 and _neighbours_matter(model, inputs):
        return torch.cat([ablate(model, one, channels) for one in torch.split(inputs, 1)])
    wanted = {layer: set(chosen) for layer, chosen in channels.items()}
    counts: dict[str, list[int]] = {layer: [] for layer in wanted}
    ablations = {
        layer: (channel_axis(model, layer, inputs), _setting_to_zero(chosen, counts[layer]))
        for layer, chosen in wanted.items()
    }
    logits = _logits(model, inputs, ablations)
    for layer, chosen in wanted.items():
        most = max(counts[layer])
        unknown = [channel for channel in chosen if not 0 <= channel < most]
        if unknown:
            raise ExplorerError(f"{layer!r} has {most} channels, counted from 0: there is no channel {unknown[0]}.")
    return logits


def rank_channels(model: nn.Module, inputs: Tensor, layer: str, target: int | Tensor, chunk: int = 64) -> Tensor:
    """The change of a class's logit when each channel of a layer is ablated alone: ablated − original.

    The ablations are run as one batch: the network runs once for every ``chunk`` channels, with the single example up
    to the layer, and from there on with one copy for each channel; if its branches do not allow that, with the copies
    from the start. If the copies would affect each other, the network runs once for each channel.

    Args:
        model: any module that returns logits (batch, class).
        inputs: (example, …), on the model's device.
        layer: a module's name.
        target: the class, or one for each example.
        chunk: channels in one forward pass.

    Returns:
        (example, channel), the channels of the layer's last call: negative if the channel supports the class.

    Raises:
        ExplorerError: as ``ablate``; and if the class does not exist, or the layer's first axis is not the batch.
    """
    check_device(model, inputs)
    axis = channel_axis(model, layer, inputs)
    chunk = 1 if _neighbours_matter(model, inputs) else chunk
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
        ablation = {layer: (axis, _one_each(layer, channels))}
        try:
            after = _logits(model, example, ablation)
            together = len(after) == len(channels)
        except RuntimeError:  # a branch with the single example cannot be joined to one with many
            together = False
        if not together:
            after = _logits(model, example.expand(len(channels), *example.shape[1:]), ablation)
        effects.append(after[:, target] - before[0, target])
    return torch.cat(effects)


def _neighbours_matter(model: nn.Module, inputs: Tensor) -> bool:
    return neighbours_known(model, lambda examples: _logits(model, examples, {}), inputs[:1])


def _logits(model: nn.Module, inputs: Tensor, ablations: Mapping[str, tuple[int, Ablation]]) -> Tensor:
    with undisturbed(model), ablated(model, ablations):
        return logits_of(model(inputs.clone()))


@contextmanager
def ablated(model: nn.Module, ablations: Mapping[str, tuple[int, Ablation]]) -> Iterator[None]:
    """Ablate the outputs of these layers inside the ``with`` block; each is given by name, with its channel axis.

    Raises:
        ExplorerError: for a layer that does not exist, returns several tensors, or was not called.
    """
    versions: dict[str, list[tuple[int, int]]] = {}  # of each called layer's arguments, before its latest call

    def remember(layer: str, arguments: tuple[Any, ...], _keywords: object) -> None:
        versions[layer] = [(id(value), _version(value)) for value in arguments if isinstance(value, Tensor)]

    def apply(layer: str, output: object) -> Tensor:
        return _ablated(layer, *ablations[layer], versions[layer], output)

    with hooked(known_modules(model, ablations), before=remember, after=apply):
        yield
    missed = sorted(ablations.keys() - versions.keys())
    if missed:
        raise ExplorerError(f"{', '.join(missed)}: not called in this forward pass; choose another layer.")


def _ablated(layer: str, axis: int, ablation: Ablation, versions: list[tuple[int, int]], output: object) -> Tensor:
    if not isinstance(output, Tensor) or output.dim() < 2:
        raise ExplorerError(f"{layer!r} gives no single tensor of channels; choose a layer inside or after it.")
    place = axis if output.dim() > 2 else 1
    changed = ablation(output.movedim(place, 1)).movedim(1, place)
    written = any(number == id(output) and _version(output) > version for number, version in versions)
    if not written:
        return changed
    # an in-place layer: other operations may read its result from its input tensor
    return output.copy_(changed) if changed.shape == output.shape else output.set_(changed)  # type: ignore[call-overload]


def _setting_to_zero(chosen: set[int], counts: list[int]) -> Ablation:
    """Set the chosen channels to 0; append the number of channels of each call to ``counts``."""

    def set_to_zero(output: Tensor) -> Tensor:
        counts.append(output.shape[1])
        there = [channel for channel in chosen if 0 <= channel < output.shape[1]]
        return output.index_fill(1, torch.tensor(there, dtype=torch.int64, device=output.device), 0)

    return set_to_zero


def _one_each(layer: str, channels: Tensor) -> Ablation:
    """Ablate ``channels[i]`` in example i of the batch; a single example is expanded first."""

    def set_to_zero(output: Tensor) -> Tensor:
        if len(output) not in (1, len(channels)):
            raise ExplorerError(f"{layer!r} returns {tuple(output.shape)}: its first axis is not the batch.")
        many = output.expand(len(channels), *output.shape[1:]).clone()
        there = channels < many.shape[1]  # some calls may have fewer
        many[torch.arange(len(channels), device=many.device)[there], channels[there]] = 0
        return many

    return set_to_zero


def _version(tensor: Tensor) -> int:
    return 0 if tensor.is_inference() else tensor._version  # counts in-place changes
