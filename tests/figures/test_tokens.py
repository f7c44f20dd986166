import numpy as np

from explorer.figures.tokens import MOST_TOKENS, token_probabilities


def test_the_most_probable_tokens_are_at_the_top_and_the_true_one_is_included() -> None:
    probabilities = np.linspace(0.1, 0.0, 20)
    bars = token_probabilities([chr(97 + index) for index in range(20)], probabilities, "t", "Next").data[0]
    np.testing.assert_allclose(bars.x, [*probabilities[: MOST_TOKENS - 1], probabilities[19]], rtol=1e-6)
    assert (bars.hovertext[0], bars.hovertext[-1]) == ("a", "t ✓")
    assert bars.marker.color[-1] != bars.marker.color[0]


def test_no_token_is_marked_if_the_truth_is_unknown() -> None:
    bars = token_probabilities(["\n", " "], np.array([0.25, 0.75]), None, "Next").data[0]
    assert list(bars.hovertext) == ["·", "⏎"]
    assert list(bars.text) == ["75.0%", "25.0%"]
