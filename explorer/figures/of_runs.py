"""One run in, one figure out: readable on a light and a dark ground."""

from collections.abc import Iterable
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.figures.curves import learning_curve
from explorer.figures.drawable import Measured, Update
from explorer.figures.ground import on_any_ground


def learning_curves(run: Measured | Iterable[Update], *, quantity: Literal["loss", "accuracy"] = "loss") -> go.Figure:
    """The loss or the accuracy against the training step, for the training batches and the validation split.

    Args:
        run: an ``explorer.Run``, or the records that ``explorer.train`` has yielded.
        quantity: "loss" or "accuracy".
    """
    metrics = _table(run) if isinstance(run, Iterable) else run.metrics()
    numbers = metrics.empty or metrics[["accuracy", "validation_accuracy"]].isna().all(axis=None)
    unit = "squared error" if quantity == "loss" and numbers else ""
    total = 1 if metrics.empty else int(metrics["step"].max())
    return on_any_ground(learning_curve(metrics, quantity, total, unit=unit))


def _table(records: Iterable[Update]) -> pd.DataFrame:
    names = ("step", "loss", "accuracy", "validation_loss", "validation_accuracy")
    return pd.DataFrame(map(_row, records), columns=list(names))


def _row(record: Update) -> tuple[float, ...]:
    checked = record.validation
    measured = (np.nan, np.nan) if checked is None else (checked.loss, checked.accuracy)
    return (record.step, record.loss, record.accuracy, *measured)
