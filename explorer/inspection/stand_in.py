"""A double of a network for looks that would have to change it: same weights, everything else its own."""

import copy
from typing import Any

import torch
from torch import nn

from explorer.errors import ExplorerError


def stand_in(model: nn.Module) -> nn.Module:
    """A copy of the module tree on the same weights, to be hooked, rewired and thrown away.

    The parameters share the model's memory (they are not to be written to) and need no gradient; buffers are copies.

    Raises:
        ExplorerError: for a network that keeps what cannot be copied, such as a tensor with its history.
    """
    copies: dict[int, Any] = {}
    for parameter in model.parameters():
        weights = parameter.data  # apart from the model's version counter, unlike detach()
        weights = weights.clone() if weights.is_inference() else weights
        copies[id(parameter)] = nn.Parameter(weights, requires_grad=False)
    for buffer in model.buffers():
        copies[id(buffer)] = buffer.detach().clone()
    try:
        return copy.deepcopy(model, copies)
    except (RuntimeError, TypeError) as error:
        raise ExplorerError(f"This network cannot be copied for a look inside: {error}") from error


def work_out_of_place(double: nn.Module) -> None:
    """Let no activation of a stand-in overwrite its input, which hooks keep."""
    for module in double.modules():
        if getattr(module, "inplace", False):
            vars(module)["inplace"] = False


def renew(module: nn.Module) -> None:
    """Give a module of a stand-in weights of its own: fresh memory, so that the model's may not be written to."""
    for name, parameter in module._parameters.items():
        if parameter is not None:
            module._parameters[name] = nn.Parameter(torch.clone(parameter.data), requires_grad=False)
