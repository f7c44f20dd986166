"""Where the nodes of a graph without cycles are drawn: layer under layer, long edges in lanes beside what they skip.

After Sugiyama, Tagawa and Toda 1981 (doi:10.1109/TSMC.1981.4308636) and Brandes and Köpf 2002
(doi:10.1007/3-540-45848-4_3): longest-path layers; a place in every layer for each edge that passes it and for the
sides of each frame; columns of what should stand straight below each other; and the columns as near to what they are
connected with as their neighbours allow.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from explorer.figures.layers import Edge, layers_of

BOX, LANE, SIDE = 1.0, 0.1, 0.02  # widths: of a node, of a passing edge, of a frame's line
APART = 0.06  # between any two
MOST_BESIDE = 3  # a node with more, and evenly many, stands above their middle, not above one of them
SWEEPS = 24
LAST = 10**9  # behind every node of a block

Kind = Literal["node", "lane", "left", "right"]


class Name(NamedTuple):
    """An item: a node, a lane that leaves it, or a side of a block's frame; a lane and a side are in many layers."""

    kind: Kind
    id: str
    layer: int


class Item(NamedTuple):
    """Where an item stands among the others of its layer, and how wide it is."""

    key: tuple[int, ...]
    width: float


class Places(NamedTuple):
    """Where everything stands, in widths of a box."""

    layers: dict[str, int]  # by node
    across: dict[str, float]  # the middle of each node
    lanes: dict[tuple[str, int], float]  # the lane that leaves a node, in each layer it passes
    frames: dict[str, tuple[float, float]]  # left and right side of each block
    left: float
    right: float


def place(nodes: Mapping[str, Sequence[str]], edges: Iterable[Edge]) -> Places:
    """The layout of a graph; the same for the same graph, always.

    Args:
        nodes: the blocks around each node, the outermost first, in an order that the layout follows from left to right.
        edges: (from, to), without a cycle.
    """
    edges = list(edges)
    layers = layers_of(list(nodes), edges)
    items = _items(nodes, edges, layers)
    rows: dict[int, list[Name]] = defaultdict(list)
    for name in sorted(items, key=lambda name: (name.layer, items[name].key)):
        rows[name.layer].append(name)
    links = _links(edges, layers)
    columns = _columns(rows, links)
    across = _across(items, rows, links, columns)
    return Places(
        layers,
        {name.id: across[name] for name in items if name.kind == "node"},
        {(name.id, name.layer): across[name] for name in items if name.kind == "lane"},
        {
            name.id: (across[name], across[name._replace(kind="right")])
            for name in reversed(items)
            if name.kind == "left"
        },
        min(across[name] - items[name].width / 2 for name in items),
        max(across[name] + items[name].width / 2 for name in items),
    )


# ── what stands in which layer, in which order ───────────────────────────────────────────────────────────────────────
def _items(nodes: Mapping[str, Sequence[str]], edges: Sequence[Edge], layers: dict[str, int]) -> dict[Name, Item]:
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
            # what has no nearer reader goes straight on in its own column, else a lane leads around what it skips,
            # within the frames that its readers are in
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


def _links(edges: Sequence[Edge], layers: dict[str, int]) -> list[tuple[Name, Name]]:
    """What is connected from one layer to the next."""
    links: dict[tuple[Name, Name], None] = {}
    for start, end in edges:
        lanes = [Name("lane", start, layer) for layer in range(layers[start] + 1, layers[end])]
        links.update(
            dict.fromkeys(pairwise([Name("node", start, layers[start]), *lanes, Name("node", end, layers[end])]))
        )
    return list(links)


# ── columns: what stands straight below each other ───────────────────────────────────────────────────────────────────
def _columns(rows: Mapping[int, list[Name]], links: Sequence[tuple[Name, Name]]) -> dict[Name, Name]:
    """The topmost item of the column that each item stands in."""
    below: dict[Name, list[Name]] = defaultdict(list)
    above: dict[Name, list[Name]] = defaultdict(list)
    for one, other in links:
        below[one].append(other)
        above[other].append(one)
    position = {name: number for row in rows.values() for number, name in enumerate(row)}
    top: dict[Name, Name] = {name: name for name in position}
    for layer in sorted(rows)[:-1]:
        following = set(rows[layer + 1])
        fixed, wished = [], []
        for name in rows[layer]:
            same = name._replace(layer=layer + 1)
            if name.kind != "node" and same in following:
                fixed.append((name, same))
                continue
            chosen = _middle_of(below[name], position)
            if chosen is not None and _middle_of(above[chosen], position) == name:
                wished.append((name, chosen))
        pairs: list[tuple[int, int]] = []
        for one, other in (*fixed, *wished):
            place = position[one], position[other]
            if all((place[0] - a) * (place[1] - b) > 0 for a, b in pairs):  # two columns do not cross
                pairs.append(place)
                top[other] = top[one]
    return top


def _middle_of(names: Sequence[Name], position: Mapping[Name, int]) -> Name | None:
    """The one of the connected items that a node stands straight above or below; nodes come before lanes."""
    names = [name for name in names if name.kind == "node"] or names
    if not names or (len(names) > MOST_BESIDE and len(names) % 2 == 0):
        return None
    return sorted(names, key=lambda name: position[name])[(len(names) - 1) // 2]


# ── where the columns stand ──────────────────────────────────────────────────────────────────────────────────────────
def _across(
    items: Mapping[Name, Item],
    rows: Mapping[int, list[Name]],
    links: Sequence[tuple[Name, Name]],
    columns: Mapping[Name, Name],
) -> dict[Name, float]:
    apart: dict[tuple[Name, Name], float] = {}  # neighbouring columns, left and right: the least distance
    for row in rows.values():
        for one, other in pairwise(row):
            pair = columns[one], columns[other]
            distance = (items[one].width + items[other].width) / 2 + APART
            apart[pair] = max(distance, apart.get(pair, 0.0))
    order = _from_left_to_right(list(dict.fromkeys(columns.values())), apart)
    kinds: dict[Name, set[str]] = defaultdict(set)
    for name, column in columns.items():
        kinds[column].add(name.kind)
    firm = [column for column in order if "node" in kinds[column]]
    near: dict[Name, list[Name]] = defaultdict(list)
    for one, other in links:
        if one.kind == other.kind == "node" and columns[one] != columns[other]:
            near[columns[one]].append(columns[other])
            near[columns[other]].append(columns[one])
    across = _settled(firm, _between_firm(order, set(firm), apart), near)
    left_of, right_of = _neighbours(apart)
    for column in order:  # lanes and right sides keep close to what stands left of them
        if column not in across and "left" not in kinds[column]:
            nearest = _nearest(column, across, left_of, apart)
            if nearest is not None:  # else it keeps close to what stands right of it
                across[column] = nearest
    for column in reversed(order):
        if column not in across:
            across[column] = min(across[other] - apart[column, other] for other in right_of[column])
    return {name: across[column] for name, column in columns.items()}


def _nearest(
    column: Name,
    across: Mapping[Name, float],
    left_of: Mapping[Name, list[Name]],
    apart: Mapping[tuple[Name, Name], float],
) -> float | None:
    """The leftmost place of a column, or None; what does not stand yet, left sides among it, is passed over."""
    waiting = [(other, apart[other, column]) for other in left_of[column]]
    places = []
    while waiting:
        other, distance = waiting.pop()
        if other in across:
            places.append(across[other] + distance)
        else:
            waiting += [(further, distance + apart[further, other]) for further in left_of[other]]
    return max(places, default=None)


def _from_left_to_right(columns: Sequence[Name], apart: Iterable[tuple[Name, Name]]) -> list[Name]:
    left_of: dict[Name, set[Name]] = {column: set() for column in columns}
    for one, other in apart:
        left_of[other].add(one)
    order: list[Name] = []
    done: set[Name] = set()
    while len(order) < len(columns):
        ready = [column for column in columns if column not in done and left_of[column] <= done]
        order += ready
        done.update(ready)
    return order


def _neighbours(apart: Iterable[tuple[Name, Name]]) -> tuple[dict[Name, list[Name]], dict[Name, list[Name]]]:
    left_of: dict[Name, list[Name]] = defaultdict(list)
    right_of: dict[Name, list[Name]] = defaultdict(list)
    for one, other in apart:
        left_of[other].append(one)
        right_of[one].append(other)
    return left_of, right_of


def _between_firm(
    order: Sequence[Name], firm: set[Name], apart: Mapping[tuple[Name, Name], float]
) -> dict[tuple[Name, Name], float]:
    """The least distances between columns of nodes, with the lanes and the frames that stand between them."""
    _, right_of = _neighbours(apart)
    found: dict[tuple[Name, Name], float] = {}
    for start in firm:
        reached = {start: 0.0}
        for column in order:
            if column in reached and (column == start or column not in firm):
                for other in right_of[column]:
                    reached[other] = max(reached.get(other, 0.0), reached[column] + apart[column, other])
        found.update({(start, end): distance for end, distance in reached.items() if end in firm and end != start})
    return found


def _settled(
    firm: Sequence[Name], apart: Mapping[tuple[Name, Name], float], near: Mapping[Name, Sequence[Name]]
) -> dict[Name, float]:
    """The columns of nodes: as near to the mean of what they are connected with as their neighbours allow."""
    left_of, right_of = _neighbours(apart)
    across = dict.fromkeys(firm, 0.0)
    for column in firm:
        across[column] = max((across[other] + apart[other, column] for other in left_of[column]), default=0.0)
    furthest = max(across.values(), default=0.0)
    rightmost: dict[Name, float] = {}
    for column in reversed(firm):
        rightmost[column] = min(
            (rightmost[other] - apart[column, other] for other in right_of[column]), default=furthest
        )
    across = {column: (across[column] + rightmost[column]) / 2 for column in firm}  # keeps every distance too
    for sweep in range(SWEEPS):
        for column in firm if sweep % 2 else reversed(firm):
            wanted = [across[other] for other in near[column]] if near[column] else [across[column]]
            low = max((across[other] + apart[other, column] for other in left_of[column]), default=-1e9)
            high = min((across[other] - apart[column, other] for other in right_of[column]), default=1e9)
            across[column] = min(max(sum(wanted) / len(wanted), low), high)
    return across
