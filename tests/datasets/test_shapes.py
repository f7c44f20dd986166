import hashlib
import math
from collections.abc import Callable, Iterable
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import datasets
from explorer.config import ShapesData
from explorer.datasets.outlines import BASIC, MORE, UNSEEN
from explorer.datasets.shapes import CLASSES, draw, draw_hard

PLANE = np.linspace(-1.5, 1.5, 601, dtype=np.float32) + np.float32(0.0021)  # no point lies on a straight edge
X, Y = np.broadcast_arrays(PLANE[None, None, :], PLANE[None, :, None])
PIXEL_AREA = float((PLANE[1] - PLANE[0]) ** 2)
OUTLINES = BASIC | MORE | UNSEEN
Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]  # whether points lie inside, from their x and y


def shoelace(*corners: tuple[float, float]) -> float:
    """The area of a polygon from its corners alone."""
    following = [*corners[1:], corners[0]]
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(corners, following, strict=True))) / 2


def seen(inside: Rule) -> float:
    """The area of what a plain rule says lies inside, counted on a grid."""
    grid = np.linspace(-1, 1, 400, endpoint=False) + 1 / 400
    return float(inside(grid[:, None], grid[None, :]).sum()) * (2 / 400) ** 2


def near(centres: list[tuple[float, float]], radius: float) -> Rule:
    return lambda x, y: any_of(np.hypot(x - a, y - b) < radius for a, b in centres)


def any_of(rules: Iterable[np.ndarray]) -> np.ndarray:
    return np.asarray(np.stack(list(rules)).any(axis=0))


def around(distance: float, count: int) -> list[tuple[float, float]]:
    turns = [2 * math.pi * i / count for i in range(count)]
    return [(distance * math.cos(turn), distance * math.sin(turn)) for turn in turns]


def turned(x: np.ndarray, y: np.ndarray, count: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """A point as each of the copies around the origin sees it."""
    return [(x * a + y * b, y * a - x * b) for a, b in around(1, count)]


def star(corners: int, inner: float) -> float:
    return corners * inner * math.sin(math.pi / corners)  # two triangles a corner, with sides 1 and inner


def overlap(other: float, distance: float) -> float:
    """Of two discs, one of radius 1."""
    one = math.acos((distance**2 + 1 - other**2) / (2 * distance))
    two = math.acos((distance**2 + other**2 - 1) / (2 * distance * other))
    return one - math.sin(2 * one) / 2 + other**2 * (two - math.sin(2 * two) / 2)


WINDING = [(r * math.cos(a), r * math.sin(a)) for r, a in np.linspace((0.1, 0), (0.9, 3.5 * math.pi), 200).tolist()]
Y_SHAPE = [
    (a * t, b * t) for a, b in ((-0.85, 0.0), (0.58, 0.63), (0.58, -0.63)) for t in np.linspace(0, 1, 60).tolist()
]
ZIGZAG = [(-0.75, 0.45), (-0.25, -0.5), (0.25, 0.5), (0.75, -0.45)]
Z_SHAPE = [
    (a + t * (c - a), b + t * (d - b)) for (a, b), (c, d) in pairwise(ZIGZAG) for t in np.linspace(0, 1, 60).tolist()
]

# by hand, for the unit circle; where parts overlap oddly, by a plain rule
AREAS = {
    "circle": np.pi,
    "triangle": 3 * np.sqrt(3) / 4,
    "square": 2.0,
    "pentagon": 2.5 * np.sin(2 * np.pi / 5),
    "star": star(5, 0.4),
    "cross": 2 * 1.9 * 0.6 - 0.6**2,
    "ring": np.pi * (1 - 0.5**2),
    "half disc": np.pi / 2,
    "arrow": 1.05 * 0.5 + 0.9 * 1.5 / 2,
    # a square of side 1/sqrt(2) with half a disc of radius sqrt(2)/4 on two of its sides, enlarged by 1/0.65
    "heart": (0.5 + np.pi / 8) / 0.65**2,
    "ellipse": math.pi / 2,
    "bar": 1.9 * 0.5,
    "asterisk": seen(lambda x, y: any_of((abs(a) < 0.95) & (abs(b) < 0.15) for a, b in turned(x, y, 3))),
    "three-pointed star": star(3, 0.25),
    "four-pointed star": star(4, 0.35),
    "six-pointed star": star(6, 0.58),
    "crescent": math.pi - overlap(0.8, 0.45),
    # the disc less the sector between the tangents' feet, and the kite of the two tangents
    "drop": 0.65**2 * (math.pi - math.acos(0.65 / 1.35)) + 0.65 * math.sqrt(1.35**2 - 0.65**2),
    "letter L": 0.4 * 1.6 + 0.7 * 0.4,
    "letter T": 0.4 * 1.4 + 1.15 * 0.4,
    "letter U": 0.4 * 1.3 + 2 * 1.05 * 0.4,
    "letter H": 2 * 1.5 * 0.37 + 0.4 * 0.56,
    "letter E": 0.35 * 1.64 + 0.77 * (0.32 + 2 * 0.36),
    "zigzag": seen(near(Z_SHAPE, 0.12)),
    # of each of eight teeth: its sides, its top and the gap after it
    "gear": 8 * (0.68 * math.sin(math.pi / 40) + math.sin(math.pi / 10) / 2 + 0.68**2 * math.sin(math.pi / 10) / 2),
    "flower": seen(lambda x, y: near([(0, 0)], 0.4)(x, y) | near(around(0.68, 5), 0.3)(x, y)),
    "clover": 3 * math.pi * 0.45**2,
    "lightning": shoelace(
        (0.15, 0.95), (-0.55, -0.1), (-0.05, -0.1), (-0.25, -0.95), (0.55, 0.2), (0.05, 0.2), (0.45, 0.8)
    ),
    "sector": 0.75 * math.pi,
    "square frame": 2 - (math.sqrt(2) - 0.72) ** 2,
    "triangle frame": 3 * math.sqrt(3) / 4 * (1 - 0.44**2),  # the inner circle's radius is 0.5, and 0.22 is left
    "chevron": 2 * shoelace((0.75, 0.0), (-0.3, 0.9), (-0.6, 0.6), (0.1, 0.0)),
    "double arrow": 0.9 * 0.4 + 2 * 0.55 * 1.2 / 2,
    # of the bar what lies in neither disc
    "dumbbell": 2 * math.pi * 0.36**2
    + 1.24 * 0.24
    - 2 * (0.12 * math.sqrt(0.36**2 - 0.12**2) + 0.36**2 * math.asin(0.12 / 0.36)),
    "house": 0.9 * 1.2 + 0.8 * 1.6 / 2,
    "spiral": seen(near(WINDING, 0.1)),
    "target": math.pi * (0.36**2 + 1 - 0.64**2),
    "kite": 1.55 * 1.2 / 2,
    "trapezoid": 0.9 * (0.8 + 1.76) / 2,
    "mushroom": 0.95**2 * (math.acos(0.1 / 0.95)) - 0.1 * math.sqrt(0.95**2 - 0.1**2) + 0.95 * 0.56,
    "aeroplane": 2
    * shoelace(
        *[(1.0, 0.0), (0.8, 0.14), (0.3, 0.15), (-0.15, 0.9), (-0.42, 0.9), (-0.2, 0.15), (-0.65, 0.12)],
        *[(-0.75, 0.4), (-0.9, 0.4), (-0.85, 0.0)],
    ),
    "arch": math.pi * (1 - 0.44**2) / 2,
    "fish": math.pi * 0.72 * 0.42 + 0.44 * 0.84 / 2,
    "four dots": 4 * math.pi * 0.33**2,
    "hourglass": 2 * 0.75 * (0.18 + 1.24) / 2,
    "key": math.pi * (0.42**2 - 0.2**2)
    + 1.02 * 0.22
    + 2 * 0.18 * 0.29
    - seen(lambda x, y: (np.abs(np.hypot(x + 0.5, y) - 0.31) < 0.11) & (x > -0.12) & (abs(y) < 0.11)),
    "letter Y": seen(near(Y_SHAPE, 0.13)),
    "nut": 1.5 * math.sqrt(3) - math.pi * 0.25,
    "propeller": seen(
        lambda x, y: any_of(
            (np.hypot(x, y) < 0.2) | (((a - 0.56) / 0.43) ** 2 + (b / 0.24) ** 2 < 1) for a, b in turned(x, y, 3)
        )
    ),
    "stairs": 0.5 * (0.4 + 0.8 + 1.2),
}


def test_there_are_classes_enough_and_pretraining_sees_none_of_the_unseen() -> None:
    assert len(BASIC) == 10
    assert len(CLASSES["pretraining"]) == 40
    assert set(BASIC) < set(CLASSES["pretraining"])
    assert len(UNSEEN) == 10
    assert not set(UNSEEN) & set(CLASSES["pretraining"])


@pytest.mark.parametrize("name", OUTLINES)
def test_an_outline_encloses_the_area_that_geometry_says(name: str) -> None:
    inside = OUTLINES[name](X, Y) < 0
    assert inside.sum() * PIXEL_AREA == pytest.approx(AREAS[name], rel=0.01)


@pytest.mark.parametrize("name", OUTLINES)
def test_an_outline_stays_in_the_unit_circle(name: str) -> None:
    assert np.hypot(X, Y)[OUTLINES[name](X, Y) < -1e-6].max() <= 1


@pytest.mark.parametrize("name", OUTLINES)
def test_an_outline_never_changes_faster_than_distance_does(name: str) -> None:
    distance = OUTLINES[name](X, Y)
    step = PLANE[1] - PLANE[0]
    assert np.abs(np.diff(distance, axis=2)).max() <= step * 1.01
    assert np.abs(np.diff(distance, axis=1)).max() <= step * 1.01


def test_no_two_outlines_look_alike_at_any_angle() -> None:
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    coarse = np.linspace(-1, 1, 41, dtype=np.float32)
    x, y = coarse[None, None, :], coarse[None, :, None]
    cosine, sine = (f(angles)[:, None, None].astype(np.float32) for f in (np.cos, np.sin))
    every_way = {
        name: outline(cosine * x + sine * y, cosine * y - sine * x) < 0  # (angle, row, column)
        for name, outline in OUTLINES.items()
    }
    for (first, one), (second, other) in combinations(every_way.items(), 2):
        shared = (one[:1] & other).sum((1, 2)) / (one[:1] | other).sum((1, 2))
        assert shared.max() < 0.85, (first, second)


def test_the_basic_pictures_never_change() -> None:
    """Runs that were trained on a seed's pictures still meet the same ones: hashes of those of version 0.1.0."""
    pictures = draw(np.arange(20) % 10, np.random.default_rng(7), 0.6)
    digest = hashlib.sha256((pictures * 255).round().astype(np.uint8).tobytes()).hexdigest()
    assert digest == "6dd5a1d58faf79c95eed842e7f1a22bb150e207c62b9ba222705bdba2f093621"
    splits = datasets.load(ShapesData(examples=1230, clutter=0.8, drawing_seed=5))
    parts = [splits.pictures(splits.split(name).inputs).ravel() for name in ("train", "validation", "test")]
    digest = hashlib.sha256(np.concatenate(parts).tobytes()).hexdigest()
    assert digest == "d0c0f1e84c9b6edcb6d9d23cf3cb3339ed4d995370a12bc50c177942e72b3e74"


def test_what_is_drawn_is_what_was_asked_for() -> None:
    """A plain picture's shape covers the area of its outline: measured from the colours, without the drawing code."""
    labels = np.repeat(np.arange(len(BASIC)), 40)
    pictures = draw(labels, np.random.default_rng(0), clutter=0.0, size=64)
    corner = pictures[:, :, :1, :1]  # no shape reaches into the corner
    differs = (np.abs(pictures - corner).max(1) > 0.1).sum((1, 2))
    for index, name in enumerate(BASIC):
        radius = np.sqrt(differs[labels == index] / AREAS[name])
        assert radius.min() > 0.3 * 64 - 1.5
        assert radius.max() < 0.45 * 64 + 1.5


def test_a_shape_is_brighter_than_a_plain_background_in_every_channel_by_a_third_of_the_range() -> None:
    pictures = draw(np.zeros(200, dtype=np.int64), np.random.default_rng(1), clutter=0.0, size=32)
    corner = pictures[:, :, 0, 0]
    difference = pictures - corner[:, :, None, None]
    assert difference.max((2, 3)).min() > 0.33  # (picture, channel)
    assert difference.min() > -1e-6


def test_edges_are_smooth() -> None:
    pictures = draw(np.zeros(50, dtype=np.int64), np.random.default_rng(2), clutter=0.0)
    corner = pictures[:, :, :1, :1]
    difference = np.abs(pictures - corner).max(1)
    assert ((difference > 0.03) & (difference < 0.3)).sum((1, 2)).min() >= 4


def test_clutter_strengthens_the_background_alone() -> None:
    deviations = []
    for clutter in (0.0, 0.3, 1.0):
        pictures = draw(np.full(300, list(BASIC).index("circle")), np.random.default_rng(3), clutter)
        border = np.concatenate([pictures[:, :, 0], pictures[:, :, -1]], axis=2)
        deviations.append(np.median(border.std(2)))
    assert deviations[0] == pytest.approx(0, abs=1e-6)
    assert 0.02 < deviations[1] < deviations[2]


@settings(deadline=None, max_examples=25)
@given(
    labels=st.lists(st.integers(0, len(BASIC) - 1), max_size=30),
    seed=st.integers(0, 10_000),
    clutter=st.floats(0, 1),
    size=st.sampled_from([8, 16, 32, 33]),
    paint=st.sampled_from([draw, draw_hard]),
)
def test_pictures_are_colours_between_0_and_1_and_fixed_by_the_generator(
    labels: list[int], seed: int, clutter: float, size: int, paint: Callable[..., Any]
) -> None:
    chosen = np.array(labels, dtype=np.int64)
    pictures = paint(chosen, np.random.default_rng(seed), clutter, size)
    assert pictures.shape == (len(labels), 3, size, size)
    assert pictures.dtype == np.float32
    assert np.isfinite(pictures).all()
    assert pictures.min(initial=0) >= 0
    assert pictures.max(initial=1) <= 1
    np.testing.assert_array_equal(pictures, paint(chosen, np.random.default_rng(seed), clutter, size))


def test_there_are_as_many_images_as_asked_for_equally_many_of_each_class() -> None:
    splits = datasets.load(ShapesData(examples=1230))
    counts = splits.describe().sum(axis=1)
    assert counts.sum() == 1230
    assert counts.max() - counts.min() <= 1
    assert len(counts) >= 10


def test_another_drawing_seed_draws_other_images() -> None:
    first, other = (datasets.load(ShapesData(examples=200, drawing_seed=seed)) for seed in (0, 1))
    assert not first.train.inputs.equal(other.train.inputs)


@pytest.mark.parametrize("classes", ["basic", "pretraining", "unseen"])
def test_each_set_of_classes_is_drawn_with_its_own_names_and_every_class_in_every_split(classes: str) -> None:
    splits = datasets.load(ShapesData.model_validate({"classes": classes, "examples": 600}))
    assert splits.class_names == tuple(CLASSES[classes])
    assert splits.describe().to_numpy().min() >= 1
    assert splits.input_shape == (3, 32, 32)


def test_hard_pictures_show_shapes_darker_and_paler_than_what_is_behind_them_and_some_without_colour() -> None:
    solid = {"all": lambda x, y: np.hypot(x, y) - 0.7}
    pictures = draw_hard(np.zeros(400, dtype=np.int64), np.random.default_rng(0), 0.0, outlines=solid)
    border = np.concatenate([pictures[:, :, 0], pictures[:, :, -1]], axis=2)
    difference = np.median(pictures[:, :, 14:18, 14:18], axis=(2, 3)) - np.median(border, axis=2)
    assert 0.3 < (difference.mean(1) > 0).mean() < 0.7
    # without colour a pixel's channels differ by the noise alone
    grey = np.abs(pictures - pictures.mean(1, keepdims=True)).mean((1, 2, 3)) < 0.06
    assert 0.1 < grey.mean() < 0.35
