"""Generated text, and the units that follow a feature of it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.views.sequence.following import followers
from explorer.ui.views.sequence.generated import MOST_STEPS, marked, spread_over


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=60, unique=True).map(sorted))
def test_samples_are_shown_of_the_first_the_last_and_a_few_steps_between(steps: list[int]) -> None:
    shown = spread_over(steps)
    assert shown == sorted(set(shown))
    assert {steps[0], steps[-1]} <= set(shown) <= set(steps)
    assert len(shown) == min(MOST_STEPS, len(steps))


def test_what_was_given_and_what_was_generated_look_different_and_no_markup_passes() -> None:
    page = marked("<b>x", "y&")
    given_part, _, rest = page.partition("</span>")
    assert given_part.endswith("&lt;b&gt;x")
    assert "color:" in given_part
    assert "<span>y&amp;</span>" in rest


def test_the_unit_that_follows_a_feature_best_is_found_and_one_that_hardly_does_is_not() -> None:
    feature = np.array([0.0, 1, 0, 1, 1, 0, 0, 1])
    noise = np.array([1.0, 1, -1, -1, 1, 1, -1, -1])
    states = np.stack([noise, -feature, feature + 0.9 * noise], axis=1)
    [one] = followers(states, {"inside quotes": feature, "constant": np.ones(8)})
    assert (one.feature, one.unit) == ("inside quotes", 1)
    assert abs(one.correlation + 1) < 1e-9
