"""Drawn shapes: outlines at a random place, size, angle, colour and texture, with smooth edges.

The basic ones are drawn plainly. What a network is pretrained on, and what it has not seen, is made hard: the shape may
be darker or paler than what is behind it, small things lie around it, a bar may cover a part of it, and every pixel is
noisy.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from explorer.config import ShapesData
from explorer.datasets.images import Labels, divide
from explorer.datasets.outlines import BASIC, MORE, TAU, UNSEEN, Field, Outline
from explorer.datasets.splits import Splits

Canvas = NDArray[np.float32]  # (image, 3, row, column), in 0…1

CLASSES: dict[str, dict[str, Outline]] = {"basic": BASIC, "pretraining": BASIC | MORE, "unseen": UNSEEN}


def load(config: ShapesData) -> Splits:
    """Drawn shapes, the configured number of them, balanced over the classes."""
    outlines = CLASSES[config.classes]
    generator = np.random.default_rng(config.drawing_seed)
    labels = np.arange(config.examples) % len(outlines)
    parts = np.array_split(labels, -(-len(labels) // 1000))  # bounds the memory that drawing takes
    paint = draw if config.classes == "basic" else draw_hard
    pixels = np.concatenate([paint(part, generator, config.clutter, outlines=outlines) for part in parts])
    return divide(config.name, pixels, labels, tuple(outlines), config)


def draw(
    labels: Labels,
    generator: np.random.Generator,
    clutter: float = 0.3,
    size: int = 32,
    outlines: Mapping[str, Outline] = BASIC,
) -> Canvas:
    """Draw one plain picture for each class index: in every channel the shape is brighter than what is behind it.

    Args:
        labels: (image,) what to draw: indices of ``outlines``.
        generator: where chance comes from; the same state draws the same pictures.
        clutter: strength of the background's pattern, from 0 (plain) to 1 (as strong as the contrast).
        size: height and width in pixels.
        outlines: the classes.

    Returns:
        (image, 3, row, column), float32 in 0…1.
    """
    count = len(labels)
    rows, columns = _places(size)
    inside = _cover(labels, generator, size, outlines)
    colour = generator.uniform(0.55, 1.0, (count, 3, 1, 1)).astype(np.float32)
    behind = colour - generator.uniform(0.35, 0.55, (count, 3, 1, 1)).astype(np.float32)
    shape = colour + 0.15 * _pattern(rows, columns, generator, count)
    background = behind + 0.5 * clutter * _pattern(rows, columns, generator, count)
    return np.clip(_over(background, shape, inside), 0, 1)


def draw_hard(
    labels: Labels,
    generator: np.random.Generator,
    clutter: float = 0.3,
    size: int = 32,
    outlines: Mapping[str, Outline] = UNSEEN,
) -> Canvas:
    """Draw one picture for each class index in which the shape is harder to make out; as :func:`draw` otherwise."""
    count = len(labels)
    rows, columns = _places(size)
    inside = _cover(labels, generator, size, outlines)
    behind = generator.random((count, 3, 1, 1), dtype=np.float32)
    pixels = behind + 0.5 * clutter * _pattern(rows, columns, generator, count)
    for _ in range(DISTRACTORS):
        pixels = _over(pixels, _colours(generator, count), _blob(rows, columns, generator, count, size))
    contrast = generator.standard_normal((count, 3, 1, 1)).astype(np.float32)
    contrast *= _uniform(generator, *CONTRAST, count)[:, None] / np.linalg.norm(contrast, axis=1, keepdims=True)
    contrast = np.where((behind + contrast > 1) | (behind + contrast < 0), -contrast, contrast)
    shape = behind + contrast + 0.15 * _pattern(rows, columns, generator, count)
    pixels = _over(pixels, shape, inside)
    pixels = _over(pixels, _colours(generator, count), _bar(rows, columns, generator, count, size))
    grey = generator.random((count, 1, 1, 1)) < GREY
    pixels = np.where(grey, pixels.mean(axis=1, keepdims=True), pixels)
    noise = generator.standard_normal(pixels.shape, dtype=np.float32)
    noisy: Canvas = np.clip(pixels + _uniform(generator, 0, NOISE, count)[:, None] * noise, 0, 1)
    return noisy


# ── what a picture is put together from ──────────────────────────────────────────────────────────────────────────────
DISTRACTORS = 4  # at most, behind the shape
CONTRAST = (0.35, 0.8)  # distance of the shape's colour from the background's, each channel from 0 to 1
GREY = 0.2  # the share of the pictures that have no colour
NOISE = 0.06  # the pixel noise's largest deviation


def _places(size: int) -> tuple[Field, Field]:
    """Pixel centres, the picture's middle being 0: rows (row, 1) and columns (1, column)."""
    place = np.arange(size, dtype=np.float32) - (size - 1) / 2
    return place[:, None], place[None, :]


def _cover(labels: Labels, generator: np.random.Generator, size: int, outlines: Mapping[str, Outline]) -> Field:
    """The share of each pixel that the shape covers, at a random place, size and angle: (image, row, column)."""
    count = len(labels)
    rows, columns = _places(size)
    radius = _uniform(generator, 0.3 * size, 0.45 * size, count)
    room = size / 2 - radius  # the whole shape stays in the picture
    centre_row, centre_column = (_uniform(generator, -1, 1, count) * room for _ in range(2))
    across, down = _turn(rows - centre_row, columns - centre_column, _uniform(generator, 0, TAU, count))
    distance = np.empty((count, size, size), dtype=np.float32)
    for index, outline in enumerate(outlines.values()):
        chosen = labels == index
        distance[chosen] = outline((across / radius)[chosen], (down / radius)[chosen])
    return _share(distance * radius)


def _blob(rows: Field, columns: Field, generator: np.random.Generator, count: int, size: int) -> Field:
    """The share of each pixel that a small disc or box covers, which lies anywhere, in every other picture."""
    centre_row, centre_column = (_uniform(generator, -size / 2, size / 2, count) for _ in range(2))
    across, down = _turn(rows - centre_row, columns - centre_column, _uniform(generator, 0, TAU, count))
    long, short = (_uniform(generator, 0.04 * size, 0.14 * size, count) for _ in range(2))
    box = np.maximum(np.abs(across) - long, np.abs(down) - short)
    distance = np.where(_uniform(generator, 0, 1, count) < 0.5, np.hypot(across, down) - long, box)
    return _share(distance) * (_uniform(generator, 0, 1, count) < 0.5)


def _bar(rows: Field, columns: Field, generator: np.random.Generator, count: int, size: int) -> Field:
    """The share of each pixel that a bar covers, which runs across the picture, in every other picture."""
    _, down = _turn(rows, columns, _uniform(generator, 0, TAU, count))
    aside, half = _uniform(generator, 0, 0.3 * size, count), _uniform(generator, 0.025 * size, 0.06 * size, count)
    return _share(np.abs(down - aside) - half) * (_uniform(generator, 0, 1, count) < 0.5)


def _share(distance: Field) -> Field:
    """The share of a pixel that is covered, from the distance of its centre to the edge in pixels."""
    share: Field = np.clip(0.5 - distance, 0, 1)
    return share


def _over(below: Canvas, above: Canvas, share: Field) -> Canvas:
    """Colours (image, 3, row, column) over others, where a share of each pixel (image, row, column) says so."""
    return (share[:, None] * above + (1 - share[:, None]) * below).astype(np.float32)


def _colours(generator: np.random.Generator, count: int) -> Canvas:
    return generator.random((count, 3, 1, 1), dtype=np.float32)


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
