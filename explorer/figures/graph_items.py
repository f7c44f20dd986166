"""The items of a layered drawing, their order within each layer, and the columns they are aligned in.

After Sugiyama, Tagawa and Toda 1981 (doi:10.1109/TSMC.1981.4308636) and Brandes and Köpf 2002
(doi:10.1007/3-540-45848-4_3).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from explorer.figures.layers import Edge

BOX, LANE, SIDE = 1.0, 0.1, 0.02  # widths: of a node, of a passing edge, of the side of a frame
MOST_BESIDE = 3  # a node with more neighbours, if their number is even, is centred above them, not aligned with one
LAST = 10**9  # after every node of a block

Kind = Literal["node", "lane", "left", "right"]


class Name(NamedTuple):
    """An item: a node, a lane that leaves it, or a side of a block's frame; lanes and sides extend over many layers."""

    kind: Kind
    id: str
    layer: int


class Item(NamedTuple):
    """The position of an item in the order of its layer, and its width."""

    key: tuple[int, ...]
    width: float


def items_of(nodes: Mapping[str, Sequence[str]], edges: Sequence[Edge], layers: dict[str, int]) -> dict[Name, Item]:
    """All items of a graph: its nodes, the lanes of edges that skip layers, and the sides of the blocks' frames."""
    first: dict[str, int] = {}
    reach: dict[str, list[int]] = defaultdict(list)
    paths: dict[str, Sequence[str]] = {}
    for number, (node, blocks) in enumerate(nodes.items()):
        for depth, block in enumerate(blocks):
            first.setdefault(block, number)
            reach[block].append(layers[node])
            paths[block] = blocks[: depth + 1]

    def key(blocks: Sequence[str]) -> tuple[int, ...]:
        return tuple(first[block] for block in blocks)

    items = {
        Name("node", node, layers[node]): Item((*key(blocks), number), BOX)
        for number, (node, blocks) in enumerate(nodes.items())
    }
    for block, path in paths.items():
        for layer in range(min(reach[block]), max(reach[block]) + 1):
            items[Name("left", block, layer)] = Item((*key(path), -1), SIDE)
            items[Name("right", block, layer)] = Item((*key(path), 2 * LAST), SIDE)
    targets: dict[str, list[str]] = defaultdict(list)
    for start, end in edges:
        targets[start].append(end)
    numbers = {node: number for number, node in enumerate(nodes)}
    for start, ends in targets.items():
        far = [end for end in ends if layers[end] > layers[start] + 1]
        last = max(layers[end] for end in ends)
        shared = _common([nodes[end] for end in far])
        for layer in range(layers[start] + 1, last):
            # without a nearer reader the edge goes straight on in its own column, else a lane leads around the
            # skipped nodes, within the frames of the readers
            inside = [block for block in shared if min(reach[block]) <= layer <= max(reach[block])]
            around = (*key(inside), LAST, last - layers[start], numbers[start])
            lane = (*key(nodes[start]), numbers[start]) if len(far) == len(ends) else around
            items[Name("lane", start, layer)] = Item(lane, LANE)
    return items


def _common(paths: Sequence[Sequence[str]]) -> tuple[str, ...]:
    shared: list[str] = []
    for blocks in zip(*paths, strict=False):
        if len(set(blocks)) > 1:
            break
        shared.append(blocks[0])
    return tuple(shared)


def links_of(edges: Sequence[Edge], layers: dict[str, int]) -> list[tuple[Name, Name]]:
    """The pairs of items in neighbouring layers that a piece of an edge connects."""
    links: dict[tuple[Name, Name], None] = {}
    for start, end in edges:
        lanes = [Name("lane", start, layer) for layer in range(layers[start] + 1, layers[end])]
        links.update(
            dict.fromkeys(pairwise([Name("node", start, layers[start]), *lanes, Name("node", end, layers[end])]))
        )
    return list(links)


def columns_of(rows: Mapping[int, list[Name]], links: Sequence[tuple[Name, Name]]) -> dict[Name, Name]:
    """The top item of the column that each item is aligned with."""
    below: dict[Name, list[Name]] = defaultdict(list)
    above: dict[Name, list[Name]] = defaultdict(list)
    for one, other in links:
        below[one].append(other)
        above[other].append(one)
    position = {name: number for row in rows.values() for number, name in enumerate(row)}
    top: dict[Name, Name] = {name: name for name in position}
    for layer in sorted(rows)[:-1]:
        following = set(rows[layer + 1])
        fixed, preferred = [], []
        for name in rows[layer]:
            same = name._replace(layer=layer + 1)
            if name.kind != "node" and same in following:
                fixed.append((name, same))
                continue
            chosen = _middle_of(below[name], position)
            if chosen is not None and _middle_of(above[chosen], position) == name:
                preferred.append((name, chosen))
        pairs: list[tuple[int, int]] = []
        for one, other in (*fixed, *preferred):
            place = position[one], position[other]
            if all((place[0] - a) * (place[1] - b) > 0 for a, b in pairs):  # columns must not cross
                pairs.append(place)
                top[other] = top[one]
    return top


def _middle_of(names: Sequence[Name], position: Mapping[Name, int]) -> Name | None:
    """The connected item that a node is aligned with; nodes take precedence over lanes."""
    names = [name for name in names if name.kind == "node"] or names
    if not names or (len(names) > MOST_BESIDE and len(names) % 2 == 0):
        return None
    return sorted(names, key=lambda name: position[name])[(len(names) - 1) // 2]
