"""Hidden and cell states: time by unit, the units that follow a feature, single units, and the sequence coloured."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st
import torch

from explorer.figures.states import coloured_text, state_heatmap, time_at, unit_ranking, unit_traces
from explorer.inspection.features import correlations
from explorer.ui.chart import Click, chart
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.subject.sequence_batch import choose_batch, values_of
from explorer.ui.views.sequence import feature
from explorer.ui.views.sequence.feature import Feature

BY_NUMBER, BY_ACTIVITY, BY_CORRELATION = "by number", "by activity", "by correlation with the feature"


def draw(subject: SequenceSubject) -> None:
    """Every unit over time; which follow a feature; traces; and what was read, coloured by the chosen unit."""
    quantities = subject.trace().layers[subject.layer].quantities
    states = {"hidden state": quantities["hidden"][0].numpy().T}  # (unit, time)
    if "cell" in quantities:
        states["cell state"] = quantities["cell"][0].numpy().T
    chosen = choose_batch(subject)
    left, middle, right = st.columns(3)
    with left:
        name = st.segmented_control(
            "State", list(states), default="hidden state", required=True, key="state_kind", bind="query-params"
        )
    with middle:
        order = st.selectbox(
            "Units in order", (BY_NUMBER, BY_ACTIVITY, BY_CORRELATION), key="unit_order", bind="query-params"
        )
    with right:
        compared = feature.choose(subject, chosen)
    values = states[name]
    followed = _correlations(subject, "cell" if name == "cell state" else "hidden", compared)
    sorting = unit_order(values, order, followed)
    chart(
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
    units = st.multiselect(
        "Units to trace",
        list(range(len(values))),
        default=[subject.unit],
        key=f"traced-{subject.unit}",
        bind="query-params",
    )
    if units:
        figure = unit_traces(values, units, f"{name.capitalize()} of chosen units", subject.ticks, subject.time)
        chart(figure, "traces", "unit-traces")
    if subject.splits.vocabulary:
        title = f"What was read, coloured by unit {subject.unit}"
        figure = coloured_text(subject.ticks, values[subject.unit], title)
        chart(figure, "text", "coloured-text", on_click=partial(_choose_time, subject))


def unit_order(values: np.ndarray, order: str, followed: np.ndarray) -> np.ndarray:
    """Unit numbers in an order: as they are, the most active first, or those that follow the feature most closely.

    Args:
        values: (unit, time).
        order: one of the three.
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
    """The units that follow the feature most closely; a click chooses one."""
    if np.ptp(compared.values[compared.asked]) == 0:
        st.info(f"“{compared.name}” never changes over {counted}: no unit can follow it. Choose another.")
        return
    title = f"Which units follow “{compared.name}”?"
    figure, units = unit_ranking(followed, title, subject.unit)
    reading = (
        f"The correlation of each unit's {state} with “{compared.name}”, over {counted}: 1 where they rise and fall "
        "together, −1 where one falls as the other rises. A click chooses the unit."
    )
    chart(figure, "ranking", "unit-ranking", reading=reading, on_click=partial(_choose_unit, units))


def _choose_unit(units: Sequence[int], click: Click) -> None:
    st.session_state["unit"] = units[int(click.y)]


def _choose_cell(units: Sequence[int], click: Click) -> None:
    st.session_state["unit"], st.session_state["time"] = units[int(click.y)], int(click.x)


def _choose_time(subject: SequenceSubject, click: Click) -> None:
    time = time_at(subject.ticks, float(click.x), float(click.y))
    if time is not None:
        st.session_state["time"] = time
