"""Weights into a network: what wraps them is taken off, and the one set of tensors that fits is loaded."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from torch import nn

from explorer.errors import ExplorerError
from explorer.models.blocks import classifier_of, with_classes
from explorer.models.expected import expected_shapes
from explorer.models.filling import fill_as_far_as_it_goes, listed, not_fitting
from explorer.models.pieces_apart import assign
from explorer.models.positions import with_positions_of
from explorer.models.weights import METADATA, State, Tensors, with_metadata

# DenseNet's names in files from before 2018, as torchvision itself renames them
NUMBERED = re.compile(r"(denselayer\d+\.(?:norm|conv))\.([12])\.")
MOST_TRIED = 8


@dataclass(frozen=True)
class Candidate:
    """The tensors of a file below one prefix, under the names that are left."""

    source: Tensors
    prefix: str
    fitting: int  # how many have the name and the shape of one of the network's

    @property
    def place(self) -> str:
        """Where in the file they are."""
        return ".".join(filter(None, (*self.source.way, self.prefix.removesuffix(".")))) or "the file itself"

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


class Fitted(NamedTuple):
    """What of a file was not used, by name, and sentences on what was fitted to the network."""

    unused: tuple[str, ...]
    notes: tuple[str, ...] = ()


def fit(network: nn.Module, found: Sequence[Tensors], source: str, extra: Sequence[str] = ()) -> Fitted:
    """Load the one set of tensors in a file that fits; the last layer may have another number of classes.

    Tensors fit if they have every name and shape of the network's, below any prefix ("model."), in any mapping of the
    file. Where none do, each part of the network is looked for on its own: see ``pieces_apart``. A moving average
    counts only where the network itself is not in the file. A Vision Transformer's positions are interpolated.

    Args:
        network: what is filled, in place; its last layer is replaced where the file has other classes.
        found: the mappings of a file.
        source: what messages call it.
        extra: the beginnings of names that may be in the file and are left out.

    Raises:
        ExplorerError: where none fits, with what the nearest one lacks, or several do, with their names.
    """
    candidates = _candidates(network, found)
    first_fault = ""
    for candidate in candidates[:MOST_TRIED]:
        faults, unused, notes = _take(network, candidate.state(), source, extra)
        if not faults:
            _check_single(network, candidate, candidates, source, extra)
            outside = [name for name in candidate.source.state if not name.startswith(candidate.prefix)]
            return Fitted((*candidate.source.beside, *outside, *unused), notes)
        first_fault = first_fault or not_fitting(source, faults)
    return _fit_apart(network, candidates[0], source, extra, first_fault)


def _fit_apart(network: nn.Module, candidate: Candidate, source: str, extra: Sequence[str], otherwise: str) -> Fitted:
    """The same for a file that calls parts of the network otherwise.

    Raises:
        ExplorerError: with the sentence ``otherwise`` where these do not fit either.
    """
    everything = Candidate(candidate.source, "", 0).state()
    further = [name for name in everything if name.removeprefix(candidate.prefix).startswith(tuple(extra))]
    state = {name: value for name, value in everything.items() if name not in further}
    found = assign(network, state, candidate.prefix, source)
    if found is None or any(state[name].numel() > 1 for name in found.beside):
        raise ExplorerError(otherwise)
    metadata = getattr(network.state_dict(), METADATA)
    own = with_metadata({name: state[there] for name, there in found.tensors.items()}, metadata)
    faults, unused, notes = _take(network, own, source, extra)
    if faults:
        raise ExplorerError(not_fitting(source, faults))
    renamed = [f"{part} is {place}" for part, place in found.renamed.items()]
    if renamed:
        notes = (*notes, f"The file calls parts of the network otherwise: {listed(renamed)}.")
    return Fitted((*candidate.source.beside, *found.beside, *found.outside, *further, *unused), notes)


def _take(
    network: nn.Module, state: State, source: str, extra: Sequence[str]
) -> tuple[list[str], list[str], tuple[str, ...]]:
    """Fill a network with tensors by its names: what is wrong, the names that were not used, and what was fitted."""
    _take_classes(network, state)
    state, note = with_positions_of(network, state, source)
    faults, unused = fill_as_far_as_it_goes(network, state, extra)
    return faults, unused, (note,) if note else ()


def _check_single(
    network: nn.Module, taken: Candidate, candidates: Sequence[Candidate], source: str, extra: Sequence[str]
) -> None:
    """Refuse a file in which other tensors fit as well as those that were taken.

    Raises:
        ExplorerError: with where both are.
    """
    own, state = network.state_dict(), taken.state()
    for other in candidates:
        if other is taken or other.fitting < taken.fitting or _is_average(other):
            continue
        rival = other.state()
        beside = [name for name in rival if name not in own and rival[name].numel() > 1]
        complete = not [name for name in beside if not name.startswith(tuple(extra))]
        if complete and any(name not in rival or not rival[name].equal(state[name]) for name in state if name in own):
            raise ExplorerError(
                f"{source} holds two sets of weights that fit the network, {taken.place} and {other.place}; save the "
                "one that is meant in a file of its own."
            )


def _candidates(network: nn.Module, found: Sequence[Tensors]) -> list[Candidate]:
    """What could be meant, the best first: by the number of tensors that fit."""
    shapes = expected_shapes(network)
    longest = max(name.count(".") + 1 for name in shapes)
    candidates = []
    for tensors in found:
        counts = Counter[str]()
        for name, value in tensors.state.items():
            parts = name.split(".")[-longest:]
            for start in range(len(parts)):
                suffix = ".".join(parts[start:])
                if suffix in shapes and shapes[suffix].fits(value):
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
