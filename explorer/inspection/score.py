"""The score to explain: the logit of a class, or the difference between two classes' logits.

Logits, not probabilities: after softmax a confident class has a gradient of 0.
"""

import operator
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError, shown
from explorer.inspection.activations import check_device, first_tensor, undisturbed
from explorer.inspection.neighbours import batches

Target = int | tuple[int, int]


class Score(nn.Module):
    """A network and a target as one module: inputs (batch, …) to scores (batch, 1)."""

    def __init__(self, network: nn.Module, target: Target) -> None:
        super().__init__()
        self.network = network
        self.target = target

    def forward(self, inputs: Tensor) -> Tensor:
        """Scores (batch, 1).

        Raises:
            ExplorerError: if the network returns no logits, or does not have this class.
        """
        logits = logits_of(self.network(inputs))
        if isinstance(self.target, int):
            return _column(logits, self.target)
        first, second = self.target
        return _column(logits, first) - _column(logits, second)


def logits_of(output: object) -> Tensor:
    """A classifier's logits (batch, class).

    Raises:
        ExplorerError: if the output has another shape.
    """
    logits = first_tensor(output)
    if logits is None or logits.dim() != 2:
        shape = "no tensor" if logits is None else f"shape {tuple(logits.shape)}"
        raise ExplorerError(f"A classifier must give logits (example, class); this model gives {shape}.")
    return logits


def checked_target(target: object) -> Target:
    """A class index, or two of them, as plain integers.

    Raises:
        ExplorerError: for anything else, and for the difference of a class to itself.
    """
    try:
        if not isinstance(target, (tuple, list)):
            return operator.index(target)  # type: ignore[arg-type]
        first, second = (operator.index(label) for label in target)
    except (TypeError, ValueError) as error:
        raise ExplorerError(f"The target must be a class index, or two of them; not {_short(target)}.") from error
    if first == second:
        raise ExplorerError(f"The difference of class {first} to itself is always 0; choose two different classes.")
    return first, second


def _short(target: object) -> str:
    """What is given as a target, in a few words: a tensor by its shape."""
    return f"a tensor of shape {tuple(target.shape)}" if isinstance(target, Tensor) else shown(target)


def class_score(
    model: nn.Module, target: Target, of: Literal["logit", "probability"] = "probability"
) -> Callable[[Tensor], Tensor]:
    """A function from inputs (batch, …) to numbers (batch,): a class's probability, logit, or difference of logits.

    The model runs in eval mode and is left unchanged. If the answer for one example depends on the others in its batch,
    each is run alone.

    Raises:
        ExplorerError: for a target that is none, and for the probability of a difference.
    """
    wanted = checked_target(target)
    if of == "probability" and not isinstance(wanted, int):
        raise ExplorerError("A difference between two classes has no probability; choose the logit.")
    scored = Score(model, wanted) if of == "logit" else Score(_Probabilities(model), wanted)

    def score(inputs: Tensor) -> Tensor:
        check_device(model, inputs)
        with torch.no_grad(), undisturbed(scored):
            parts = batches(scored, scored, inputs, max(1, len(inputs)))
            return torch.cat([torch.squeeze(scored(part), 1) for part in parts])

    return score


class _Probabilities(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: Tensor) -> Tensor:
        return logits_of(self.network(inputs)).softmax(1)


def _column(logits: Tensor, label: int) -> Tensor:
    classes = logits.shape[1]
    if not 0 <= label < classes:
        raise ExplorerError(f"There is no class {label}; choose one from 0 to {classes - 1}.")
    return logits[:, label : label + 1]
