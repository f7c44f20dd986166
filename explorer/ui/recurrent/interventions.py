"""Interventions: hold a gate or a unit at a value, and see what the network says then."""

import numpy as np
import streamlit as st
import torch

from explorer.figures.through_time import before_after
from explorer.inspection import Clamp, clamped_trace, trace
from explorer.ui.chart import chart
from explorer.ui.recurrent.look import SequenceLook


def draw(look: SequenceLook) -> None:
    """Choose what to hold; the unit's states, the answer and the loss before and after."""
    with look.part() as part:
        layers = trace(part.module, part.inputs, part.initial).layers
        quantities = list(layers[look.layer].quantities)
    left, middle, right = st.columns(3)
    with left:
        what = st.selectbox(
            "Hold", quantities, format_func=lambda name: name.replace("_", " "), key="held", persist_state="session"
        )
    with middle:
        value = st.slider("At the value", -1.0, 1.0, value=0.0, step=0.05, key="held_value", persist_state="session")
    with right:
        everywhere = st.toggle(f"In all units, not unit {look.unit} alone", key="held_all", persist_state="session")
    layer, direction = divmod(look.layer, 2) if part.module.bidirectional else (look.layer, 0)
    clamp = Clamp(
        what, value, None if everywhere else look.unit, layer, ("forward", "reverse")[direction], start=look.time
    )
    with look.part() as part, torch.no_grad():
        before = trace(part.module, part.inputs, part.initial)
        after = clamped_trace(part.module, part.inputs, [clamp], part.initial)
        answers = [part.answer(found.output)[0].numpy() for found in (before, after)]
        losses = (
            [float(look.loss(part, found.output)) for found in (before, after)]
            if look.sequence.target is not None and not (look.splits.source_length and not look.decoder)
            else []
        )
    st.caption(f"Held from time step {look.time} on; move the Time step slider to begin elsewhere.")
    states = [found.layers[look.layer].hidden[0].numpy().T for found in (before, after)]
    chart(
        before_after(
            states[0][look.unit], states[1][look.unit], ("as it is", "held"), f"Hidden state of unit {look.unit}"
        ),
        key="held-states",
    )
    if losses:
        st.markdown(
            f"The loss of this sequence goes from **{losses[0]:.4g}** to **{losses[1]:.4g}** {look.splits.unit}."
        )
    _answers(look, answers[0], answers[1])


def _answers(look: SequenceLook, before: np.ndarray, after: np.ndarray) -> None:
    names = look.splits.class_names
    if look.splits.source_length and not look.decoder:
        st.info("The answer is read off the decoder; choose it above to see how it changes.")
    elif look.splits.unit == "nats":
        rows = np.atleast_2d(before), np.atleast_2d(after)
        said = [[names[int(index)] for index in row.argmax(axis=1)] for row in rows]
        changed = sum(first != second for first, second in zip(*said, strict=True))
        st.markdown(f"**{changed} of {len(said[0])}** answers change: {' '.join(said[0])} becomes {' '.join(said[1])}")
    else:
        for number, name in enumerate(names):
            first, second = np.atleast_2d(before)[:, number], np.atleast_2d(after)[:, number]
            if len(first) == 1:
                st.markdown(f"**{name}**: {first[0]:.5g} becomes {second[0]:.5g}")
            else:
                chart(before_after(first, second, ("as it is", "held"), f"Answer: {name}"), key=f"held-answer-{number}")
