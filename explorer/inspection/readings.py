"""What the recurrent layers of a whole network read as it runs, whatever is around them: embeddings, packing, …"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from explorer.errors import ExplorerError, shown
from explorer.inspection.activations import check_device, numbered, undisturbed
from explorer.inspection.hooks import hooked
from explorer.inspection.layers import named_layers, original
from explorer.inspection.sequences import State

Read = TypeVar("Read")
Inputs = Tensor | PackedSequence | tuple[Any, ...] | Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Reading:
    """A recurrent layer with the inputs and the initial state that it is given."""

    module: nn.RNNBase
    inputs: Tensor | PackedSequence
    initial: State | None
    lengths: Sequence[int] | Tensor | None = None


@dataclass(eq=False)
class _Call:
    """One call of a layer: what it read, and the state that it ended with."""

    reading: Reading
    final: State | None = None


def readings(
    model: nn.Module,
    inputs: Inputs,
    initial: State | None = None,
    lengths: Sequence[int] | Tensor | None = None,
) -> dict[str, Reading]:
    """What every recurrent layer of a network reads in one forward pass in eval mode, by its name, in call order.

    Calls of which each goes on from the state that the one before ended with, such as those of a decoder that takes
    one step at a time, are one reading. Other calls of one layer have a reading each: "lstm#1", "lstm#2", ….

    Args:
        model: an nn.RNN, nn.LSTM or nn.GRU, whose name is ""; or any network around some.
        inputs: of the model; several arguments as a tuple, or by name as a mapping.
        initial: the initial state of a model that is a recurrent layer itself.
        lengths: the time steps of each example of a padded batch; a network around recurrent layers is given them as
            its argument of this name.

    Raises:
        ExplorerError: for a network that has no recurrent layer, or calls none, and an initial state that it is not
            asked for.
    """
    model = original(model)
    if isinstance(model, nn.RNNBase) and (
        isinstance(inputs, PackedSequence) or not isinstance(inputs, (tuple, Mapping))
    ):
        return {"": Reading(model, inputs, initial, lengths)}
    if initial is not None:
        raise ExplorerError(
            f"A {type(model).__name__} gives its recurrent layers their initial state itself; leave out initial."
        )
    calls = _calls(model, inputs, lengths)
    by_name: dict[str, list[_Call]] = {}
    for name, call in calls:
        by_name.setdefault(name, []).append(call)
    return dict(numbered([(name, reading) for name, own in by_name.items() for reading in _joined(own)]))


def only_reading(
    model: nn.Module,
    inputs: Inputs,
    initial: State | None = None,
    lengths: Sequence[int] | Tensor | None = None,
    module: str | None = None,
) -> Reading:
    """What the one recurrent layer of a network reads, or of several the one of this name; see ``readings``.

    Raises:
        ExplorerError: as ``readings`` does, and where there are several and none is chosen, or none has this name.
    """
    found = readings(model, inputs, initial, lengths)
    if module is None and len(found) > 1:
        raise ExplorerError(
            f"This network has {len(found)} recurrent layers: {', '.join(found)}. Choose one, such as "
            f"module={next(iter(found))!r}."
        )
    return reading_named(found, next(iter(found)) if module is None else module)


def reading_named(found: Mapping[str, Read], name: str) -> Read:
    """What belongs to the recurrent layer of this name.

    Raises:
        ExplorerError: if no recurrent layer has this name; the message names those that there are.
    """
    if name not in found:
        raise ExplorerError(f"There is no recurrent layer {shown(name)}; choose one of {', '.join(map(repr, found))}.")
    return found[name]


def call(model: nn.Module, inputs: Inputs, lengths: Sequence[int] | Tensor | None) -> Any:
    """What a network answers to inputs, which may be several: see ``readings``."""
    positional, named = _arguments(model, inputs)
    return model(*positional, **named, **({} if lengths is None else {"lengths": lengths}))


def _arguments(model: nn.Module, inputs: Inputs) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if isinstance(inputs, Mapping):
        return (), dict(inputs)
    if isinstance(inputs, tuple) and not isinstance(inputs, PackedSequence):
        return inputs, {}
    check_device(model, inputs.data if isinstance(inputs, PackedSequence) else inputs)
    return (inputs,), {}


@torch.no_grad()
def _calls(model: nn.Module, inputs: Inputs, lengths: Sequence[int] | Tensor | None) -> list[tuple[str, _Call]]:
    """The calls of all recurrent layers in one forward pass, in order."""
    layers = {name: layer for name, layer in named_layers(model).items() if isinstance(layer, nn.RNNBase)}
    if not layers:
        fault = "has no recurrent layer" if model._modules else "is not a recurrent layer"
        cells = [name for name, layer in named_layers(model).items() if isinstance(layer, nn.RNNCellBase) and name]
        about = f" {shown(cells[0])} is a single cell, called step by step." if cells else ""
        raise ExplorerError(f"{type(model).__name__} {fault}; choose an nn.RNN, nn.LSTM or nn.GRU.{about}")
    calls: list[tuple[str, _Call]] = []

    def before(name: str, arguments: tuple[Any, ...], given: dict[str, Any]) -> None:
        read = dict(zip(("input", "hx"), arguments, strict=False)) | given
        if "input" not in read:
            raise ExplorerError(f"{name!r} is not given its inputs as PyTorch's recurrent layers are.")
        calls.append((name, _Call(Reading(layers[name], _copy(read["input"]), _copy(read.get("hx"))))))

    def after(name: str, output: Any) -> None:
        state = output[1] if isinstance(output, tuple) and len(output) == 2 else None
        next(made for other, made in reversed(calls) if other == name).final = _copy(state)

    with hooked(layers, before, after), undisturbed(model):
        call(model, inputs, lengths)
    if not calls:
        raise ExplorerError(f"This forward pass calls none of its recurrent layers ({', '.join(layers)}).")
    return calls


def _copy(value: Any) -> Any:
    """A copy of inputs or a state: a network may write into them afterwards."""
    if isinstance(value, PackedSequence):
        return PackedSequence(value.data.clone(), *value[1:])
    if isinstance(value, tuple):
        return tuple(map(_copy, value))
    return value.detach().clone() if isinstance(value, Tensor) else value


def _joined(calls: list[_Call]) -> list[Reading]:
    """The readings of one layer: calls that go on from each other are one."""
    spans: list[list[_Call]] = []
    for call in calls:
        if spans and _goes_on(spans[-1][-1], call):
            spans[-1].append(call)
        else:
            spans.append([call])
    return [_one(span) for span in spans]


def _goes_on(before: _Call, call: _Call) -> bool:
    """True if a call starts from the very state that the one before ended with."""
    module, ended, start = call.reading.module, _states(before.final), _states(call.reading.initial)
    return (
        not module.bidirectional
        and bool(ended)
        and all(isinstance(one.reading.inputs, Tensor) for one in (before, call))
        and len(ended) == len(start)
        and all(torch.equal(first, second) for first, second in zip(ended, start, strict=True))
    )


def _states(state: State | None) -> tuple[Tensor, ...]:
    if state is None:
        return ()
    return (state,) if isinstance(state, Tensor) else tuple(state)


def _one(span: list[_Call]) -> Reading:
    first = span[0].reading
    if len(span) == 1:
        return first
    parts = [call.reading.inputs for call in span if isinstance(call.reading.inputs, Tensor)]
    time = 1 if first.module.batch_first and parts[0].dim() == 3 else 0
    return Reading(first.module, torch.cat(parts, time), first.initial)
