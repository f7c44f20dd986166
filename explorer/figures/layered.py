"""The positions of the nodes of an acyclic graph, in layers, with lanes for edges that skip layers.

After Sugiyama, Tagawa and Toda 1981 (doi:10.1109/TSMC.1981.4308636) and Brandes and Köpf 2002
(doi:10.1007/3-540-45848-4_3): longest-path layers; in every layer a place for each edge that passes it and for the
sides of each frame; columns of aligned items; and columns as close to their connected columns as neighbours allow.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import networkx as nx

from explorer.figures.graph_items import Item, Name, columns_of, items_of, links_of
from explorer.figures.layers import Edge, layers_of

APART = 0.06  # the minimum distance of two items, in widths of a box
SWEEPS = 24


class Places(NamedTuple):
    """The positions of nodes, lanes and frames, in widths of a box."""

    layers: dict[str, int]  # by node
    across: dict[str, float]  # the middle of each node
    lanes: dict[tuple[str, int], float]  # the lane that leaves a node, in each layer it passes
    frames: dict[str, tuple[float, float]]  # left and right side of each block
    left: float
    right: float


def place(nodes: Mapping[str, Sequence[str]], edges: Iterable[Edge]) -> Places:
    """The layout of a graph, which is deterministic.

    Args:
        nodes: the blocks around each node, the outermost first; their order is the order from left to right.
        edges: (from, to), without a cycle.
    """
    edges = list(edges)
    layers = layers_of(list(nodes), edges)
    items = items_of(nodes, edges, layers)
    rows: dict[int, list[Name]] = defaultdict(list)
    for name in sorted(items, key=lambda name: (name.layer, items[name].key)):
        rows[name.layer].append(name)
    links = links_of(edges, layers)
    columns = columns_of(rows, links)
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


def _across(
    items: Mapping[Name, Item],
    rows: Mapping[int, list[Name]],
    links: Sequence[tuple[Name, Name]],
    columns: Mapping[Name, Name],
) -> dict[Name, float]:
    """The horizontal position of every item."""
    apart: dict[tuple[Name, Name], float] = {}  # neighbouring columns, left and right: the minimum distance
    for row in rows.values():
        for one, other in pairwise(row):
            pair = columns[one], columns[other]
            distance = (items[one].width + items[other].width) / 2 + APART
            apart[pair] = max(distance, apart.get(pair, 0.0))
    beside = nx.DiGraph()  # from left to right
    beside.add_nodes_from(columns.values())
    beside.add_edges_from(apart)
    order = [column for generation in nx.topological_generations(beside) for column in generation]
    kinds: dict[Name, set[str]] = defaultdict(set)
    for name, column in columns.items():
        kinds[column].add(name.kind)
    fixed = [column for column in order if "node" in kinds[column]]
    near: dict[Name, list[Name]] = defaultdict(list)
    for one, other in links:
        if one.kind == other.kind == "node" and columns[one] != columns[other]:
            near[columns[one]].append(columns[other])
            near[columns[other]].append(columns[one])
    across = _balanced(fixed, _between_fixed(order, set(fixed), apart, beside), near)
    for column in order:  # lanes and right sides stay close to their left neighbours
        if column not in across and "left" not in kinds[column]:
            nearest = _nearest(column, across, apart, beside)
            if nearest is not None:  # else it stays close to its right neighbours
                across[column] = nearest
    for column in reversed(order):
        if column not in across:
            across[column] = min(across[other] - apart[column, other] for other in beside.successors(column))
    return {name: across[column] for name, column in columns.items()}


def _nearest(
    column: Name,
    across: Mapping[Name, float],
    apart: Mapping[tuple[Name, Name], float],
    beside: nx.DiGraph,
) -> float | None:
    """The leftmost position of a column, or None; columns without a position, such as left sides, are skipped."""
    waiting = [(other, apart[other, column]) for other in beside.predecessors(column)]
    places = []
    while waiting:
        other, distance = waiting.pop()
        if other in across:
            places.append(across[other] + distance)
        else:
            waiting += [(further, distance + apart[further, other]) for further in beside.predecessors(other)]
    return max(places, default=None)


def _between_fixed(
    order: Sequence[Name], fixed: set[Name], apart: Mapping[tuple[Name, Name], float], beside: nx.DiGraph
) -> dict[tuple[Name, Name], float]:
    """The minimum distances between columns of nodes, with the lanes and frames between them."""
    found: dict[tuple[Name, Name], float] = {}
    for start in fixed:
        reached = {start: 0.0}
        for column in order:
            if column in reached and (column == start or column not in fixed):
                for other in beside.successors(column):
                    reached[other] = max(reached.get(other, 0.0), reached[column] + apart[column, other])
        found.update({(start, end): distance for end, distance in reached.items() if end in fixed and end != start})
    return found


def _balanced(
    fixed: Sequence[Name], apart: Mapping[tuple[Name, Name], float], near: Mapping[Name, Sequence[Name]]
) -> dict[Name, float]:
    """The columns of nodes, as close to the mean of their connected columns as their neighbours allow."""
    beside = nx.DiGraph(list(apart))
    beside.add_nodes_from(fixed)
    across = dict.fromkeys(fixed, 0.0)
    for column in fixed:
        across[column] = max(
            (across[other] + apart[other, column] for other in beside.predecessors(column)), default=0.0
        )
    furthest = max(across.values(), default=0.0)
    rightmost: dict[Name, float] = {}
    for column in reversed(fixed):
        rightmost[column] = min(
            (rightmost[other] - apart[column, other] for other in beside.successors(column)), default=furthest
        )
    across = {column: (across[column] + rightmost[column]) / 2 for column in fixed}  # this keeps every distance
    for sweep in range(SWEEPS):
        for column in fixed if sweep % 2 else reversed(fixed):
            wanted = [across[other] for other in near[column]] if near[column] else [across[column]]
            low = max((across[other] + apart[other, column] for other in beside.predecessors(column)), default=-1e9)
            high = min((across[other] - apart[column, other] for other in beside.successors(column)), default=1e9)
            across[column] = min(max(sum(wanted) / len(wanted), low), high)
    return across
