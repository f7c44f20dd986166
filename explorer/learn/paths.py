"""Ways through a roadmap: what to learn to reach a goal."""

import heapq
from collections.abc import Collection

from explorer.errors import ExplorerError
from explorer.learn.topics import Roadmap


def path_between(roadmap: Roadmap, known: Collection[str], goal: str) -> tuple[str, ...]:
    """The topics that remain on the way to a goal, each after its prerequisites.

    What stands behind a known topic counts as known. Among topics that could come next, the one in the earlier stage
    does. Empty where the goal is known.

    Raises:
        ExplorerError: for a goal that the roadmap does not have.
    """
    if goal not in roadmap.topics:
        raise ExplorerError(f"There is no topic {goal!r} in the {roadmap.title}.")
    return _sorted(roadmap, _with_all_behind(roadmap, [goal]) - _with_all_behind(roadmap, known))


def _with_all_behind(roadmap: Roadmap, topics: Collection[str]) -> set[str]:
    """These topics, what they require, what that requires in turn, and so on."""
    found: set[str] = set()
    waiting = list(topics)
    while waiting:
        topic = waiting.pop()
        if topic not in found:
            found.add(topic)
            waiting += roadmap.topics[topic].requires
    return found


def _sorted(roadmap: Roadmap, chosen: set[str]) -> tuple[str, ...]:
    """Topologically, and where there is a choice in the roadmap's own order, which goes stage by stage."""
    rank = {topic: number for number, topic in enumerate(roadmap.topics)}
    open_requirements = {topic: len(chosen.intersection(roadmap.topics[topic].requires)) for topic in chosen}
    ready = [(rank[topic], topic) for topic, count in open_requirements.items() if count == 0]
    heapq.heapify(ready)
    order = []
    while ready:
        _, topic = heapq.heappop(ready)
        order.append(topic)
        for follower in chosen.intersection(roadmap.followers(topic)):
            open_requirements[follower] -= 1
            if open_requirements[follower] == 0:
                heapq.heappush(ready, (rank[follower], follower))
    return tuple(order)
