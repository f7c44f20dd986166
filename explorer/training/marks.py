"""What stands out in a run's metrics: its best step, and where the learning rate was changed by hand."""

from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd


class Recorded(Protocol):
    """The part of a :class:`~explorer.training.Run` that is used here."""

    @property
    def steps(self) -> list[int]:
        """The steps whose weights were kept."""
        ...

    def metrics(self) -> pd.DataFrame:
        """One row per update."""
        ...


class RateChange(NamedTuple):
    """A change of the learning rate by a person."""

    step: int  # the first update with it
    rate: float | None  # None: the schedule's again

    @property
    def words(self) -> str:
        """What a person did."""
        return "back to the schedule" if self.rate is None else f"rate set to {self.rate:g} by hand"


def best_step(run: Recorded) -> int | None:
    """The recorded step with the lowest loss on the validation split, the first of equals; None before any.

    Every update whose validation loss is measured is recorded too, so that its weights can be looked into.

    Raises:
        ExplorerError: if the metrics cannot be read.
    """
    metrics = run.metrics()
    loss = metrics["validation_loss"].to_numpy()
    recorded = metrics["step"].isin(run.steps).to_numpy()
    candidates = np.where(recorded & np.isfinite(loss), loss, np.inf)
    if not np.isfinite(candidates).any():
        return None
    return int(metrics["step"].iloc[int(candidates.argmin())])


def rate_changes(metrics: pd.DataFrame) -> list[RateChange]:
    """Where the learning rate was set by hand, or given back to the schedule.

    Args:
        metrics: a row an update, with the columns step, learning_rate and by_hand.
    """
    updates = metrics[metrics["step"] > 0]
    by_hand = updates["by_hand"].to_numpy(bool)
    rates = np.where(by_hand, updates["learning_rate"].to_numpy(), 0.0)  # 0: the schedule's, which no hand can set
    changed = np.flatnonzero(rates != np.append(0.0, rates[:-1]))
    steps = updates["step"].to_numpy()
    return [RateChange(int(steps[place]), float(rates[place]) or None) for place in changed]
