"""Layers that normalise with the statistics of what they read, and inputs with too few values for that."""

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from explorer.errors import ExplorerError

REMEDY = "Give its batch norm running statistics (track_running_stats=True)"


def has_batch_statistics(network: nn.Module) -> bool:
    """True if a batch norm of the network keeps no running statistics, and uses the batch's in eval mode too."""
    return any(isinstance(module, _BatchNorm) and module.running_mean is None for module in network.modules())


def lacks_values(error: BaseException | None) -> bool:
    """True if PyTorch refused to normalise because a channel, or a map, has one value: its deviation would be 0."""
    return isinstance(error, ValueError) and str(error).startswith("Expected more than 1 ")


def lacking_values(network: nn.Module, error: ValueError) -> ExplorerError:
    """What PyTorch's refusal means for this network, and what to choose instead."""
    why = f"and these inputs have too few values for them ({error})"
    if "spatial element" in str(error):
        return ExplorerError(
            f"An instance norm of this network takes the mean and the deviation of each map, {why}. Give larger "
            "pictures, or leave out the norm of maps of a single value."
        )
    if has_batch_statistics(network):
        return ExplorerError(
            f"A batch norm of this network takes the mean and the deviation of its batch, {why}: one example alone "
            f"has no answer. {REMEDY}, or capture a batch of several examples."
        )
    return ExplorerError(
        f"A norm of this network takes the mean and the deviation of what it reads, {why}. Give larger pictures or "
        "several examples; a batch norm would need running statistics."
    )
