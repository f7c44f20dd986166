import numpy as np
import pytest

from explorer.inspection.gradient_shares import gradient_shares, steps_to_little


def test_each_norm_is_a_share_of_the_norm_where_the_gradient_begins() -> None:
    gradients = np.array([[0.0, 0.0], [0.3, 0.4], [3.0, 4.0], [0.0, 0.0]])  # norms 0, 0.5, 5 and none after the answer
    np.testing.assert_allclose(gradient_shares(gradients, 2), [0, 0.1, 1, np.nan])


def test_in_reverse_the_gradient_flows_to_the_right() -> None:
    gradients = np.array([[0.0], [2.0], [1.0]])
    np.testing.assert_allclose(gradient_shares(gradients, 1, "reverse"), [np.nan, 1, 0.5])


def test_a_gradient_that_does_arrive_after_the_answer_is_drawn() -> None:
    np.testing.assert_allclose(gradient_shares(np.array([[1.0], [2.0], [4.0]]), 1), [0.5, 1, 2])


def test_no_gradient_at_the_answer_leaves_no_shares() -> None:
    assert np.isnan(gradient_shares(np.zeros((3, 2)), 2)).all()


def test_shares_far_below_what_float32_holds_are_kept() -> None:
    gradients = np.array([[1e-38], [1.0], [1e3]], np.float32)
    assert gradient_shares(gradients, 2)[0] == pytest.approx(1e-41, rel=1e-3)


@pytest.mark.parametrize(
    ("shares", "begins", "direction", "expected"),
    [
        ([1e-4, 0.009, 0.02, 1.0], 3, "forward", 2),
        ([0.5, 0.02, 0.02, 1.0], 3, "forward", None),
        ([1e-9, 1.0, 0.5, 0.001], 1, "reverse", 2),
    ],
)
def test_the_first_step_with_less_than_one_per_cent_is_counted_from_the_answer(
    shares: list[float], begins: int, direction: str, expected: int | None
) -> None:
    assert steps_to_little(np.array(shares), begins, direction) == expected
