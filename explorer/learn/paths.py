"""Ways through a roadmap: what to learn to reach a goal.

The graph algorithms are networkx's, which is imported late: Home reads the roadmaps too, and need not wait for it.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from explorer.errors import ExplorerError
from explorer.learn.topics import Roadmap

if TYPE_CHECKING:
    from networkx import DiGraph

Edge = tuple[str, str]  # what is required, and what requires it


def path_between(roadmap: Roadmap, known: Collection[str], goal: str) -> tuple[str, ...]:
    """The topics that remain on the way to a goal, each after its prerequisites.

    What stands behind a known topic counts as known. Among topics that could come next, the one in the earlier stage
    does. Empty where the goal is known.

    Raises:
        ExplorerError: for a goal that the roadmap does not have.
    """
    from networkx import ancestors, lexicographical_topological_sort

    if goal not in roadmap.topics:
        raise ExplorerError(f"There is no topic {goal!r} in the {roadmap.title}.")
    graph = _graph(roadmap)
    remaining = {goal, *ancestors(graph, goal)}.difference(known, *(ancestors(graph, topic) for topic in known))
    order = list(roadmap.topics)  # stage by stage
    return tuple(lexicographical_topological_sort(graph.subgraph(remaining), key=order.index))


def direct(roadmap: Roadmap) -> tuple[Edge, ...]:
    """The requirements that do not follow from others: drawn alone they say the same with fewer lines."""
    from networkx import transitive_reduction

    graph = _graph(roadmap)
    reduced = transitive_reduction(graph)
    return tuple(edge for edge in graph.edges if reduced.has_edge(*edge))


def _graph(roadmap: Roadmap) -> "DiGraph":
    """From each topic to those that require it."""
    from networkx import DiGraph

    graph = DiGraph()
    graph.add_nodes_from(roadmap.topics)
    graph.add_edges_from((required, topic.id) for topic in roadmap.topics.values() for required in topic.requires)
    return graph
