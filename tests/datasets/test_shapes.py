import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import datasets
from explorer.config import ShapesData
from explorer.datasets.shapes import SHAPES, draw

PLANE = np.linspace(-1.5, 1.5, 601, dtype=np.float32)
X, Y = np.broadcast_arrays(PLANE[None, None, :], PLANE[None, :, None])
PIXEL_AREA = float((PLANE[1] - PLANE[0]) ** 2)

# by hand, for the unit circle
AREAS = {
    "circle": np.pi,
    "triangle": 3 * np.sqrt(3) / 4,
    "square": 2.0,
    "pentagon": 2.5 * np.sin(2 * np.pi / 5),
    "star": 5 * 0.4 * np.sin(np.pi / 5),  # ten triangles with sides 1 and 0.4
    "cross": 2 * 1.9 * 0.6 - 0.6**2,
    "ring": np.pi * (1 - 0.5**2),
    "half disc": np.pi / 2,
    "arrow": 1.05 * 0.5 + 0.9 * 1.5 / 2,
    # a square of side 1/sqrt(2) with half a disc of radius sqrt(2)/4 on two of its sides, enlarged by 1/0.65
    "heart": (0.5 + np.pi / 8) / 0.65**2,
}


@pytest.mark.parametrize("name", SHAPES)
def test_an_outline_encloses_the_area_that_geometry_says(name: str) -> None:
    inside = SHAPES[name](X, Y) < 0
    assert inside.sum() * PIXEL_AREA == pytest.approx(AREAS[name], rel=0.01)


@pytest.mark.parametrize("name", SHAPES)
def test_an_outline_stays_in_the_unit_circle(name: str) -> None:
    assert np.hypot(X, Y)[SHAPES[name](X, Y) < -1e-6].max() <= 1


@pytest.mark.parametrize("name", SHAPES)
def test_an_outline_never_changes_faster_than_distance_does(name: str) -> None:
    distance = SHAPES[name](X, Y)
    step = PLANE[1] - PLANE[0]
    assert np.abs(np.diff(distance, axis=2)).max() <= step * 1.01
    assert np.abs(np.diff(distance, axis=1)).max() <= step * 1.01


def test_no_two_outlines_look_alike_at_any_angle() -> None:
    turned = {}
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    for name, outline in SHAPES.items():
        coarse = np.linspace(-1, 1, 41, dtype=np.float32)
        x, y = coarse[None, None, :], coarse[None, :, None]
        cosine, sine = (f(angles)[:, None, None].astype(np.float32) for f in (np.cos, np.sin))
        turned[name] = outline(cosine * x + sine * y, cosine * y - sine * x) < 0  # (angle, row, column)
    for first, one in turned.items():
        for second, other in turned.items():
            if first == second:
                continue
            overlap = (one[:1] & other).sum((1, 2)) / (one[:1] | other).sum((1, 2))
            assert overlap.max() < 0.85, (first, second)


def test_what_is_drawn_is_what_was_asked_for() -> None:
    """A plain picture's shape covers the area of its outline: measured from the colours, without the drawing code."""
    labels = np.repeat(np.arange(len(SHAPES)), 40)
    pictures = draw(labels, np.random.default_rng(0), clutter=0.0, size=64)
    corner = pictures[:, :, :1, :1]  # no shape reaches into the corner
    differs = (np.abs(pictures - corner).max(1) > 0.1).sum((1, 2))
    for index, name in enumerate(SHAPES):
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
        pictures = draw(np.full(300, list(SHAPES).index("circle")), np.random.default_rng(3), clutter)
        border = np.concatenate([pictures[:, :, 0], pictures[:, :, -1]], axis=2)
        deviations.append(np.median(border.std(2)))
    assert deviations[0] == pytest.approx(0, abs=1e-6)
    assert 0.02 < deviations[1] < deviations[2]


@settings(deadline=None, max_examples=25)
@given(
    labels=st.lists(st.integers(0, len(SHAPES) - 1), max_size=30),
    seed=st.integers(0, 10_000),
    clutter=st.floats(0, 1),
    size=st.sampled_from([8, 16, 32, 33]),
)
def test_pictures_are_colours_between_0_and_1_and_fixed_by_the_generator(
    labels: list[int], seed: int, clutter: float, size: int
) -> None:
    chosen = np.array(labels, dtype=np.int64)
    pictures = draw(chosen, np.random.default_rng(seed), clutter, size)
    assert pictures.shape == (len(labels), 3, size, size)
    assert pictures.dtype == np.float32
    assert np.isfinite(pictures).all()
    assert pictures.min(initial=0) >= 0
    assert pictures.max(initial=1) <= 1
    np.testing.assert_array_equal(pictures, draw(chosen, np.random.default_rng(seed), clutter, size))


def test_there_are_as_many_images_as_asked_for_equally_many_of_each_class() -> None:
    splits = datasets.load(ShapesData(examples=1230))
    counts = splits.describe().sum(axis=1)
    assert counts.sum() == 1230
    assert counts.max() - counts.min() <= 1
    assert len(counts) >= 10


def test_another_drawing_seed_draws_other_images() -> None:
    first, other = (datasets.load(ShapesData(examples=200, drawing_seed=seed)) for seed in (0, 1))
    assert not first.train.inputs.equal(other.train.inputs)
