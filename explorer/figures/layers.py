"""The layer of each node in a drawing of an acyclic graph."""

from collections.abc import Sequence

Edge = tuple[str, str]


def layers_of(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The length of the longest path to each node; a node not reached from the first one is just above its reader."""
    after: dict[str, list[str]] = {node: [] for node in nodes}
    waiting = dict.fromkeys(nodes, 0)
    for start, end in edges:
        after[start].append(end)
        waiting[end] += 1
    order = [node for node in nodes if waiting[node] == 0]
    layers = dict.fromkeys(nodes, 0)
    reached = set(order[:1])
    for node in order:  # grows while it is read
        for end in after[node]:
            layers[end] = max(layers[end], layers[node] + 1)
            if node in reached:
                reached.add(end)
            waiting[end] -= 1
            if waiting[end] == 0:
                order.append(end)
    for node in reversed(order):
        if node not in reached and after[node]:
            layers[node] = min(layers[end] for end in after[node]) - 1
    lowest = min(layers.values(), default=0)
    return {node: layer - lowest for node, layer in layers.items()}
