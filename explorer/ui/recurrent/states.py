"""Hidden and cell states: time by unit, single units, and the sequence coloured by one of them."""

import numpy as np
import streamlit as st

from explorer.figures.states import coloured_text, state_heatmap, unit_traces
from explorer.ui.chart import chart
from explorer.ui.recurrent.look import SequenceLook

ORDERS = ("by number", "by activity", "by likeness to the input")


def draw(look: SequenceLook) -> None:
    """Every unit over time; its trace; and what was read, coloured by the chosen unit."""
    quantities = look.trace().layers[look.layer].quantities
    states = {"hidden state": quantities["hidden"][0].numpy().T}  # (unit, time)
    if "cell" in quantities:
        states["cell state"] = quantities["cell"][0].numpy().T
    left, right = st.columns(2)
    with left:
        name = st.segmented_control("State", list(states), default="hidden state", required=True, key="state_kind")
    with right:
        order = st.selectbox("Units in order", ORDERS, key="unit_order", persist_state="session")
    values = states[name]
    sorting = unit_order(values, order, look)
    chart(
        state_heatmap(
            values[sorting],
            f"{name.capitalize()} of {len(values)} units over {values.shape[1]} time steps",
            look.ticks,
            (look.time, int(np.flatnonzero(sorting == look.unit)[0])),
            unit_names=[str(unit) for unit in sorting],
        ),
        key="states",
    )
    st.caption(
        "Each row is one unit; rows of one colour hold on to something, rows that change at once follow the input."
    )
    chosen = st.multiselect("Units to trace", list(range(len(values))), default=[look.unit], key=f"traced-{look.unit}")
    if chosen:
        chart(unit_traces(values, chosen, f"{name.capitalize()} of chosen units", look.ticks, look.time), key="traces")
    if look.splits.vocabulary:
        chart(coloured_text(look.ticks, values[look.unit], f"What was read, coloured by unit {look.unit}"), key="text")
        st.caption("Blue where the unit is negative, red where it is positive, after reading that character.")


def unit_order(values: np.ndarray, order: str, look: SequenceLook) -> np.ndarray:
    """Unit numbers in an order: as they are, the most active first, or the most correlated with the input first."""
    if order == "by activity":
        return np.argsort(-np.abs(values).mean(axis=1), kind="stable")
    if order == "by likeness to the input" and values.shape[1] > 1:
        with look.part() as part:
            read = part.inputs[0].numpy()[:, 0] if not look.splits.vocabulary else part.inputs[0].argmax(1).numpy()
        centred = values - values.mean(axis=1, keepdims=True)
        feature = read - read.mean()
        size = np.linalg.norm(centred, axis=1) * np.linalg.norm(feature)
        likeness = np.abs(centred @ feature) / np.where(size > 0, size, 1)
        return np.argsort(-likeness, kind="stable")
    return np.arange(len(values))
