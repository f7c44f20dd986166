"""A copy of a network that may be hooked and rewired: it shares the weights and nothing else."""

import copy
from typing import Any

import torch
from torch import nn

from explorer.errors import ExplorerError


def stand_in(model: nn.Module) -> nn.Module:
    """A copy of the module tree with the same weights, to be hooked, rewired and thrown away.

    The parameters share the model's memory (they must not be written to) and require no gradient; buffers are copies.

    Raises:
        ExplorerError: for a network that cannot be copied, such as one that holds a tensor with a gradient history.
    """
    copies: dict[int, Any] = {}
    for parameter in model.parameters():
        weights = parameter.data  # with its own version counter, unlike detach()
        weights = weights.clone() if weights.is_inference() else weights
        copies[id(parameter)] = nn.Parameter(weights, requires_grad=False)
    for buffer in model.buffers():
        copies[id(buffer)] = buffer.detach().clone()
    try:
        return copy.deepcopy(model, copies)
    except (RuntimeError, TypeError) as error:
        raise ExplorerError(f"This network cannot be copied for inspection: {error}") from error


def work_out_of_place(double: nn.Module) -> None:
    """Keep a copy's activations from overwriting their inputs, which hooks store."""
    for module in double.modules():
        if getattr(module, "inplace", False):
            vars(module)["inplace"] = False


def renew(module: nn.Module) -> None:
    """Give a module of a copy its own weights, so that writing to them does not change the model."""
    for name, parameter in module._parameters.items():
        if parameter is not None:
            module._parameters[name] = nn.Parameter(torch.clone(parameter.data), requires_grad=False)
