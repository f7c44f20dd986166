"""The best step, and the changes of the learning rate, read from the metrics."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from explorer.training.marks import RateChange, best_step, rate_changes

NAN = np.nan


@dataclass
class Recorded:
    steps: list[int]
    losses: dict[int, float]

    def metrics(self) -> pd.DataFrame:
        return pd.DataFrame({"step": self.losses.keys(), "validation_loss": self.losses.values()})


@pytest.mark.parametrize(
    ("steps", "losses", "best"),
    [
        ([], {}, None),
        ([0], {0: 2.3}, 0),
        ([0, 2, 4], {0: 2.3, 1: NAN, 2: 0.5, 3: NAN, 4: 0.7}, 2),
        ([0, 2, 4], {0: 2.3, 2: 0.5, 4: 0.5}, 2),  # the first of equals
        ([0, 4], {0: 2.3, 2: 0.5, 4: 0.7}, 4),  # the disk had no room for the weights of step 2
        ([0, 2], {0: NAN, 2: NAN}, None),
        ([0, 2], {0: 2.3, 2: np.inf}, 0),  # what diverged is never best
        ([0, 2], {0: 2.3, 2: -np.inf}, 0),
    ],
)
def test_the_best_step_is_the_recorded_one_of_the_lowest_validation_loss(
    steps: list[int], losses: dict[int, float], best: int | None
) -> None:
    assert best_step(Recorded(steps, losses)) == best


def rates(*rows: tuple[float, bool]) -> pd.DataFrame:
    """A row an update, after the untrained network's, which has no rate."""
    frame = pd.DataFrame([(NAN, False), *rows], columns=["learning_rate", "by_hand"])
    return frame.assign(step=range(len(frame)))


@pytest.mark.parametrize(
    ("metrics", "changes"),
    [
        (rates(), []),
        (rates((0.3, False), (0.2, False), (0.1, False)), []),  # the schedule's own steps
        (rates((0.3, True), (0.3, True)), [RateChange(1, 0.3)]),  # before the first update
        (rates((0.3, False), (0.5, True), (0.1, False)), [RateChange(2, 0.5), RateChange(3, None)]),
        (rates((0.3, False), (0.5, True), (0.4, True), (0.4, True)), [RateChange(2, 0.5), RateChange(3, 0.4)]),
        (rates((0.3, False), (0.3, True), (0.3, False)), [RateChange(2, 0.3), RateChange(3, None)]),
    ],
)
def test_each_change_by_hand_is_known_with_its_first_update(metrics: pd.DataFrame, changes: list[RateChange]) -> None:
    assert rate_changes(metrics) == changes
