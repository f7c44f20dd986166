"""The position of each topic on the map: rows by stage, at most three topics per row, few crossings."""

from collections.abc import Iterator
from itertools import pairwise, permutations, product
from math import ceil
from typing import NamedTuple

from explorer.learn.paths import Edge, direct
from explorer.learn.topics import Roadmap

SLOTS = 3  # topics side by side: as many as can be read on a phone
SWEEPS = 8
NEAR = 0.4  # of a slot: a line that comes nearer to a topic's middle runs through it
CROSSING, THROUGH, LENGTH = 3.0, 4.0, 1.0  # what two crossing lines, a line through a topic, a slot sideways cost

FAR = 3  # rows: a longer line is not always drawn, and does not count here


class Place(NamedTuple):
    """The position of a topic: rows are counted from the top, slots from the left."""

    row: int
    slot: int


class Layout(NamedTuple):
    """The map: a place for each topic, the first and last row of each stage, and the lines worth drawing."""

    places: dict[str, Place]
    stages: dict[str, tuple[int, int]]
    edges: tuple[Edge, ...]

    def far(self, edge: Edge) -> bool:
        """True if a line is so long that it is drawn only on request."""
        return self.places[edge[1]].row - self.places[edge[0]].row > FAR


def layout(roadmap: Roadmap) -> Layout:
    """Lay a roadmap out, always in the same way.

    A prerequisite stands in a row above, or in the same row to the left. Each row in turn is arranged against all the
    others, down and up again, until nothing improves: the sweeps of Sugiyama, Tagawa and Toda (1981,
    doi:10.1109/TSMC.1981.4308636), but with a row's few arrangements all tried, and judged by their crossings.
    """
    rows: list[list[str]] = []
    stages: dict[str, tuple[int, int]] = {}
    for stage in roadmap.stages:
        members = [topic.id for topic in roadmap.topics.values() if topic.stage == stage]
        if members:
            count = ceil(len(members) / SLOTS)
            stages[stage] = (len(rows), len(rows) + count - 1)
            ends = [round(number * len(members) / count) for number in range(count + 1)]
            rows += [members[first:last] for first, last in pairwise(ends)]
    edges = direct(roadmap)
    return Layout(_Arrangement(rows, edges).settled(), stages, edges)


class _Arrangement:
    """Rows of topics whose slots are still moved about."""

    def __init__(self, rows: list[list[str]], edges: tuple[Edge, ...]) -> None:
        self.rows = rows
        self.row = {topic: number for number, members in enumerate(rows) for topic in members}
        self.slot = {topic: slot for members in rows for topic, slot in zip(members, _begin(len(members)), strict=True)}
        self.edges = [edge for edge in edges if self.row[edge[1]] - self.row[edge[0]] <= FAR]
        # the lines that end in a row or pass it: only these change when it is rearranged
        self.touching = [
            [edge for edge in self.edges if self.row[edge[0]] <= number <= self.row[edge[1]]]
            for number in range(len(rows))
        ]
        self.options = [list(self._options(members)) for members in rows]

    def settled(self) -> dict[str, Place]:
        """Every topic's place, once sweeping improves nothing, neither row by row nor two neighbouring rows at once."""
        numbers = range(len(self.rows))
        alone, pairs = [(number,) for number in numbers], list(pairwise(numbers))
        for _ in range(SWEEPS):
            before = dict(self.slot)
            for group in (*alone, *reversed(alone), *pairs):
                self._rearrange(group)
            if self.slot == before:
                break
        return {topic: Place(self.row[topic], self.slot[topic]) for topic in self.slot}

    def _rearrange(self, numbers: tuple[int, ...]) -> None:
        """Give a row, or several together, the slots that cost least."""
        members = [topic for number in numbers for topic in self.rows[number]]
        touching = list(dict.fromkeys(edge for number in numbers for edge in self.touching[number]))
        # the present arrangement comes first and wins a tie, so that the sweeps come to rest
        options = [tuple(self.slot[topic] for topic in members)]
        options += [sum(slots, ()) for slots in product(*(self.options[number] for number in numbers))]
        costs = []
        for option in options:
            self.slot.update(zip(members, option, strict=True))
            costs.append(self._cost(touching))
        self.slot.update(zip(members, options[costs.index(min(costs))], strict=True))

    def _options(self, members: list[str]) -> Iterator[tuple[int, ...]]:
        """All ways to give a row its slots in which a prerequisite within the row stands to the left."""
        inside = [edge for edge in self.edges if edge[0] in members and edge[1] in members]
        for slots in permutations(range(SLOTS), len(members)):
            place = dict(zip(members, slots, strict=True))
            if all(place[required] < place[topic] for required, topic in inside):
                yield slots

    def _cost(self, touching: list[Edge]) -> float:
        cost = 0.0
        for index, edge in enumerate(touching):
            cost += LENGTH * abs(self.slot[edge[0]] - self.slot[edge[1]])
            cost += THROUGH * self._run_through(edge)
            cost += CROSSING * sum(self._cross(edge, other) for other in touching[index + 1 :])
        return cost

    def _run_through(self, edge: Edge) -> int:
        """The number of topics that a straight line would cross."""
        top, bottom = self.row[edge[0]], self.row[edge[1]]
        if top == bottom:
            left, right = self.slot[edge[0]], self.slot[edge[1]]
            return sum(left < self.slot[topic] < right for topic in self.rows[top])
        return sum(
            abs(self._at(edge, number) - self.slot[topic]) < NEAR
            for number in range(top + 1, bottom)
            for topic in self.rows[number]
        )

    def _cross(self, one: Edge, other: Edge) -> bool:
        """True if two straight lines cross between the rows."""
        top = max(self.row[one[0]], self.row[other[0]])
        bottom = min(self.row[one[1]], self.row[other[1]])
        if top >= bottom:
            return False
        return (self._at(one, top) - self._at(other, top)) * (self._at(one, bottom) - self._at(other, bottom)) < 0

    def _at(self, edge: Edge, number: int) -> float:
        """The horizontal position of a straight line in a row."""
        top, bottom = self.row[edge[0]], self.row[edge[1]]
        left, right = self.slot[edge[0]], self.slot[edge[1]]
        return left + (right - left) * (number - top) / (bottom - top)


def _begin(count: int) -> range:
    """The slots of a row to begin with: one topic stands in the middle, two to the left."""
    return range(1, 2) if count == 1 else range(count)
