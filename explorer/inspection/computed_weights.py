"""Weights that a module computes from other tensors: weight norm, spectral norm, pruning, any parametrisation.

``torch.nn.utils.parametrize`` computes such a weight whenever it is read. A forward pre-hook computes it in each
forward pass and leaves it behind as a plain attribute, which is out of date as soon as the other tensors change.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.prune import BasePruningMethod
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from explorer.inspection.layers import is_parametrised, layer_type

KNOWN_HOOKS = (WeightNorm, SpectralNorm, BasePruningMethod)


def refresh(module: nn.Module, inputs: Any) -> None:
    """Let the forward pre-hooks of a layer compute its weights, as they will at its next call.

    PyTorch's own hooks need no input. Others are called only if a weight of the layer is an attribute of their making.

    Args:
        module: a convolution or a recurrent layer in eval mode, inside ``undisturbed``, which undoes the change.
        inputs: something that the layer can read.
    """
    names = module._flat_weights_names if isinstance(module, nn.RNNBase) else ["weight"]
    foreign = any(name in vars(module) for name in names)
    for key, hook in list(module._forward_pre_hooks.items()):
        if isinstance(hook, KNOWN_HOOKS):
            hook(module, ())
        elif foreign:
            keywords: list[Any] = [{}] if key in module._forward_pre_hooks_with_kwargs else []
            hook(module, (inputs,), *keywords)


def materialise(double: nn.Module) -> None:
    """Give the modules of a copy in eval mode the weights that they compute, as plain parameters.

    Forward pre-hooks other than PyTorch's own stay, and go on computing their weights.
    """
    for module in list(double.modules()):
        for key, hook in list(module._forward_pre_hooks.items()):
            if isinstance(hook, KNOWN_HOOKS):
                hook.remove(module)
                del module._forward_pre_hooks[key]
        if is_parametrised(module):
            _make_plain(module)
    double.requires_grad_(False)


def _make_plain(module: nn.Module) -> None:
    """Remove a copy's parametrisations; torch's own function changes the class, and with it the copied module."""
    computed = module.get_submodule("parametrizations")
    with torch.no_grad():
        weights = {name: getattr(module, name).detach().clone() for name in computed._modules}
    module.__class__ = layer_type(module)
    del module._modules["parametrizations"]
    for name, weight in weights.items():
        if "original" in computed.get_submodule(name)._buffers:
            module.register_buffer(name, weight)
        else:
            module.register_parameter(name, nn.Parameter(weight, requires_grad=False))


@contextmanager
def attributes_kept(modules: Sequence[nn.Module]) -> Iterator[None]:
    """On exit no tensor that is a plain attribute of a module has been replaced, removed or added."""
    kept = [dict(vars(module)) for module in modules]
    try:
        yield
    finally:
        for module, before in zip(modules, kept, strict=True):
            after = vars(module)
            for name in [*after, *(before.keys() - after.keys())]:
                if after.get(name) is not before.get(name) and _is_tensor(before.get(name), after.get(name)):
                    _put_back(module, name, before)


def attributes_to_meta(modules: Sequence[nn.Module]) -> None:
    """Replace the masks and grids among the plain attributes by ones without memory; inside ``attributes_kept`` only.

    Single numbers and whole numbers stay: the network may read their values.
    """
    for module in modules:
        for name, value in vars(module).items():
            if isinstance(value, Tensor) and value.dim() and (value.is_floating_point() or value.dtype == torch.bool):
                vars(module)[name] = value.detach().to("meta")


def _is_tensor(*values: object) -> bool:
    return any(isinstance(value, Tensor) for value in values)


def _put_back(module: nn.Module, name: str, before: dict[str, Any]) -> None:
    if name in before:
        vars(module)[name] = before[name]
    else:
        del vars(module)[name]
    if isinstance(module, nn.RNNBase):
        module._init_flat_weights()
