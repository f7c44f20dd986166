"""The part of a model that learns: what it reads, and at which learning rates."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from explorer.datasets.sequences import Sequences
from explorer.datasets.splits import Splits
from explorer.models.pretrained import Pretrained
from explorer.training.features import LARGEST_BATCH, frozen_features


@dataclass(frozen=True)
class Learner:
    """A module in training with its data.

    ``groups`` are parameter groups of an optimiser; ``factor`` is a group's share of the learning rate, 1 if absent.
    """

    module: nn.Module
    splits: Splits | Sequences  # on the device, as the module reads them
    groups: list[dict[str, Any]]
    batch_limit: int | None = None  # examples in an evaluation


def learner_of(
    model: nn.Module, splits: Splits | Sequences, device: torch.device, *, same_inputs: bool = True
) -> Learner:
    """The learner of a model on the device.

    With frozen features only the head learns: the features of all examples are computed once, and the head reads them.
    Where augmentation changes the inputs of each update (``same_inputs`` is false), they are computed each time.
    """
    if not isinstance(model, Pretrained):
        learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
        return Learner(model, splits.to(device), [{"params": learning}])
    if model.frozen and same_inputs and isinstance(splits, Splits):
        return Learner(model.head, frozen_features(model, splits, device).to(device), model.parameter_groups())
    return Learner(model, splits.to(device), model.parameter_groups(), LARGEST_BATCH)
