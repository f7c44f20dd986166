"""Outlines of drawn shapes as signed distances: the ten basic ones, thirty more, and ten that pretraining never sees.

An outline says of a point how far it is outside (positive) or inside (negative), in units of the shape's radius; where
it is built from several parts it never says more than the true distance. All outlines lie within the unit circle. The
polygon and the heart follow https://iquilezles.org/articles/distfunctions2d/.
"""

from collections.abc import Callable, Sequence
from functools import partial, reduce
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating]  # one value a point: (image, row, column)
Outline = Callable[[Field, Field], Field]
Corner = tuple[float, float]
TAU = 2 * np.pi


# ── what they are made of ────────────────────────────────────────────────────────────────────────────────────────────
def _polygon(corners: Sequence[Corner], x: Field, y: Field) -> Field:
    squared = np.full(x.shape, np.inf, dtype=np.float32)
    outside = np.ones(x.shape, dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        edge_x, edge_y = x1 - x0, y1 - y0
        from_x, from_y = x - x0, y - y0
        along = np.clip((from_x * edge_x + from_y * edge_y) / (edge_x**2 + edge_y**2), 0, 1)
        squared = np.minimum(squared, (from_x - edge_x * along) ** 2 + (from_y - edge_y * along) ** 2)
        above, below, left = y >= y0, y < y1, edge_x * from_y > edge_y * from_x
        outside ^= (above & below & left) | ~(above | below | left)  # a ray to the side crosses this edge
    return np.where(outside, 1, -1).astype(np.float32) * np.sqrt(squared)


def _polar(radii: Sequence[float], angles: Sequence[float]) -> Outline:
    return partial(_polygon, [(float(r * np.cos(a)), float(r * np.sin(a))) for r, a in zip(radii, angles, strict=True)])


def _regular(corners: int, inner: float | None = None) -> Outline:
    """A regular polygon; with an inner radius, a star."""
    radii = (1.0,) if inner is None else (1.0, inner)
    total = corners * len(radii)
    return _polar([radii[i % len(radii)] for i in range(total)], [TAU * i / total for i in range(total)])


def _mirrored(half: Sequence[Corner]) -> Outline:
    """A polygon that is symmetric about the x axis, from its corners above it, from right to left."""
    return partial(_polygon, [*half, *[(x, -y) for x, y in reversed(half) if y]])


def _disc(radius: float, x0: float = 0.0, y0: float = 0.0) -> Outline:
    return lambda x, y: np.hypot(x - x0, y - y0) - radius


def _spokes(part: Outline, count: int) -> Outline:
    """A part and its copies, turned evenly around the origin."""
    turns = [(float(np.cos(TAU * i / count)), float(np.sin(TAU * i / count))) for i in range(count)]
    return lambda x, y: reduce(np.minimum, [part(c * x + s * y, c * y - s * x) for c, s in turns])


def _union(*parts: Outline) -> Outline:
    return lambda x, y: reduce(np.minimum, [part(x, y) for part in parts])


def _common(*parts: Outline) -> Outline:
    return lambda x, y: reduce(np.maximum, [part(x, y) for part in parts])


def _without(whole: Outline, hole: Outline) -> Outline:
    return lambda x, y: np.maximum(whole(x, y), -hole(x, y))


def _frame(whole: Outline, width: float) -> Outline:
    """The pixels inside an outline that are within a width of it."""
    return lambda x, y: np.abs(whole(x, y) + width / 2) - width / 2


def _ellipse(across: float, down: float) -> Outline:
    """An ellipse; the values are at most the true distances."""
    return lambda x, y: (np.hypot(x / across, y / down) - 1) * min(across, down)


def _stroke(corners: Sequence[Corner], width: float, x: Field, y: Field) -> Field:
    """A line through corners, with round ends."""
    squared = np.full(x.shape, np.inf, dtype=np.float32)
    for (x0, y0), (x1, y1) in pairwise(corners):
        edge_x, edge_y = x1 - x0, y1 - y0
        along = np.clip(((x - x0) * edge_x + (y - y0) * edge_y) / (edge_x**2 + edge_y**2), 0, 1)
        squared = np.minimum(squared, (x - x0 - edge_x * along) ** 2 + (y - y0 - edge_y * along) ** 2)
    return np.sqrt(squared) - width / 2


# ── the ten basic ones ───────────────────────────────────────────────────────────────────────────────────────────────
def _heart(x: Field, y: Field) -> Field:
    side, height = np.abs(x) * 0.65, y * 0.65 + 0.6  # the source's heart stands on the origin
    lobe = np.hypot(side - 0.25, height - 0.75) - np.sqrt(2) / 4
    middle = 0.5 * np.maximum(side + height, 0)
    squared = np.minimum(side**2 + (height - 1) ** 2, (side - middle) ** 2 + (height - middle) ** 2)
    return np.where(side + height > 1, lobe, np.sqrt(squared) * np.sign(side - height)).astype(np.float32) / 0.65


_ARM = 0.3  # half the width of the cross's arms
_CROSS = [
    (sign_x * a, sign_y * b)
    for sign_x, sign_y, corners in (
        (1, 1, ((0.95, _ARM), (_ARM, _ARM), (_ARM, 0.95))),
        (-1, 1, ((_ARM, 0.95), (_ARM, _ARM), (0.95, _ARM))),
        (-1, -1, ((0.95, _ARM), (_ARM, _ARM), (_ARM, 0.95))),
        (1, -1, ((_ARM, 0.95), (_ARM, _ARM), (0.95, _ARM))),
    )
    for a, b in corners
]
_ARROW = [(1.0, 0.0), (0.1, 0.75), (0.1, 0.25), (-0.95, 0.25), (-0.95, -0.25), (0.1, -0.25), (0.1, -0.75)]

BASIC: dict[str, Outline] = {
    "circle": lambda x, y: np.hypot(x, y) - 1,
    "triangle": _regular(3),
    "square": _regular(4),
    "pentagon": _regular(5),
    "star": _regular(5, inner=0.4),
    "cross": partial(_polygon, _CROSS),
    "ring": lambda x, y: np.abs(np.hypot(x, y) - 0.75) - 0.25,
    "half disc": lambda x, y: np.maximum(np.hypot(x, y) - 1, -y),
    "heart": _heart,
    "arrow": partial(_polygon, _ARROW),
}

# ── thirty more ──────────────────────────────────────────────────────────────────────────────────────────────────────
_TOUCH, _TANGENT = (
    0.65**2 / 1.35,
    0.65 * float(np.sqrt(1 - (0.65 / 1.35) ** 2)),
)  # where the drop's sides leave its disc
_TEETH = [TAU * (tooth + place) / 8 for tooth in range(8) for place in (-0.3, -0.2, 0.2, 0.3)]
_COIL = [(float(r * np.cos(a)), float(r * np.sin(a))) for r, a in np.linspace((0.1, 0), (0.9, 1.75 * TAU), 57)]
_BOLT = [(0.15, 0.95), (-0.55, -0.1), (-0.05, -0.1), (-0.25, -0.95), (0.55, 0.2), (0.05, 0.2), (0.45, 0.8)]
_ANGLE = [(-0.5, -0.8), (0.6, -0.8), (0.6, -0.4), (-0.1, -0.4), (-0.1, 0.8), (-0.5, 0.8)]

MORE: dict[str, Outline] = {
    "ellipse": _ellipse(1.0, 0.5),
    "bar": _mirrored([(0.95, 0.25), (-0.95, 0.25)]),
    "asterisk": _spokes(_mirrored([(0.95, 0.15), (-0.95, 0.15)]), 3),
    "three-pointed star": _regular(3, inner=0.25),
    "four-pointed star": _regular(4, inner=0.35),
    "six-pointed star": _regular(6, inner=0.58),
    "crescent": _without(_disc(1.0), _disc(0.8, 0.45)),
    "drop": _union(_disc(0.65, -0.35), _mirrored([(1.0, 0.0), (_TOUCH - 0.35, _TANGENT), (-0.35, 0.0)])),
    "letter L": partial(_polygon, _ANGLE),
    "letter T": _mirrored([(0.65, 0.7), (0.25, 0.7), (0.25, 0.2), (-0.9, 0.2)]),
    "letter U": _mirrored([(-0.35, 0.25), (0.7, 0.25), (0.7, 0.65), (-0.75, 0.65)]),
    "letter H": _mirrored([(0.2, 0.28), (0.75, 0.28), (0.75, 0.65), (-0.75, 0.65), (-0.75, 0.28), (-0.2, 0.28)]),
    "letter E": _mirrored([(0.55, 0.16), (-0.22, 0.16), (-0.22, 0.46), (0.55, 0.46), (0.55, 0.82), (-0.57, 0.82)]),
    "zigzag": partial(_stroke, [(-0.75, 0.45), (-0.25, -0.5), (0.25, 0.5), (0.75, -0.45)], 0.24),
    "gear": _polar([0.68, 1.0, 1.0, 0.68] * 8, _TEETH),
    "flower": _union(_disc(0.4), _spokes(_disc(0.3, 0.68), 5)),
    "clover": _spokes(_disc(0.45, 0.52), 3),
    "lightning": partial(_polygon, _BOLT),
    "sector": lambda x, y: np.maximum(np.hypot(x, y) - 1, (x - np.abs(y)) * 0.5**0.5),
    "square frame": _frame(_regular(4), 0.36),
    "triangle frame": _frame(_regular(3), 0.28),
    "chevron": _mirrored([(0.75, 0.0), (-0.3, 0.9), (-0.6, 0.6), (0.1, 0.0)]),
    "double arrow": _mirrored([(1.0, 0.0), (0.45, 0.6), (0.45, 0.2), (-0.45, 0.2), (-0.45, 0.6), (-1.0, 0.0)]),
    "dumbbell": _union(_disc(0.36, 0.62), _disc(0.36, -0.62), _mirrored([(0.62, 0.12), (-0.62, 0.12)])),
    "house": _mirrored([(0.95, 0.0), (0.15, 0.8), (0.15, 0.6), (-0.75, 0.6)]),
    "spiral": partial(_stroke, _COIL, 0.2),
    "target": _union(_disc(0.36), lambda x, y: np.abs(np.hypot(x, y) - 0.82) - 0.18),
    "kite": _mirrored([(0.55, 0.0), (0.2, 0.6), (-1.0, 0.0)]),
    "trapezoid": _mirrored([(0.45, 0.4), (-0.45, 0.88)]),
    "mushroom": _union(_common(_disc(0.95), lambda x, y: 0.1 - x), _mirrored([(0.2, 0.28), (-0.85, 0.28)])),
}

# ── ten that pretraining never sees ──────────────────────────────────────────────────────────────────────────────────
_WINGS = [(1.0, 0.0), (0.8, 0.14), (0.3, 0.15), (-0.15, 0.9), (-0.42, 0.9), (-0.2, 0.15), (-0.65, 0.12)]
_TAIL = [(-0.75, 0.4), (-0.9, 0.4), (-0.85, 0.0)]
_BIT = [(-0.12, -0.11), (0.9, -0.11), (0.9, 0.4), (0.72, 0.4), (0.72, 0.11)]
_WARD = [(0.58, 0.11), (0.58, 0.4), (0.4, 0.4), (0.4, 0.11), (-0.12, 0.11)]
_STEPS = [
    (-0.75, -0.6),
    (0.75, -0.6),
    (0.75, 0.6),
    (0.25, 0.6),
    (0.25, 0.2),
    (-0.25, 0.2),
    (-0.25, -0.2),
    (-0.75, -0.2),
]
_GLASS = [(0.75, 0.62), (0.0, 0.09), (-0.75, 0.62)]


def _moved(part: Outline, x0: float) -> Outline:
    return lambda x, y: part(x - x0, y)


UNSEEN: dict[str, Outline] = {
    "aeroplane": _mirrored([*_WINGS, *_TAIL]),
    "arch": lambda x, y: np.maximum(np.abs(np.hypot(x, y) - 0.72) - 0.28, -y),
    "fish": _union(_moved(_ellipse(0.72, 0.42), 0.26), _mirrored([(-0.46, 0.0), (-0.9, 0.42)])),
    "four dots": _spokes(_disc(0.33, 0.66), 4),
    "hourglass": _mirrored(_GLASS),
    "key": _union(_without(_disc(0.42, -0.5), _disc(0.2, -0.5)), partial(_polygon, [*_BIT, *_WARD])),
    "letter Y": _union(
        partial(_stroke, [(-0.85, 0.0), (0.0, 0.0), (0.58, 0.63)], 0.26),
        partial(_stroke, [(0.0, 0.0), (0.58, -0.63)], 0.26),
    ),
    "nut": _without(_regular(6), _disc(0.5)),
    "propeller": _union(_disc(0.2), _spokes(_moved(_ellipse(0.43, 0.24), 0.56), 3)),
    "stairs": partial(_polygon, _STEPS),
}
