"""A copy of a network that may be hooked and rewired: it shares the weights and nothing else."""

import copy
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

from explorer.errors import ExplorerError
from explorer.inspection.computed_weights import materialise
from explorer.inspection.layers import named_layers, original


def stand_in(model: nn.Module) -> nn.Module:
    """A copy of the module tree with the same weights in eval mode, to be hooked, rewired and thrown away.

    The parameters share the model's memory (they must not be written to) and require no gradient; buffers are copies.
    Weights that the model computes (weight norm, pruning, a parametrisation) are plain parameters of the copy, and the
    modules that ``torch.compile`` has wrapped stand in its wrappers' places.

    Raises:
        ExplorerError: for a network that cannot be copied, such as one that is TorchScript.
    """
    named_layers(model)  # refuses TorchScript
    copies: dict[int, Any] = {}
    for parameter in model.parameters():
        weights = parameter.data  # with its own version counter, unlike detach()
        weights = weights.clone() if weights.is_inference() else weights
        copies[id(parameter)] = nn.Parameter(weights, requires_grad=False)
    modules = list(model.modules())
    computed = [tensor for module in modules for tensor in tree_leaves(vars(module)) if _has_history(tensor)]
    for tensor in [*model.buffers(), *computed]:
        copies[id(tensor)] = tensor.detach().clone()
    try:
        for module in reversed(modules):  # a compiled part may have compiled parts
            if original(module) is not module:
                copies[id(module)] = copy.deepcopy(original(module), copies)
        double: nn.Module = copy.deepcopy(model, copies)
    except (RuntimeError, TypeError) as error:
        raise ExplorerError(f"This network cannot be copied for inspection: {error}") from error
    for module in double.modules():
        if module.training:
            module.training = False
        _uncompile(module)
    materialise(double)
    return double


def _has_history(value: object) -> bool:
    return isinstance(value, Tensor) and not value.is_leaf  # copy.deepcopy refuses it


def _uncompile(module: nn.Module) -> None:
    """Undo ``module.compile()`` and ``module.forward = torch.compile(module.forward)``: they run the copied module."""
    vars(module).pop("_compiled_call_impl", None)
    written = getattr(vars(module).get("forward"), "_torchdynamo_orig_callable", None)
    if isinstance(written, MethodType):
        vars(module)["forward"] = MethodType(written.__func__, module)


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
