"""Weights whose parts lie under other names than the network's: the one way to give each part its tensors."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.models.blocks import classifier_of
from explorer.models.expected import COUNTED, Expected, expected_shapes

# by part, "fc", or "" for tensors of no child: the rest of each name, and the whole name, {"weight": "fc.weight"}
Parts = dict[str, dict[str, str]]


@dataclass
class Assigned:
    """Where in a file the parts of a network are: by the part's name, what its names begin with there."""

    places: dict[str, str] = field(default_factory=dict)
    tensors: dict[str, str] = field(default_factory=dict)  # the network's name -> the file's
    beside: list[str] = field(default_factory=list)  # names that are left next to a part
    outside: list[str] = field(default_factory=list)  # and elsewhere

    @property
    def renamed(self) -> dict[str, str]:
        """The parts that the file calls otherwise, and how."""
        places = {part: place.removesuffix(".") for part, place in self.places.items()}
        return {part: place for part, place in places.items() if part and not f".{place}".endswith(f".{part}")}


def assign(network: nn.Module, tensors: Mapping[str, Tensor], prefix: str, source: str) -> Assigned | None:
    """Find the tensors of every part of a network: its children, and on its own the layer that classifies.

    A part is first looked for at its own name below the prefix, then at its own name elsewhere, then under any name:
    there it is the only place that is left with tensors of all its names and shapes.

    Args:
        network: what is to be filled.
        tensors: of the file, by name.
        prefix: below which most of them are.
        source: what messages call the file.

    Returns:
        None where a part is nowhere.

    Raises:
        ExplorerError: where a part may be at several places, with their names.
    """
    shapes, parts = expected_shapes(network), _parts(network)
    open_parts = {part: _places(names, shapes, tensors) for part, names in parts.items()}
    found = Assigned()
    taken: set[str] = set()

    def take(part: str, place: str) -> None:
        found.places[part] = place
        here = {own: f"{place}{rest}" for rest, own in parts[part].items() if f"{place}{rest}" in tensors}
        found.tensors |= here
        taken.update(here.values())
        del open_parts[part]

    for part, places in list(open_parts.items()):
        if _home(prefix, part) in places:
            take(part, _home(prefix, part))
    for part, places in list(open_parts.items()):
        named = [place for place in places if f".{place}".endswith(f".{part}.")]
        if part and len(named) == 1:
            take(part, named[0])
    while open_parts:
        free = {part: _free(places, parts[part], taken) for part, places in open_parts.items()}
        single = next((part for part, places in free.items() if len(places) == 1), None)
        if single is None:
            _check_found_nowhere(free, source)
            return None
        take(single, free[single][0])
    _sort_the_rest(found, tensors, prefix, taken)
    return found


def _parts(network: nn.Module) -> Parts:
    classifier, _ = classifier_of(network)
    parts: Parts = {}
    for own in network.state_dict():
        part = classifier if own.startswith(f"{classifier}.") else own.rpartition(".")[0].split(".")[0]
        parts.setdefault(part, {})[own.removeprefix(f"{part}.")] = own
    return parts


def _home(prefix: str, part: str) -> str:
    return f"{prefix}{part}." if part else prefix


def _places(names: Mapping[str, str], shapes: Mapping[str, Expected], tensors: Mapping[str, Tensor]) -> list[str]:
    """What all of a part's tensors begin with in a file, at every place where they have its names and shapes."""
    needed = {rest: own for rest, own in names.items() if not rest.endswith(COUNTED)}  # it may be absent
    first = max(needed, key=lambda rest: (rest.count("."), len(rest)))
    starts = [name[: len(name) - len(first)] for name in tensors if f".{name}".endswith(f".{first}")]
    return [start for start in starts if _all_there(start, needed, shapes, tensors)]


def _all_there(
    start: str, needed: Mapping[str, str], shapes: Mapping[str, Expected], tensors: Mapping[str, Tensor]
) -> bool:
    there = [(shapes[own], tensors.get(f"{start}{rest}")) for rest, own in needed.items()]
    if not all(value is not None and shape.fits(value) for shape, value in there):
        return False
    return len({len(value) for shape, value in there if shape.classes and value is not None}) <= 1


def _free(places: Collection[str], names: Mapping[str, str], taken: Collection[str]) -> list[str]:
    return [place for place in places if not any(f"{place}{rest}" in taken for rest in names)]


def _check_found_nowhere(free: Mapping[str, list[str]], source: str) -> None:
    """Refuse a part that may be at several places; unless another one is nowhere, which is worse.

    Raises:
        ExplorerError: with these places.
    """
    if any(not places for places in free.values()):
        return
    part, places = min(free.items(), key=lambda one: len(one[1]))
    listed = ", ".join(place.removesuffix(".") for place in places[:4]) + (", …" if len(places) > 4 else "")
    raise ExplorerError(
        f"{source} holds {len(places)} sets of tensors that fit {part} of the network ({listed}); save the one that is "
        f"meant under the name {part}, or remove the others."
    )


def _sort_the_rest(found: Assigned, tensors: Mapping[str, Tensor], prefix: str, taken: Collection[str]) -> None:
    """What is left beside a part may belong to the network that was trained; what lies elsewhere does not."""
    at_home = any(place == _home(prefix, part) for part, place in found.places.items())
    levels = [place.split(".")[:-1] for place in found.places.values()]
    shared = sum(1 for _ in takewhile(lambda names: len(set(names)) == 1, zip(*levels, strict=False)))
    around = {"".join(f"{name}." for name in level[: shared + 1]) for level in levels}
    if at_home:
        around.add(prefix)
    for name in tensors:
        if name not in taken:
            inside = any(name.startswith(start) for start in around)
            (found.beside if inside else found.outside).append(name)
