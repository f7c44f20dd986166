"""States: hidden and cell state, time by unit; units ranked by a feature, single units, and the coloured sequence."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st
import torch

from explorer.figures.states import coloured_text, state_heatmap, time_at, unit_ranking, unit_traces
from explorer.inspection.features import correlations
from explorer.ui.address.settings import STATE_KIND, TIME, TRACED_UNITS, UNIT, UNIT_ORDER
from explorer.ui.chart import Click, chart
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.subject.sequence_batch import choose_batch, values_of
from explorer.ui.views.sequence import feature, following
from explorer.ui.views.sequence.feature import Feature
from explorer.ui.views.sequence.timed import timed_chart
from explorer.ui.widgets import pick_from_list, pick_in_row, pick_many

BY_NUMBER, BY_ACTIVITY, BY_CORRELATION = "by number", "by activity", "by correlation with the feature"


def draw(subject: SequenceSubject) -> None:
    """Draw every unit over time, a ranking by a feature, traces, and the input coloured by the selected unit."""
    quantities = subject.trace().layers[subject.layer].quantities
    states = {"hidden state": quantities["hidden"][0].numpy().T}  # (unit, time)
    if "cell" in quantities:
        states["cell state"] = quantities["cell"][0].numpy().T
    chosen = choose_batch(subject)
    left, middle, right = st.columns(3)
    with left:
        name = pick_in_row(STATE_KIND, "State", list(states))
    with middle:
        order = pick_from_list(UNIT_ORDER, "Order of units", (BY_NUMBER, BY_ACTIVITY, BY_CORRELATION))
    with right:
        compared = feature.choose(subject, chosen)
    values = states[name]
    following.offer(subject, chosen, "cell" if name == "cell state" else "hidden")
    followed = _correlations(subject, "cell" if name == "cell state" else "hidden", compared)
    sorting = unit_order(values, order, followed)
    timed_chart(
        subject,
        state_heatmap(
            values[sorting],
            f"{name.capitalize()} of {len(values)} units over {values.shape[1]} time steps",
            subject.ticks,
            (subject.time, int(np.flatnonzero(sorting == subject.unit)[0])),
            unit_names=[str(unit) for unit in sorting],
        ),
        "states",
        "states",
        on_click=partial(_choose_cell, sorting.tolist()),
    )
    _ranking(subject, name, compared, followed, str(chosen))
    traced = TRACED_UNITS.variant(subject.unit, [subject.unit])
    units = pick_many(traced, "Units to trace", range(len(values)))
    if units:
        figure = unit_traces(values, units, f"{name.capitalize()} of the chosen units", subject.ticks, subject.time)
        timed_chart(subject, figure, "traces", "unit-traces")
    if subject.splits.vocabulary:
        title = f"The input, coloured by unit {subject.unit}"
        figure = coloured_text(subject.ticks, values[subject.unit], title)
        chart(figure, "text", "coloured-text", on_click=partial(_choose_time, subject))


def unit_order(values: np.ndarray, order: str, followed: np.ndarray) -> np.ndarray:
    """Unit numbers in an order: by number, the most active first, or the most correlated with the feature first.

    Args:
        values: (unit, time).
        order: one of the three orders.
        followed: each unit's correlation with the feature, (unit,).
    """
    if order == BY_ACTIVITY:
        return np.argsort(-np.abs(values).mean(axis=1), kind="stable")
    if order == BY_CORRELATION:
        return np.argsort(-np.abs(followed), kind="stable")
    return np.arange(len(values))


def _correlations(subject: SequenceSubject, quantity: str, compared: Feature) -> np.ndarray:
    states = torch.from_numpy(values_of(subject, quantity)[compared.asked])
    return np.asarray(correlations(states, compared.values[compared.asked]).numpy())


def _ranking(subject: SequenceSubject, state: str, compared: Feature, followed: np.ndarray, counted: str) -> None:
    """Draw the units by their correlation with the feature; a click selects one."""
    if np.ptp(compared.values[compared.asked]) == 0:
        st.info(f"“{compared.name}” is constant over {counted}, so no unit can follow it. Choose another feature.")
        return
    title = f"Units correlated with “{compared.name}”"
    figure, units = unit_ranking(followed, title, subject.unit)
    reading = (
        f"The correlation of each unit's {state} with “{compared.name}”, over {counted}: 1 if they rise and fall "
        "together, −1 if one falls as the other rises. Click a bar to select its unit."
    )
    chart(figure, "ranking", "unit-ranking", reading=reading, on_click=partial(_choose_unit, units))


def _choose_unit(units: Sequence[int], click: Click) -> None:
    UNIT.set(units[int(click.y)])


def _choose_cell(units: Sequence[int], click: Click) -> None:
    if float(click.y) > -0.5:  # below it is the strip of what is read
        UNIT.set(units[int(click.y)])
    TIME.set(int(click.x))


def _choose_time(subject: SequenceSubject, click: Click) -> None:
    time = time_at(subject.ticks, float(click.x), float(click.y))
    if time is not None:
        TIME.set(time)
