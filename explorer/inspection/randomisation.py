"""The weight-randomisation check: a faithful map changes as layers are randomised from the top.

Adebayo et al. 2018, "Sanity checks for saliency maps", arXiv:1810.03292: a map that stays similar while the weights
become random shows the picture, not the network.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import undisturbed
from explorer.inspection.attribution import attribute
from explorer.inspection.hooks import hooked
from explorer.inspection.layers import named_layers
from explorer.inspection.score import Target
from explorer.inspection.stand_in import renew, stand_in

NORMS = (nn.modules.batchnorm._NormBase, nn.LayerNorm, nn.GroupNorm, nn.LocalResponseNorm)
ALIKE, UNLIKE = 0.5, 0.3  # above the first a map counts as similar, below the second as changed


@dataclass(frozen=True)
class RandomisationStage:
    """The attribution after randomising the layers from the top down to this one."""

    layers: tuple[str, ...]  # randomised at this stage; empty for the first stage, the trained network
    share: float  # of the stages, from 0 to 1
    similarity: float  # rank correlation of the absolute values with the original's, mean over the batch
    signed_similarity: float  # rank correlation of the signed values
    maps: Tensor  # (batch, row, column)


def randomisation_check(
    model: nn.Module,
    inputs: Tensor,
    target: Target,
    method: str,
    layer: str | None = None,
    *,
    seed: int = 0,
    stages: int | None = None,
    **options: Any,
) -> Iterator[RandomisationStage]:
    """The cascading check, a stage at a time: the trained network, then one more random layer each, last first.

    A layer is reinitialised as PyTorch initialises it; weights outside such layers (a class token, a scale) are drawn
    from a normal distribution of their own mean and standard deviation. A norm goes with the layer before it. The
    layers below keep their weights. The model is left unchanged.

    Args:
        model: see ``attribute``.
        inputs: (batch, channel, row, column).
        target: a class index, or two.
        method: one of ``ATTRIBUTION_METHODS``.
        layer: for Grad-CAM.
        seed: for the new weights.
        stages: the number of stages, into which the layers are grouped; by default one a layer.
        options: see ``attribute``.

    Raises:
        ExplorerError: as ``attribute``; for a network without weights, and for fewer than one stage.
    """
    original = attribute(model, inputs, target, method, layer, **options)
    layer = original.layer or layer  # keep the layer that was chosen by default
    if "steps" in original.options:
        options = {**options, "steps": original.options["steps"]}
    with torch.inference_mode(False):
        network = stand_in(model)
        groups = _together(_layers_from_the_top(network, inputs), stages)
    yield RandomisationStage((), 0.0, 1.0, 1.0, original.maps)
    for number, group in enumerate(groups, start=1):
        with torch.inference_mode(False), torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed + number)
            for name in group:
                _randomise(network.get_submodule(name))
        maps = attribute(network, inputs, target, method, layer, **options).maps
        yield RandomisationStage(tuple(group), number / len(groups), *_similarities(original.maps, maps), maps)


def randomisation_verdict(stages: Sequence[RandomisationStage]) -> str:
    """The result of a finished check, in a sentence."""
    last = stages[-1].similarity
    if last > ALIKE:
        return (
            "Fails: with every layer random the map still ranks the pixels like the original "
            f"(correlation {last:.2f}). It shows the picture more than what the network learnt."
        )
    if last < UNLIKE:
        return (
            f"Passes: with every layer random the map has little in common with the original (correlation {last:.2f}). "
            "It depends on what the network learnt."
        )
    return (
        f"Unclear: with every layer random a part of the map remains (correlation {last:.2f}). "
        "Look at the maps, and at other inputs."
    )


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Spearman's correlation of two arrays; 0 if one of them is constant."""
    from scipy.stats import rankdata

    ranks = np.stack([rankdata(values.ravel()) for values in (first, second)])
    ranks -= ranks.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(ranks, axis=1)
    return float(ranks[0] @ ranks[1] / lengths.prod()) if lengths.all() else 0.0


def _similarities(original: Tensor, changed: Tensor) -> tuple[float, float]:
    pairs = list(zip(original.double().cpu().numpy(), changed.double().cpu().numpy(), strict=True))
    absolute = [rank_correlation(np.abs(first), np.abs(second)) for first, second in pairs]
    signed = [rank_correlation(first, second) for first, second in pairs]
    return float(np.mean(absolute)), float(np.mean(signed))


def _layers_from_the_top(network: nn.Module, inputs: Tensor) -> list[list[str]]:
    """The modules with weights, the last used first; a norm is grouped with the layer before it."""
    order: list[str] = []

    def note(name: str, *_: object) -> None:
        order.append(name)

    with hooked(named_layers(network), before=note), torch.no_grad(), undisturbed(network):
        network(inputs[:1])
    called = dict.fromkeys(order)
    parts: dict[str, list[str]] = {name: [] for name in called}
    for name, module in named_layers(network).items():
        if any(parameter is not None for parameter in module._parameters.values()):
            user = name
            while user not in parts and user:  # a part whose owner uses it without calling it
                user = user.rpartition(".")[0]
            parts.setdefault(user, []).append(name)
    layers: list[list[str]] = []
    for user, names in parts.items():
        if names and layers and isinstance(network.get_submodule(user), NORMS):
            layers[-1] += names
        elif names:
            layers.append(list(names))
    if not layers:
        raise ExplorerError("This network has no weights that could be randomised.")
    return layers[::-1]


def _together(layers: list[list[str]], stages: int | None) -> list[list[str]]:
    if stages is None:
        return layers
    if stages < 1:
        raise ExplorerError(f"The check needs at least one stage, not {stages}.")
    parts = np.array_split(np.arange(len(layers)), min(stages, len(layers)))
    return [[name for index in part for name in layers[index]] for part in parts]


def _randomise(module: nn.Module) -> None:
    """Reinitialise a module of a copy, including a norm's statistics."""
    restart = getattr(module, "reset_parameters", None) or getattr(module, "_reset_parameters", None)
    if callable(restart):
        for part in module.modules():  # an attention layer resets its parts too
            renew(part)
        before = {name: parameter.clone() for name, parameter in module.named_parameters(recurse=False)}
        restart()
        for name, parameter in module.named_parameters(recurse=False):
            # a hook computes the weight from this one, and what was reset is the hook's result
            if torch.equal(parameter, before[name]) and parameter.min() < parameter.max():
                _draw(parameter)
        return
    renew(module)
    for parameter in module.parameters(recurse=False):
        _draw(parameter)


def _draw(parameter: Tensor) -> None:
    """Draw a parameter from a normal distribution of its own mean and standard deviation."""
    std = float(parameter.std()) if parameter.numel() > 1 else 0.0
    parameter.normal_(float(parameter.mean()), max(std, 1e-3))
