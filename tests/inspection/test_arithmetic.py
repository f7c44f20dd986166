from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.inspection import rounded_to_add_up
from explorer.inspection.arithmetic import written

NUMBERS = st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=30)


def shown(value: float, decimals: int) -> Decimal:
    """The number as it is written on the screen."""
    return Decimal(f"{value:.{decimals}f}")


@given(NUMBERS, st.integers(0, 6))
def test_shown_numbers_add_up_exactly_to_the_shown_total(values: list[float], decimals: int) -> None:
    total = float(np.sum(values))
    rounded = rounded_to_add_up(values, total, decimals)
    assert sum(shown(value, decimals) for value in rounded) == shown(total, decimals)


@given(NUMBERS, st.integers(0, 6))
def test_each_shown_number_is_within_one_unit_of_the_true_one(values: list[float], decimals: int) -> None:
    rounded = rounded_to_add_up(values, float(np.sum(values)), decimals)
    assert np.abs(rounded - values).max() <= 10**-decimals * (1 + 1e-6)


@given(st.lists(NUMBERS, min_size=1, max_size=6), st.integers(1, 4))
def test_a_sum_of_sums_adds_up_on_both_levels(groups: list[list[float]], decimals: int) -> None:
    sums = [float(np.sum(group)) for group in groups]
    terms = rounded_to_add_up(sums, float(np.sum(sums)), decimals)
    for group, term in zip(groups, terms, strict=True):
        rounded = rounded_to_add_up(group, term, decimals)
        assert sum(shown(value, decimals) for value in rounded) == shown(term, decimals)


def test_three_thirds_are_one() -> None:
    assert rounded_to_add_up([1 / 3] * 3, 1.0, 2).tolist() == [0.34, 0.33, 0.33]


def test_the_shape_is_kept() -> None:
    assert rounded_to_add_up(np.full((2, 3), 0.5), 3.0, 1).shape == (2, 3)


def test_numbers_that_do_not_add_up_are_refused_with_what_is_missing() -> None:
    with pytest.raises(ExplorerError, match=r"add up to 3\.0 .* to 5\.0; show the missing 2 "):
        rounded_to_add_up([1.0, 2.0], 5.0, 1)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(value: float) -> None:
    with pytest.raises(ExplorerError, match="finite"):
        rounded_to_add_up([value], 1.0, 1)


def test_more_decimals_than_the_numbers_have_are_refused() -> None:
    with pytest.raises(ExplorerError, match="20 decimals"):
        rounded_to_add_up([1.0], 1.0, 20)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.25, "0.2500"),
        (3.1e-7, "3.1e-7"),
        (4.9e-5, "4.9e-5"),
        (5.1e-5, "0.0001"),
        (-2e-9, "-2.0e-9"),
        (0.0, "0.0000"),
    ],
)
def test_a_number_that_its_decimals_would_show_as_0_is_a_power_of_ten(value: float, words: str) -> None:
    assert written(value, 4) == words
