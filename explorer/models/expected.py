"""The shapes that a network's tensors must have in a file: the rest may differ, and is fitted."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from explorer.models.blocks import classifier_of
from explorer.models.positions import POSITIONS, are_positions

COUNTED = "num_batches_tracked"  # of batch norm: older files have none, and only training reads it


class Expected(NamedTuple):
    """The shape of one tensor of a network."""

    shape: torch.Size
    classes: bool = False  # its first size is the number of classes, which may be another
    positions: bool = False  # one row for each position, of which there may be other many

    def fits(self, value: Tensor) -> bool:
        """True if a tensor of a file has this shape, or one that can be fitted to it."""
        if self.positions:
            return are_positions(value, self.shape[-1])
        if self.classes:
            return value.dim() == len(self.shape) and len(value) > 0 and value.shape[1:] == self.shape[1:]
        return value.shape == self.shape


def expected_shapes(network: nn.Module) -> dict[str, Expected]:
    """The shape of every tensor of a network, by its name."""
    classifier = classifier_of(network)[0]
    return {
        name: Expected(value.shape, name.startswith(f"{classifier}."), name == POSITIONS and value.dim() == 3)
        for name, value in network.state_dict().items()
    }
