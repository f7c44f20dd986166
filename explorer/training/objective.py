"""The loss and the accuracy for each kind of answer."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from explorer.datasets.sequences import IGNORE_INDEX, Sequences
from explorer.datasets.splits import Objective, Pair, Splits


class Evaluation(NamedTuple):
    """A model on one split.

    The loss is the mean cross-entropy in nats, or the mean squared error of numbers; the accuracy is NaN for numbers.
    """

    loss: float
    accuracy: float


def loss_of(outputs: Tensor, targets: Tensor, objective: Objective) -> Tensor:
    """The mean loss of a batch: cross-entropy in nats over all targets that are not ignored, or the squared error.

    Args:
        outputs: logits (batch, class) or (batch, time, class); numbers shaped like the targets.
        targets: (batch,), (batch, time) with -100 where a step is ignored, (batch, k) or (batch, time, k).
        objective: the kind of answer.
    """
    if objective is Objective.CLASS:
        return functional.cross_entropy(outputs, targets)
    if objective is Objective.CLASS_PER_STEP:
        return functional.cross_entropy(outputs.flatten(0, 1), targets.flatten(), ignore_index=IGNORE_INDEX)
    return functional.mse_loss(outputs, targets)


def accuracy_of(outputs: Tensor, targets: Tensor, objective: Objective) -> Tensor:
    """The accuracy over all targets that are not ignored; NaN for numbers."""
    if objective is Objective.CLASS:
        return (outputs.argmax(1) == targets).float().mean()
    if objective is Objective.CLASS_PER_STEP:
        return (outputs.argmax(2) == targets).sum() / (targets != IGNORE_INDEX).sum()
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
    objective: Objective = Objective.CLASS,
    lengths: Tensor | None = None,
) -> Evaluation:
    """Loss and accuracy over a whole split, in eval mode; batches that fit a CPU's cache unless told.

    Args:
        model: gives logits or numbers for a batch of inputs, and for ``lengths`` where they are given.
        pair: the split.
        batch_size: examples at a time.
        objective: the kind of answer.
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
            count = (
                (targets != IGNORE_INDEX).sum()
                if objective is Objective.CLASS_PER_STEP
                else torch.tensor(targets.numel())
            )
            loss += loss_of(outputs, targets, objective) * count
            right += accuracy_of(outputs, targets, objective) * count
            asked += int(count)
    return Evaluation(loss.item() / asked, right.item() / asked)


def evaluate_split(
    model: nn.Module, splits: Splits | Sequences, name: str, batch_size: int | None = None
) -> Evaluation:
    """A model on the split ``name`` of any data set."""
    return evaluate(model, splits.split(name), batch_size, objective=splits.objective, lengths=splits.lengths_of(name))
