"""The accuracies of a finished run, each under the name of what it measures."""

from explorer.config import RunConfig
from explorer.training.state import RunState

PLAIN = "test accuracy"
TOLD_SO_FAR = "accuracy per character, told the right answer so far"
TOLD = f"test {TOLD_SO_FAR}"
WRITTEN = "test accuracy of whole answers, written freely"
ENCODER_DECODER = "many-to-many encoder-decoder"


def accuracies_of(config: RunConfig | None, state: RunState) -> dict[str, float]:
    """The accuracies on the test split, from 0 to 1, by their names; none before the end, and none of numbers.

    An encoder-decoder has two: per character while it reads the right answer so far (teacher forcing), and of whole
    answers that it writes by itself.
    """
    if state.test_accuracy is None:
        return {}
    if not is_told(config):
        return {PLAIN: state.test_accuracy}
    return {TOLD: state.test_accuracy, **({} if state.test_written is None else {WRITTEN: state.test_written})}


def is_told(config: RunConfig | None) -> bool:
    """True if a network reads the right answer so far during training: an encoder-decoder."""
    return config is not None and getattr(config.dataset, "architecture", "") == ENCODER_DECODER
