"""Tensors into a network under the network's own names, and what keeps them from it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.models.expected import COUNTED
from explorer.models.weights import METADATA, State, with_metadata


def fill(network: nn.Module, tensors: Mapping[str, Tensor], source: str) -> None:
    """Give a network its weights.

    Args:
        network: what is filled, in place.
        tensors: by name.
        source: what the error calls them.

    Raises:
        ExplorerError: where tensors are missing, too many, or of another shape, with how many and which.
    """
    faults, unused = fill_as_far_as_it_goes(network, with_metadata(tensors, getattr(tensors, METADATA, {})), ())
    if unused:
        faults = [*faults, _too_many(unused)]
    if faults:
        raise ExplorerError(not_fitting(source, faults))


def fill_as_far_as_it_goes(network: nn.Module, state: State, extra: Sequence[str]) -> tuple[list[str], list[str]]:
    """Fill a network as far as it goes: what is wrong, in words, and the names that were not used."""
    own = network.state_dict()
    odd = {name: said for name, value in state.items() if name in own and (said := _odd(value, own[name]))}
    further = [name for name in state if name.startswith(tuple(extra))]
    misshapen: list[str] = []
    try:
        keys = _load(network, state, {*odd, *further})
    except (RuntimeError, ValueError):  # an older version may have other shapes: only the network itself can tell
        misshapen = [
            name for name, value in state.items() if name in own and name not in odd and value.shape != own[name].shape
        ]
        try:
            keys = _load(network, state, {*odd, *further, *misshapen})
        except (RuntimeError, ValueError) as error:  # such as a shape under an old name
            return [" ".join(str(error).split())[:300]], []
    single = [name for name in keys.unexpected_keys if state[name].numel() <= 1]
    absent = [name for name in keys.missing_keys if name not in {*odd, *misshapen} and not name.endswith(COUNTED)]
    more = [name for name in keys.unexpected_keys if name not in single]
    shapes = [f"{name}: {_shape(state[name])} in the file, {_shape(own[name])} in the network" for name in misshapen]
    faults = [
        f"{len(names)} {what} ({listed(names)})"
        for names, what in (
            (absent, f"of its {len(own)} tensors are missing"),
            (shapes, "tensors have another shape"),
            ([f"{name}: {said}" for name, said in odd.items()], "tensors are of a kind that is not read"),
        )
        if names
    ]
    if more:
        faults.append(_too_many(more))
    return faults, [*single, *further]


def _load(network: nn.Module, state: State, left_out: Collection[str]) -> Any:
    """What ``load_state_dict`` says of a state without some of its tensors."""
    root = {"": getattr(network.state_dict(), METADATA)[""]}  # MNASNet asks for a version; within, none is the oldest
    kept = {name: value for name, value in state.items() if name not in left_out}
    return network.load_state_dict(with_metadata(kept, {**root, **getattr(state, METADATA)}), strict=False)


def _too_many(names: list[str]) -> str:
    return f"{len(names)} tensors in the file are not in the network ({listed(names)})"


def _odd(value: Tensor, own: Tensor) -> str:
    """What keeps a tensor from being read as numbers one by one, or ""."""
    if value.is_meta:
        return "without values, save the network from a device that has memory"
    if value.is_quantized:
        return "quantised, save it after .dequantize()"
    if value.is_nested or value.layout != torch.strided:
        return "sparse or nested, save it after .to_dense()"
    if value.is_complex() or value.is_floating_point() != own.is_floating_point():
        return f"{str(value.dtype).removeprefix('torch.')} in place of {str(own.dtype).removeprefix('torch.')}"
    return ""


def not_fitting(source: str, faults: Sequence[str]) -> str:
    """The sentence on weights that do not fit, with what is wrong."""
    return f"{source} does not fit the network: {'; '.join(faults)}. Choose the network that these weights belong to."


def listed(names: Sequence[str]) -> str:
    """The first three of some names."""
    return ", ".join(name if len(name) <= 80 else f"{name[:40]}…{name[-40:]}" for name in names[:3]) + (
        ", …" if len(names) > 3 else ""
    )


def _shape(tensor: Tensor) -> str:
    return "x".join(str(size) for size in tensor.shape) or "one number"
