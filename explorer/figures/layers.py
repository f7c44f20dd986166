"""The layer of each node in a drawing of an acyclic graph."""

from collections.abc import Sequence

import networkx as nx

Edge = tuple[str, str]


def layers_of(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The length of the longest path to each node; a node not reached from the first one is just above its reader."""
    graph = nx.DiGraph()
    graph.add_nodes_from(nodes)
    graph.add_edges_from(edges)
    generations = list(nx.topological_generations(graph))
    layers = {node: layer for layer, generation in enumerate(generations) for node in generation}
    if generations:
        first = generations[0][0]
        reached = {first} | nx.descendants(graph, first)
        for node in reversed(layers):  # readers first
            if node not in reached and graph.out_degree(node):
                layers[node] = min(layers[reader] for reader in graph.successors(node)) - 1
    lowest = min(layers.values(), default=0)
    return {node: layers[node] - lowest for node in nodes}
