"""Standard RNN against LSTM and GRU: same data, side by side."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from explorer.datasets.splits import Objective
from explorer.figures.curves import compare_runs
from explorer.training.run import ReadableRun
from explorer.ui.cache import model_at
from explorer.ui.chart import chart
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.views.sequence import lengths
from explorer.ui.views.sequence.gradients import colour_of, name_of, offer_missing, same_data, side_by_side


def draw(subject: SequenceSubject) -> None:
    """Draw a row for each kind of cell, their curves, their gradients through time, and their errors by length."""
    compared = same_data(subject)
    runs = {name_of(run): run for run in compared}
    table(runs, subject.splits.objective)
    st.caption(
        f"The baseline, {subject.splits.baseline_name}, has a loss of {subject.splits.baseline:.4g} "
        f"{subject.splits.unit}."
    )
    offer_missing(subject, compared)
    curves(runs, subject.splits.objective, subject.splits.baseline)
    side_by_side(subject, compared)
    lengths.draw(subject, compared)


def table(runs: Mapping[str, ReadableRun], objective: Objective) -> None:
    """Draw the size, cost and result of each run;"""
    rows = []
    for name, run in runs.items():
        state = run.state()
        with model_at(run, run.steps[-1]) as model:
            parameters = sum(parameter.numel() for parameter in model.parameters())
        metrics = run.metrics().dropna(subset=["validation_loss"])
        row = {
            "network": name,
            "parameters": f"{parameters:,}",
            "updates": f"{state.step:,}",
            "seconds": f"{state.seconds:.1f}",
            f"best validation loss, {objective.loss_unit}": f"{metrics['validation_loss'].min():.4g}",
            f"test loss, {objective.loss_unit}": "" if state.test_loss is None else f"{state.test_loss:.4g}",
        }
        if objective.is_classification:  # a regression has no accuracy
            row["test accuracy"] = "" if state.test_accuracy is None else f"{state.test_accuracy:.2%}"
        rows.append(row)
    st.dataframe(pd.DataFrame(rows), hide_index=True)


def curves(runs: Mapping[str, ReadableRun], objective: Objective, baseline: float | None) -> None:
    """Draw the validation losses on one axis, and for classification the accuracies on another."""
    metrics = {name: run.metrics() for name, run in runs.items()}
    colours = {name: colour_of(run) for name, run in runs.items()}
    losses = compare_runs(metrics, "validation_loss", "Validation loss", objective.loss_unit, baseline, colours)
    if not objective.is_classification:
        chart(losses, "compared", "loss-compared")
        return
    left, right = st.columns(2)
    with left:
        chart(losses, "compared", "loss-compared")
    with right:
        shares = compare_runs(metrics, "validation_accuracy", "Validation accuracy", "accuracy", None, colours)
        chart(shares, "compared-accuracy", "accuracy-compared")
