"""The learning curves above the slider: each recorded step at the slider's place, losses between bottom and top."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from explorer.figures.strip import MOST_POINTS, loss_strip


def metrics(loss: dict[int, float], validation: dict[int, float]) -> pd.DataFrame:
    steps = sorted({*loss, *validation})
    columns = {"loss": loss, "validation_loss": validation}
    return pd.DataFrame(
        {"step": steps} | {name: [of.get(step, np.nan) for step in steps] for name, of in columns.items()}
    )


def test_recorded_steps_lie_at_even_places_and_losses_are_logarithmic() -> None:
    (line,) = loss_strip(metrics({}, {0: 10.0, 1: 1.0, 100: 0.1}), [0, 1, 100])
    assert line.name == "validation"
    assert line.points == [(0.0, 1.0), (0.5, 0.5), (1.0, 0.0)]


def test_between_two_places_a_step_lies_where_its_number_does() -> None:
    training, _ = loss_strip(metrics({50: 1.0}, {0: 4.0, 100: 1.0, 200: 2.0}), [0, 100, 200])
    assert training.points[0][0] == 0.25


def test_a_loss_of_0_is_drawn_on_a_linear_scale() -> None:
    (line,) = loss_strip(metrics({}, {0: 4.0, 1: 1.0, 2: 0.0}), [0, 1, 2])
    assert [height for _, height in line.points] == [1.0, 0.25, 0.0]


@pytest.mark.parametrize("steps", [[], [0]])
def test_there_is_no_strip_before_the_second_recorded_step(steps: list[int]) -> None:
    assert loss_strip(metrics({1: 1.0}, {0: 1.0}), steps) == []


def test_what_lies_beyond_the_recorded_steps_is_left_out() -> None:
    (line,) = loss_strip(metrics({5: 1.0, 7: 2.0, 20: 3.0}, {}), [5, 7])
    assert [place for place, _ in line.points] == [0.0, 1.0]


@given(
    steps=some.sets(some.integers(0, 5000), min_size=2, max_size=30).map(sorted),
    losses=some.dictionaries(some.integers(0, 5000), some.floats(1e-6, 100), max_size=600),
)
def test_every_point_lies_in_the_strip_and_goes_to_the_right(steps: list[int], losses: dict[int, float]) -> None:
    for line in loss_strip(metrics(losses, dict.fromkeys(steps, 1.0)), steps):
        assert len(line.points) <= max(MOST_POINTS, len(steps))
        places = [place for place, _ in line.points]
        assert places == sorted(places)
        assert all(0 <= number <= 1 and math.isfinite(number) for point in line.points for number in point)
