"""Weights into a network: what wraps them is taken off, and the one set of tensors that fits is loaded."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.models.blocks import classifier_of, with_classes
from explorer.models.weights import METADATA, State, Tensors, with_metadata

COUNTED = "num_batches_tracked"  # of batch norm: older files have none, and only training reads it
# DenseNet's names in files from before 2018, as torchvision itself renames them
NUMBERED = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")
MOST_TRIED = 8


@dataclass(frozen=True)
class Candidate:
    """The tensors of a file below one prefix, under the names that are left."""

    source: Tensors
    prefix: str
    fitting: int  # how many have the name and the shape of one of the network's

    def state(self) -> State:
        """The tensors with the versions of their modules."""
        metadata = getattr(self.source.state, METADATA)
        inner = {
            name[len(self.prefix) :]: value for name, value in metadata.items() if f"{name}.".startswith(self.prefix)
        }
        tensors = {
            NUMBERED.sub(r"\1\2.", name[len(self.prefix) :]): value
            for name, value in self.source.state.items()
            if name.startswith(self.prefix)
        }
        return with_metadata(tensors, inner)


def fit(network: nn.Module, found: Sequence[Tensors], source: str, extra: Sequence[str] = ()) -> tuple[str, ...]:
    """Load the one set of tensors in a file that fits; the last layer may have another number of classes.

    Tensors fit if they have every name and shape of the network's, below any prefix ("module.", "model."), in any
    mapping of the file. Where several fit, as weights and their moving average do, the first is taken.

    Args:
        network: what is filled, in place; its last layer is replaced where the file has other classes.
        found: the mappings of a file.
        source: what messages call it.
        extra: the beginnings of names that may be in the file and are left out.

    Returns:
        What of the file was not used: names of entries.

    Raises:
        ExplorerError: where none fits, with what the nearest one lacks.
    """
    candidates = _candidates(network, found)
    first_fault = ""
    for candidate in candidates[:MOST_TRIED]:
        state = candidate.state()
        _take_classes(network, state)
        faults, unused = _fill(network, state, extra)
        if not faults:
            outside = [name for name in candidate.source.state if not name.startswith(candidate.prefix)]
            return (*candidate.source.beside, *outside, *unused)
        first_fault = first_fault or _sentence(source, faults)
    raise ExplorerError(first_fault)


def fill(network: nn.Module, tensors: Mapping[str, Tensor], source: str) -> None:
    """Give a network its weights.

    Args:
        network: what is filled, in place.
        tensors: by name.
        source: what the error calls them.

    Raises:
        ExplorerError: where tensors are missing, too many, or of another shape, with how many and which.
    """
    faults, unused = _fill(network, with_metadata(tensors, getattr(tensors, METADATA, {})), ())
    if unused:
        faults = [*faults, _too_many(unused)]
    if faults:
        raise ExplorerError(_sentence(source, faults))


def _candidates(network: nn.Module, found: Sequence[Tensors]) -> list[Candidate]:
    """What could be meant, the best first: by the number of tensors that fit."""
    own = network.state_dict()
    free = classifier_of(network)[0]
    shapes = {name: None if name.startswith(f"{free}.") else value.shape for name, value in own.items()}
    longest = max(name.count(".") + 1 for name in own)
    candidates = []
    for tensors in found:
        counts = Counter[str]()
        for name, value in tensors.state.items():
            parts = name.split(".")[-longest:]
            for start in range(len(parts)):
                suffix = ".".join(parts[start:])
                if suffix in shapes and shapes[suffix] in (None, value.shape):
                    counts[name[: len(name) - len(suffix)]] += 1
        candidates += [Candidate(tensors, prefix, count) for prefix, count in counts.items()]
    nothing = Candidate(max(found, key=lambda tensors: len(tensors.state)), "", 0)
    return [*sorted(candidates, key=lambda candidate: (-candidate.fitting, _is_average(candidate))), nothing]


def _is_average(candidate: Candidate) -> bool:
    """True for a copy that was averaged over training: it counts only where the network itself is not in the file."""
    words = ".".join((*candidate.source.way, candidate.prefix)).lower()
    return any(word in words for word in ("ema", "swa", "averag", "teacher"))


def _take_classes(network: nn.Module, state: State) -> None:
    """Give the network as many classes as the tensors have."""
    name, classifier = classifier_of(network)
    weight = state.get(f"{name}.weight")
    same_kind = weight is not None and weight.dim() == classifier.weight.dim()
    if weight is not None and same_kind and 0 < len(weight) != len(classifier.weight):
        network.set_submodule(name, with_classes(classifier, len(weight)))


def _fill(network: nn.Module, state: State, extra: Sequence[str]) -> tuple[list[str], list[str]]:
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


def _sentence(source: str, faults: list[str]) -> str:
    return f"{source} does not fit the network: {'; '.join(faults)}. Choose the network that these weights belong to."


def listed(names: Sequence[str]) -> str:
    """The first three of some names."""
    return ", ".join(name if len(name) <= 80 else f"{name[:40]}…{name[-40:]}" for name in names[:3]) + (
        ", …" if len(names) > 3 else ""
    )


def _shape(tensor: Tensor) -> str:
    return "x".join(str(size) for size in tensor.shape) or "one number"
