"""What a network is asked for, as a loss and a score: one class or number an example, or one at every time step."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from explorer.datasets.sequences import NOT_ASKED, Sequences
from explorer.datasets.splits import Objective, Pair, Splits


class Evaluation(NamedTuple):
    """A model on one split.

    The loss is the mean cross-entropy in nats, or the mean squared error of numbers; the accuracy is the share of right
    answers, and NaN for numbers.
    """

    loss: float
    accuracy: float


def loss_of(outputs: Tensor, targets: Tensor, objective: Objective) -> Tensor:
    """The mean loss of a batch: cross-entropy in nats over all that is asked for, or the squared error of numbers.

    Args:
        outputs: logits (batch, class) or (batch, time, class); numbers shaped like the targets.
        targets: (batch,), (batch, time) with -100 where nothing is asked, (batch, k) or (batch, time, k).
        objective: which of the four.
    """
    if objective == "class":
        return functional.cross_entropy(outputs, targets)
    if objective == "classes":
        return functional.cross_entropy(outputs.flatten(0, 1), targets.flatten(), ignore_index=NOT_ASKED)
    return functional.mse_loss(outputs, targets)


def accuracy_of(outputs: Tensor, targets: Tensor, objective: Objective) -> Tensor:
    """The share of right answers among all that is asked for; NaN for numbers."""
    if objective == "class":
        return (outputs.argmax(1) == targets).float().mean()
    if objective == "classes":
        return (outputs.argmax(2) == targets).sum() / (targets != NOT_ASKED).sum()
    return torch.full((), math.nan, device=outputs.device)


@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """The model in eval mode; afterwards each module has its own mode again."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


@torch.no_grad()
def evaluate(
    model: nn.Module,
    pair: Pair,
    batch_size: int | None = None,
    *,
    objective: Objective = "class",
    lengths: Tensor | None = None,
) -> Evaluation:
    """Loss and accuracy over a whole split, in eval mode; batches that fit a CPU's cache unless told.

    Args:
        model: gives logits or numbers for a batch of inputs, and for ``lengths`` where they are given.
        pair: the split.
        batch_size: examples at a time.
        objective: what the targets are.
        lengths: the real time steps of each example, where some are padded.
    """
    batch_size = batch_size or (128 if pair.inputs.device.type == "cpu" else 1024)
    loss = torch.zeros((), device=pair.inputs.device)
    right = torch.zeros((), device=pair.inputs.device)
    asked = 0
    with eval_mode(model):
        for start in range(0, len(pair.targets), batch_size):
            part = slice(start, start + batch_size)
            inputs, targets = pair.inputs[part], pair.targets[part]
            outputs = model(inputs) if lengths is None else model(inputs, lengths[part])
            count = (targets != NOT_ASKED).sum() if objective == "classes" else torch.tensor(targets.numel())
            loss += loss_of(outputs, targets, objective) * count
            right += accuracy_of(outputs, targets, objective) * count
            asked += int(count)
    return Evaluation(loss.item() / asked, right.item() / asked)


def evaluate_split(
    model: nn.Module, splits: Splits | Sequences, name: str, batch_size: int | None = None
) -> Evaluation:
    """A model on the split called ``name``, for whatever its data set asks."""
    return evaluate(model, splits.split(name), batch_size, objective=splits.objective, lengths=splits.lengths_of(name))
