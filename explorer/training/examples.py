"""The runs that ship with the explorer: examples, which are nobody's."""

from explorer.places import SAMPLE_DATA
from explorer.training.run import Run

SHIPPED = SAMPLE_DATA / "runs"
OPENED_FIRST = ("cnn-on-digits", "pretrained-on-unseen-shapes", "rnn-on-digit-rows", "lstm-on-adding")  # one a page


def ships(run: Run) -> bool:
    """True if a run is one of the examples."""
    return run.path.is_relative_to(SHIPPED)
