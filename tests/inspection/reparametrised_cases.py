"""Every way in which PyTorch, or a user of it, computes a layer's weight from other tensors."""

import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune, spectral_norm, weight_norm

Module = TypeVar("Module", bound=nn.Module)


class Doubled(nn.Module):
    """A parametrisation by hand."""

    def forward(self, weight: Tensor) -> Tensor:
        return 2 * weight


def by_weight_norm_hook(layer: Module, name: str) -> Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # deprecated, and found in many a published network
        return weight_norm(layer, name)


def by_spectral_norm_hook(layer: Module, name: str) -> Module:
    return spectral_norm(layer, name)


def by_pruning(layer: Module, name: str) -> Module:
    pruned: Module = prune.random_unstructured(layer, name, amount=0.4)  # type: ignore[no-untyped-call]
    return pruned


def by_pruning_twice(layer: Module, name: str) -> Module:
    return by_pruning(by_pruning(layer, name), name)


def by_ones_own_hook(layer: Module, name: str) -> Module:
    """A forward pre-hook as a user writes it, beside one that only listens."""
    source = getattr(layer, name)
    del layer._parameters[name]
    layer.register_parameter("source", source)

    def compute(module: Any, arguments: tuple[Tensor, ...]) -> None:
        assert isinstance(arguments[0], Tensor)
        setattr(module, name, 3 * module.source)

    layer.register_forward_pre_hook(compute)
    setattr(layer, name, 3 * source)
    return layer


def by_ones_own_hook_with_keywords(layer: Module, name: str) -> Module:
    source = getattr(layer, name)
    del layer._parameters[name]
    layer.register_parameter("source", source)

    def compute(module: Any, _arguments: object, keywords: dict[str, Any]) -> None:
        assert keywords == {}
        setattr(module, name, module.source - 1)

    layer.register_forward_pre_hook(compute, with_kwargs=True)
    setattr(layer, name, source - 1)
    return layer


def by_parametrisation(layer: Module, name: str) -> Module:
    parametrize.register_parametrization(layer, name, Doubled())
    return layer


def by_a_layer_as_parametrisation(layer: Module, name: str) -> Module:
    parametrize.register_parametrization(layer, name, nn.Softplus())
    return layer


def by_two_parametrisations(layer: Module, name: str) -> Module:
    return by_parametrisation(by_a_layer_as_parametrisation(layer, name), name)


HOOKED: dict[str, Callable[[Any, str], Any]] = {
    "weight_norm hook": by_weight_norm_hook,
    "spectral_norm hook": by_spectral_norm_hook,
    "pruning": by_pruning,
    "pruning twice": by_pruning_twice,
    "own hook": by_ones_own_hook,
    "own hook with keywords": by_ones_own_hook_with_keywords,
}
PARAMETRISED: dict[str, Callable[[Any, str], Any]] = {
    "weight_norm": parametrizations.weight_norm,
    "spectral_norm": parametrizations.spectral_norm,
    "orthogonal": parametrizations.orthogonal,
    "own parametrisation": by_parametrisation,
    "a layer as parametrisation": by_a_layer_as_parametrisation,
    "two parametrisations": by_two_parametrisations,
}
EVERY = HOOKED | PARAMETRISED


def network(kind: str, seed: int = 0) -> nn.Sequential:
    """A convolution and a linear layer that compute their weights, for pictures (1, 6, 6); in eval mode."""
    torch.manual_seed(seed)
    return nn.Sequential(
        EVERY[kind](nn.Conv2d(1, 2, 3), "weight"),
        nn.ReLU(),
        nn.Flatten(),
        EVERY[kind](nn.Linear(32, 3), "weight"),
    ).eval()


def step(model: nn.Module, *inputs: Any) -> None:
    """One step of training; what a forward pre-hook has computed is out of date afterwards, and has a history."""
    model.train()
    output = model(*inputs)
    (output[0] if isinstance(output, tuple) else output).square().sum().backward()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.sub_(0.1 * torch.sign(torch.as_tensor(parameter.grad)))
    model.eval()
