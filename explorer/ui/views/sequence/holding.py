"""The widgets that clamp a gate, a state or a unit, and a sentence on what the clamp means."""

from math import isfinite

import numpy as np
import streamlit as st

from explorer.inspection import Clamp, trace
from explorer.inspection.clamped import legal_range
from explorer.ui.address.settings import HELD, HELD_ALL, HELD_VALUE, HOLDING
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.subject.sequence_batch import values_of
from explorer.ui.widgets import pick_from_list, slide_number, toggle

# what it means to hold a quantity low, between, and high; {share} is the value in per cent
MEANING = {
    "forget_gate": ("everything stored is erased at each step", "{share} of what is stored is kept at each step",
                    "nothing stored is ever forgotten"),
    "input_gate": ("nothing new is written into the cell state", "{share} of the candidate is written",
                   "every candidate is written in full"),
    "output_gate": ("the cell state is kept and never shown", "{share} of the cell state's tanh is shown",
                    "the cell state's tanh is always shown in full"),
    "reset": ("the candidate ignores the state before", "the candidate reads {share} of the state before",
              "the candidate reads the whole state before"),
    "update": ("the state is overwritten by the candidate at each step", "{share} of the state before is kept",
               "the state never changes"),
}  # fmt: skip
HELD_STATE = {
    "hidden": "all that reads {it} sees {value:.4g} at each step, whatever happened",
    "cell": "{it} stores {value:.4g}, whatever happened",
    "candidate": "what can be written is {value:.4g} at each step, whatever is read",
    "pre_activation": "the activation is given {value:.4g} at each step, whatever is read",
}

OTHERWISE = "it is {value:.4g} at each step, whatever is read"


def choose(subject: SequenceSubject) -> list[Clamp]:
    """Draw the widgets; the clamp, or an empty list if it is switched off, as it is at first."""
    if not toggle(HOLDING, "Clamp a gate or a unit"):
        return []
    with subject.part() as part:
        quantities = list(trace(part.module, part.inputs, part.initial).layers[subject.layer].quantities)
    left, right = st.columns(2)
    with left:
        what = pick_from_list(HELD, "Clamp", quantities, format_func=lambda name: name.replace("_", " "))
    low, high = span(subject, what)
    with right:
        value = slide_number(HELD_VALUE.variant(what), "To the value", low, high)
    everywhere = toggle(HELD_ALL, f"In all units, not only in unit {subject.unit}")
    unit = None if everywhere else subject.unit
    return [Clamp(what, value, unit, *subject.layers[subject.layer], start=subject.time)]


def span(subject: SequenceSubject, what: str) -> tuple[float, float]:
    """The values to which a quantity can be clamped: what its function can give, else what it reaches on the split."""
    with subject.part() as part:
        low, high = legal_range(part.module, what)
    if isfinite(low) and isfinite(high):
        return low, high
    reached = values_of(subject, what)
    widest = float(np.ceil(max(np.abs(reached).max(), 1.0) * 10) / 10)
    return (low if isfinite(low) else -widest), (high if isfinite(high) else widest)


def meaning(clamp: Clamp) -> str:
    """What a clamp means, in a sentence."""
    it = "every unit" if clamp.unit is None else f"unit {clamp.unit}"
    name = clamp.what.replace("_", " ")
    if clamp.what in MEANING:
        closed, between, opened = MEANING[clamp.what]
        effect = closed if clamp.value == 0 else opened if clamp.value == 1 else between
        effect = effect.format(share=f"{clamp.value:.0%}")
    else:
        effect = HELD_STATE.get(clamp.what, OTHERWISE).format(it=it, value=clamp.value)
    said = f"The {name} of {it} is held at {clamp.value:g} from step {clamp.start} on: {effect}."
    return said.replace("-", "−")
