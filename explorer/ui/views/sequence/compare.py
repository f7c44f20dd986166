"""Standard RNN against LSTM and GRU: same data, side by side."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from explorer.datasets.splits import Objective
from explorer.figures.curves import compare_runs
from explorer.training.accuracies import TOLD_SO_FAR, accuracies_of, is_told
from explorer.training.run import ReadableRun
from explorer.ui.cache import kept, model_at
from explorer.ui.chart import chart
from explorer.ui.run.runs import ACTIVE
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.views.sequence import chosen_runs, lengths, offers
from explorer.ui.views.sequence.chosen_runs import Network
from explorer.ui.views.sequence.gradients import side_by_side

FOLLOW_EVERY = 1.0  # seconds between two drawings of the curves while a compared network learns


def draw(subject: SequenceSubject) -> None:
    """Draw a row for each network, their curves, their gradients through time, and their errors by length."""
    compared = chosen_runs.choose(subject)
    table(compared, subject.splits.objective)
    st.caption(
        f"The baseline, {subject.splits.baseline_name}, has a loss of {subject.splits.baseline:.4g} "
        f"{subject.splits.unit}."
    )
    offers.offer_missing(subject)
    learning = any(run.status in ACTIVE for network in compared for run in network.runs)

    def follow() -> None:
        if learning and not any(run.status in ACTIVE for network in compared for run in network.runs):
            st.rerun(scope="app")  # the table and the names of the lines say that it has ended
        curves(compared, subject.splits.objective, subject.splits.baseline)

    st.fragment(follow, run_every=FOLLOW_EVERY if learning else None)()
    side_by_side(subject, compared)
    lengths.draw(subject, compared)


def table(compared: Sequence[Network], objective: Objective) -> None:
    """Draw the size, cost and result of each network; of several seeds the median and the range."""
    rows = []
    for network in compared:
        states = [run.state() for run in network.runs]
        best = [run.metrics()["validation_loss"].min() for run in network.runs]
        row = {
            "network": network.name,
            "parameters": f"{parameters(network.runs[0]):,}",
            "updates": range_of([state.step for state in states], ",.0f"),
            "seconds": range_of([state.seconds for state in states], ".1f"),
            f"best validation loss, {objective.loss_unit}": range_of(best, ".4g"),
            f"test loss, {objective.loss_unit}": range_of([state.test_loss for state in states], ".4g"),
        }
        found = [accuracies_of(run.config, state) for run, state in zip(network.runs, states, strict=True)]
        for name in dict.fromkeys(name for one in found for name in one):  # a regression has no accuracy
            row[name] = range_of([one.get(name) for one in found], ".2%")
        rows.append(row)
    st.dataframe(pd.DataFrame(rows), hide_index=True)


def range_of(values: Sequence[float | None], form: str) -> str:
    """The median of some numbers, with the smallest and the largest of several; empty if one is unknown."""
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return ""
    middle, low, high = (format(float(value), form) for value in (np.median(known), min(known), max(known)))
    return middle if low == high else f"{middle} ({low} to {high})"


@kept(64)
def parameters(run: ReadableRun) -> int:
    """The number of parameters of a run's network."""
    with model_at(run, run.steps[-1]) as model:
        return sum(parameter.numel() for parameter in model.parameters())


def curves(compared: Sequence[Network], objective: Objective, baseline: float | None) -> None:
    """Draw the validation losses on one axis, and for classification the accuracies on another."""
    metrics = {network.name: pd.concat([run.metrics() for run in network.runs]) for network in compared}
    colours = {network.name: network.colour for network in compared}
    losses = compare_runs(metrics, "validation_loss", "Validation loss", objective.loss_unit, baseline, colours)
    if not objective.is_classification:
        chart(losses, "compared", "loss-compared")
        return
    left, right = st.columns(2)
    with left:
        chart(losses, "compared", "loss-compared")
    with right:
        unit = TOLD_SO_FAR if is_told(compared[0].runs[0].config) else "accuracy"
        shares = compare_runs(metrics, "validation_accuracy", "Validation accuracy", unit, None, colours)
        chart(shares, "compared-accuracy", "accuracy-compared")
