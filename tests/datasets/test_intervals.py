"""Forecast intervals from the errors over the validation span."""

import numpy as np
import pytest

from explorer.datasets.intervals import widths


def test_the_width_is_the_smallest_error_that_nine_of_ten_do_not_exceed() -> None:
    errors = np.arange(1.0, 20)  # 19 places: the 18th smallest of 20 · 0.9
    found = widths(np.zeros((19, 1)), errors[::-1, None], logarithm=False)
    assert found.half.tolist() == [18]
    assert (found.coverage, found.places) == (0.9, 19)
    low, high = found.around(np.array([100.0]))
    assert (low.tolist(), high.tolist()) == ([82], [118])


def test_few_forecasts_give_the_largest_error_and_a_smaller_coverage() -> None:
    found = widths(np.zeros((4, 2)), np.array([[1.0, -8], [2, 5], [-3, 6], [0, 7]]), logarithm=False)
    assert found.half.tolist() == [3, 8]
    assert found.coverage == 4 / 5


def test_errors_of_a_logarithm_are_factors() -> None:
    found = widths(np.full((1, 1), 10.0), np.full((1, 1), 20.0), logarithm=True)
    low, high = found.around(np.array([100.0]))
    assert (low[0], high[0]) == (pytest.approx(50), pytest.approx(200))


@pytest.mark.parametrize("logarithm", [False, True])
def test_an_interval_holds_as_many_new_values_as_it_says(logarithm: bool) -> None:
    chance = np.random.default_rng(1)
    measured = 50 + chance.normal(size=(4000, 3)) * np.array([1, 2, 4])
    forecast = np.full((4000, 3), 50.0)
    held = []
    for start in range(0, 4000, 200):  # 20 validation spans of 100 forecasts, each with 100 later ones
        known, later = slice(start, start + 100), slice(start + 100, start + 200)
        found = widths(forecast[known], measured[known], logarithm=logarithm)
        held.append(found.covered(forecast[later], measured[later]))
    assert np.mean(held) == pytest.approx(0.9, abs=0.015)
