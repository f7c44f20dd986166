"""Drawn shapes: ten outlines at a random place, size, angle, colour and texture, with smooth edges.

An outline is a signed distance: how far a point is outside (positive) or inside (negative), in units of the shape's
radius. All outlines lie within the unit circle. The polygon and the heart follow
https://iquilezles.org/articles/distfunctions2d/.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from explorer.config import ShapesData
from explorer.datasets.images import Labels, divide
from explorer.datasets.splits import Splits

Field = NDArray[np.floating]  # one value a pixel: (image, row, column)
Outline = Callable[[Field, Field], Field]
TAU = 2 * np.pi


def load(config: ShapesData) -> Splits:
    """As many drawn shapes as the configuration asks for, equally many of each class."""
    generator = np.random.default_rng(config.drawing_seed)
    labels = np.arange(config.examples) % len(SHAPES)
    parts = np.array_split(labels, -(-len(labels) // 1000))  # bounds the memory that drawing takes
    pixels = np.concatenate([draw(part, generator, config.clutter) for part in parts])
    return divide(config.name, pixels, labels, tuple(SHAPES), config)


def draw(labels: Labels, generator: np.random.Generator, clutter: float = 0.3, size: int = 32) -> NDArray[np.float32]:
    """Draw one picture for each class index of ``SHAPES``.

    Args:
        labels: (image,) what to draw.
        generator: where chance comes from; the same state draws the same pictures.
        clutter: strength of the background's pattern, from 0 (plain) to 1 (as strong as the contrast).
        size: height and width in pixels.

    Returns:
        (image, 3, row, column), float32 in 0…1.
    """
    count = len(labels)
    place = np.arange(size, dtype=np.float32) - (size - 1) / 2  # pixel centres, the picture's middle being 0
    rows, columns = place[:, None], place[None, :]
    radius = _uniform(generator, 0.3 * size, 0.45 * size, count)
    room = size / 2 - radius  # the whole shape stays in the picture
    centre_row, centre_column = (_uniform(generator, -1, 1, count) * room for _ in range(2))
    across, down = _turn(rows - centre_row, columns - centre_column, _uniform(generator, 0, TAU, count))
    distance = np.empty((count, size, size), dtype=np.float32)
    for index, outline in enumerate(SHAPES.values()):
        chosen = labels == index
        distance[chosen] = outline((across / radius)[chosen], (down / radius)[chosen])
    inside = np.clip(0.5 - distance * radius, 0, 1)[:, None]  # the share of a pixel that the shape covers

    # in every channel the shape is brighter than what is behind it
    colour = generator.uniform(0.55, 1.0, (count, 3, 1, 1)).astype(np.float32)
    behind = colour - generator.uniform(0.35, 0.55, (count, 3, 1, 1)).astype(np.float32)
    shape = colour + 0.15 * _pattern(rows, columns, generator, count)
    background = behind + 0.5 * clutter * _pattern(rows, columns, generator, count)
    pixels = inside * shape + (1 - inside) * background
    return np.clip(pixels, 0, 1).astype(np.float32)


def _uniform(generator: np.random.Generator, low: float, high: float, count: int) -> Field:
    return generator.uniform(low, high, (count, 1, 1)).astype(np.float32)


def _turn(rows: Field, columns: Field, angle: Field) -> tuple[Field, Field]:
    """Coordinates along and across a direction, which is measured from the columns' axis."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return cosine * columns + sine * rows, cosine * rows - sine * columns


# ── textures ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _pattern(rows: Field, columns: Field, generator: np.random.Generator, count: int) -> Field:
    """A coloured texture for each picture, (image, 3, row, column), between -1 and 1."""
    kinds = generator.integers(len(TEXTURES), size=count)
    tint = generator.uniform(-1, 1, (count, 3, 1, 1)).astype(np.float32)
    across, down = _turn(rows, columns, _uniform(generator, 0, TAU, count))
    period = _uniform(generator, 4, 10, count)  # pixels
    phase = _uniform(generator, 0, TAU, count)
    strength = np.empty(across.shape, dtype=np.float32)
    for index, texture in enumerate(TEXTURES.values()):
        chosen = kinds == index
        scale = TAU / period[chosen]
        strength[chosen] = texture(across[chosen] * scale + phase[chosen], down[chosen] * scale, generator)
    return tint * strength[:, None]


def _clip(values: Field) -> Field:
    return np.clip(values, -1, 1)


TEXTURES: dict[str, Callable[[Field, Field, np.random.Generator], Field]] = {
    "solid": lambda across, down, generator: np.zeros_like(across),
    "stripes": lambda across, down, generator: _clip(3 * np.sin(across)),
    "checker": lambda across, down, generator: _clip(4 * np.sin(across) * np.sin(down)),
    "dots": lambda across, down, generator: _clip(3 * (np.cos(across) + np.cos(down) - 1)),
    "noise": lambda across, down, generator: 2 * generator.random(across.shape, dtype=np.float32) - 1,
    # down runs over less than ±36 radians: the picture's half diagonal over the shortest period
    "gradient": lambda across, down, generator: down / np.abs(down).max(axis=(1, 2), keepdims=True),
}


# ── outlines ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _polygon(corners: Sequence[tuple[float, float]], x: Field, y: Field) -> Field:
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


def _regular(corners: int, inner: float | None = None) -> Outline:
    """A regular polygon; with an inner radius, a star."""
    radii = (1.0,) if inner is None else (1.0, inner)
    total = corners * len(radii)
    points = [(radii[i % len(radii)], TAU * i / total) for i in range(total)]
    return partial(_polygon, [(float(r * np.cos(a)), float(r * np.sin(a))) for r, a in points])


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

SHAPES: dict[str, Outline] = {
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
