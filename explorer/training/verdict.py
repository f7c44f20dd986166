"""Whether a finished run learnt anything: its test loss beside that of a prediction without a network."""

from explorer.datasets.sequences import Sequences
from explorer.datasets.splits import Splits
from explorer.training.state import RunState

LEAST = 0.05  # of the baseline's loss, by which a network must be better


def nothing_learnt(state: RunState, splits: Splits | Sequences) -> str:
    """A sentence on a run that is no better than its baseline; empty for every other one, and before the end."""
    if state.status != "finished" or state.test_loss is None:
        return ""
    if isinstance(splits, Sequences):
        if state.test_loss < (1 - LEAST) * splits.baseline:
            return ""
        return (
            f"This network has learnt next to nothing: its test loss is {state.test_loss:.4g} {splits.unit}, and "
            f"{splits.baseline_name} has {splits.baseline:.4g}. Compare it with another cell, or train it longer."
        )
    counts = splits.test.targets.bincount()
    usual = int(counts.max()) / int(counts.sum())
    if state.test_accuracy is None or state.test_accuracy > usual:
        return ""
    return (
        f"This network has learnt nothing: its test accuracy is {state.test_accuracy:.1%}, and always choosing the "
        f"most frequent class has {usual:.1%}. Try another learning rate."
    )
