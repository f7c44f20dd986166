"""Early stopping: a run ends once its validation loss has stopped falling (Prechelt 1998, doi:10.1007/3-540-49430-8_3).

Only the evaluations that the schedule of snapshots plans are counted, and none of those before the end of the first
epoch, which lie close together: pauses and single steps evaluate too, and must not change when a run ends.
"""

import math
from dataclasses import dataclass

import pandas as pd


@dataclass
class Patience:
    """The evaluations of one run, in their order."""

    patience: int  # evaluations in a row without a lower loss; 0: endless
    first: int  # the step of the first evaluation that counts: the last of the first epoch
    best: float = float("inf")
    best_step: int = 0
    waited: int = 0  # evaluations that counted since the best

    def evaluated(self, step: int, loss: float) -> None:
        """Take one more evaluation into account; a loss that is not a number says nothing."""
        if math.isnan(loss):
            return
        if loss < self.best:
            self.best, self.best_step, self.waited = loss, step, 0
        elif step >= self.first:
            self.waited += 1

    @property
    def lost(self) -> bool:
        """True if the run is to end."""
        return 0 < self.patience <= self.waited

    @property
    def reason(self) -> str:
        """Why it ends, in a sentence."""
        return (
            f"Stopped early: the validation loss was lowest at step {self.best_step:,} ({self.best:.4g}), and "
            f"{self.waited} evaluation{'s' if self.waited > 1 else ''} after it found none lower."
        )

    def read(self, metrics: pd.DataFrame, scheduled: frozenset[int]) -> None:
        """Take every scheduled evaluation into account that is in a run's metrics."""
        rows = metrics[metrics["step"].isin(scheduled)]
        for step, loss in zip(rows["step"].tolist(), rows["validation_loss"].tolist(), strict=True):
            self.evaluated(step, loss)
