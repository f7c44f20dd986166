"""The route of a line between two boxes of a grid, around the boxes between them."""

from collections.abc import Mapping, Sequence

import numpy as np

Pair = tuple[str, str]
Places = Mapping[str, tuple[int, int]]  # slot, row

CURVE = np.linspace(0, 1, 9)[1:]
SPREAD = 0.2  # of a slot: the largest distance between lines at one box
LANE = 0.025  # of a slot: the distance between lines in one gap


def route(
    start: str,
    end: str,
    pairs: Sequence[Pair],
    places: Places,
    heights: Mapping[int, float],
    box: float,
    half: float,
) -> np.ndarray:
    """Points (point, 2) from the edge of one box to the edge of another: down through the rows, or right within one.

    Args:
        start: the box where the line starts.
        end: the box where it ends, in a later row, or further right in the same row.
        pairs: all lines, so that lines at one box keep their distance.
        places: (slot, row) of each box.
        heights: the middle of each row.
        box: the height of a box.
        half: half the width of a box.
    """
    (left, top), (right, bottom) = places[start], places[end]
    if top == bottom:
        return _sideways(left, right, heights[top], box, half)
    x = left + _port(end, [other for first, other in pairs if first == start and places[other][1] > top], places)
    goal = right + _port(start, [other for other, last in pairs if last == end and places[other][1] < bottom], places)
    points = [(x, heights[top] + box / 2)]
    for row in range(top + 1, bottom):
        straight = x + (goal - x) / (bottom - row + 1)
        x = _gap(straight, {slot for slot, other in places.values() if other == row}, half)
        if x != straight:
            x += LANE * (sum(map(ord, start + end)) % 3 - 1)
        points += [*_bend(points[-1], (x, heights[row] - box / 2)), (x, heights[row] + box / 2)]
    return np.array([*points, *_bend(points[-1], (goal, heights[bottom] - box / 2))])


def _sideways(left: int, right: int, y: float, box: float, half: float) -> np.ndarray:
    if right == left + 1:
        return np.array([(left + half, y), (right - half, y)])
    low = y + box / 2
    return np.array([(left, low), (left + 0.15, low + 6), (right - 0.15, low + 6), (right, low)])


def _port(other: str, others: list[str], places: Places) -> float:
    """The offset of a line's end from the middle of the box; lines are ordered by their other ends."""
    ordered = sorted(others, key=lambda name: (places[name][0], abs(places[name][1]), name))
    return SPREAD * ((ordered.index(other) + 1) / (len(ordered) + 1) - 0.5) * 2


def _gap(x: float, taken: set[int], half: float) -> float:
    """The place nearest to x in a row that is free of boxes."""
    near = [slot for slot in taken if abs(slot - x) < half + 0.02]
    if not near:
        return x
    # between two boxes, never outside the outer ones, where the names of the bands are
    return min((0.5, 1.5), key=lambda gap: (abs(gap - x), gap))


def _bend(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    """A curve that is vertical at both ends."""
    eased = CURVE * CURVE * (3 - 2 * CURVE)
    return [
        (float(start[0] + (end[0] - start[0]) * part), float(start[1] + (end[1] - start[1]) * share))
        for part, share in zip(eased, CURVE, strict=True)
    ]
