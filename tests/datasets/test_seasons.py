"""The season that a series has, and the forecast that repeats it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.config import PassengersData, SunspotsData
from explorer.datasets.measurements import read
from explorer.datasets.seasons import season_of, seasonal

ROWS = np.arange(200)
SHAPES = {
    "a wave on a trend": lambda season: 10 * np.sin(2 * np.pi * ROWS / season) + 0.1 * ROWS,
    "a wave that grows": lambda season: (1 + ROWS / 50) * 10 * np.sin(2 * np.pi * ROWS / season) + 0.1 * ROWS**1.5,
    "one high value in each season": lambda season: 10.0 * (ROWS % season == 0) + 0.1 * ROWS,
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("season", [3, 5, 7, 12, 24, 52])
def test_a_season_is_found_under_a_trend_and_noise(shape: str, season: int) -> None:
    noise = np.random.default_rng(season).normal(size=len(ROWS))
    assert season_of(SHAPES[shape](season) + noise) == season


def test_months_repeat_after_a_year_and_sunspots_after_eleven() -> None:
    assert season_of(read(PassengersData()).values) == 12
    assert season_of(read(SunspotsData()).values[:201]) == 11  # the training span of the default shares


@pytest.mark.parametrize("values", [np.arange(60.0), np.full(60, 5.0), np.arange(4.0), np.exp(ROWS / 50)])
def test_what_only_grows_or_stays_has_no_season(values: np.ndarray) -> None:
    assert season_of(values) is None


def test_noise_seldom_has_a_season() -> None:
    found = [season_of(np.random.default_rng(seed).normal(size=200)) for seed in range(100)]
    assert sum(season is not None for season in found) <= 5


@given(st.integers(1, 12), st.integers(1, 30), st.integers(0, 20))
def test_each_value_is_that_of_the_last_whole_season_before_the_forecast(season: int, steps: int, further: int) -> None:
    values = np.random.default_rng(0).normal(size=60)
    row = season + further
    known = list(values[:row])
    for _ in range(steps):
        known.append(known[len(known) - season])
    found = seasonal(values, np.array([row, season - 1]), steps, season)
    np.testing.assert_array_equal(found[0], known[row:])
    assert np.isnan(found[1, 0])  # no whole season stands before this place
