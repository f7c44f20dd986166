"""The effect of one weight set to another value."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call

from explorer.errors import ExplorerError
from explorer.inspection.activations import check_device, known_modules, leaves, numbered, record_calls, undisturbed
from explorer.inspection.batch_statistics import has_batch_statistics
from explorer.inspection.layers import as_written, original
from explorer.inspection.neighbours import neighbours_matter
from explorer.inspection.score import logits_of


@dataclass(frozen=True)
class WeightEdit:
    """The outputs of a network before and after one weight is changed."""

    old: float  # the weight
    new: float
    before: Tensor  # (example, class) logits
    after: Tensor
    changes: dict[str, Tensor]  # after − before of each layer's output, in call order; "name#2" for a second call
    relative: dict[str, float]  # the Euclidean length of each change, as a share of the output's before; 0 / 0 is 0


def edit_weight(
    model: nn.Module,
    inputs: Tensor,
    parameter: str,
    index: Sequence[int],
    value: float,
    layers: Iterable[str] | None = None,
) -> WeightEdit:
    """The outputs of a network with one weight set to another value; the network itself is left unchanged.

    Args:
        model: any module that gives logits (example, class); it runs in eval mode, without gradients.
        inputs: one batch, on the model's device; each example is run alone if its answer depends on the others.
        parameter: a parameter's name, such as "block1.convolution.weight". If it is shared, every use changes.
        index: the weight's position in it, one whole number an axis, counted from 0.
        value: the new number.
        layers: the modules whose outputs are compared; None takes every module without children that is called.

    Raises:
        ExplorerError: for a parameter, place or layer that does not exist, and a value that is not finite.
    """
    model = original(model)
    check_device(model, inputs)
    parameters = {as_written(name): (name, weight) for name, weight in model.named_parameters(remove_duplicate=False)}
    if parameter not in parameters:
        raise ExplorerError(f"There is no parameter {parameter!r}; known are {', '.join(parameters) or 'none'}.")
    (own_name, found), place = parameters[parameter], tuple(index)
    weight = found.detach()
    if len(place) != weight.dim() or not all(0 <= at < size for at, size in zip(place, weight.shape, strict=True)):
        raise ExplorerError(f"{parameter} has the shape {tuple(weight.shape)}, counted from 0: there is no {place}.")
    if not math.isfinite(value):
        raise ExplorerError(f"A weight must be a finite number, not {value}.")
    edited = weight.clone()
    edited[place] = value
    watched = {**(leaves(model) if layers is None else known_modules(model, layers)), "": model}
    with undisturbed(model):
        apart = len(inputs) > 1 and (
            neighbours_matter(lambda examples: logits_of(model(examples)), inputs[:1]) or has_batch_statistics(model)
        )  # a weight of 0 may hide the statistics until it is edited
    batches = torch.split(inputs, 1 if apart else max(1, len(inputs)))
    old_outputs = _outputs(model, batches, watched)
    new_outputs = _outputs(_Edited(model, own_name, edited), batches, watched)
    changes = {name: new_outputs[name] - old for name, old in old_outputs.items() if name}
    return WeightEdit(
        old=float(weight[place]),
        new=float(edited[place]),
        before=logits_of(old_outputs[""]),
        after=logits_of(new_outputs[""]),
        changes=changes,
        relative={name: _share(change, old_outputs[name]) for name, change in changes.items()},
    )


def _outputs(model: nn.Module, batches: Sequence[Tensor], watched: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """The outputs of the watched layers for all batches, by numbered name."""
    parts = [dict(numbered(record_calls(model, batch, watched))) for batch in batches]
    return {name: torch.cat([part[name] for part in parts]) if len(parts) > 1 else parts[0][name] for name in parts[0]}


def _share(change: Tensor, output: Tensor) -> float:
    moved, size = float(change.float().norm()), float(output.float().norm())
    return moved / size if size else math.inf if moved else 0.0


class _Edited(nn.Module):
    """A model that is called with one parameter replaced; its modules and their hooks are the model's own."""

    def __init__(self, model: nn.Module, parameter: str, edited: Tensor) -> None:
        super().__init__()
        self.model = model
        self.edited = {parameter: edited}  # in a dict, so that it is not registered as a parameter

    def forward(self, inputs: Tensor) -> Tensor:
        output: Tensor = functional_call(self.model, self.edited, (inputs,))
        return output
