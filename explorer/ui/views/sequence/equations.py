"""The equations of one time step in numbers, with the output equation, each beside PyTorch's own number."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from explorer.datasets.splits import Objective
from explorer.inspection import CellStep, Equation, trace
from explorer.inspection.arithmetic import written
from explorer.inspection.in_numbers import biases, in_numbers, opened
from explorer.inspection.readout import Readout, readout_step
from explorer.ui.address.settings import OPENED_EQUATION
from explorer.ui.subject.sequence import SequenceSubject, visible
from explorer.ui.widgets import pick_from_list

CLOSED = "none"


def choose_opened(subject: SequenceSubject, one: CellStep) -> str:
    """Draw the list of equations whose dot products can be opened; the symbol of the chosen one."""
    symbols = [equation.symbol for equation in one.equations if opened(equation)]
    answers = [] if subject.is_encoder else [answer_symbol(name) for name in subject.splits.class_names]
    return pick_from_list(OPENED_EQUATION, "Open the dot products of", [CLOSED, *symbols, *answers])


def answer_symbol(name: str) -> str:
    """The symbol of one output in the list."""
    return f"y⟨t⟩ of {visible(name)}"


def answered(subject: SequenceSubject) -> Readout | None:
    """The output equation at this step, or at the last one of a task that answers once; None of an encoder."""
    if subject.is_encoder:
        return None
    classes = subject.splits.objective in (Objective.CLASS, Objective.CLASS_PER_STEP)
    with subject.part() as part:
        read = part.read(trace(part.module, part.inputs, part.initial).output)[0]
        return readout_step(part.readout, read if part.answers_once else read[subject.time], classes=classes)


def draw(subject: SequenceSubject, one: CellStep, chosen: str) -> None:
    """Draw every equation of the cell and of the output in numbers, the chosen one with its dot products.

    Args:
        subject: the network and the time step.
        one: the cell at this step.
        chosen: the symbol of the equation that is opened.
    """
    for equation in one.equations:
        st.markdown(f"${equation.latex}$")
        value = f"{equation.value:.6f}", f"{equation.pytorch:.6f}"
        st.caption(f"{in_numbers(equation)} = **{value[0]}** · PyTorch {value[1]}".replace("-", "−"))
        if equation.symbol == chosen:
            _open(equation)
    found = answered(subject)
    differences = [abs(equation.difference) for equation in one.equations]
    if found is None:
        st.caption("The encoder gives no answer of its own: its last state is the decoder's first.")
    else:
        differences.append(found.difference)
        _output(subject, found, chosen)
    st.caption(
        f"The largest difference to PyTorch's own numbers is {max(differences):.1e}, from floating-point rounding."
    )


def _output(subject: SequenceSubject, found: Readout, chosen: str) -> None:
    """Draw the output equation at an answering step: every logit, and what softmax makes of them."""
    names = [visible(name) for name in subject.splits.class_names]
    step = subject.time if subject.splits.objective.per_step else len(subject.ticks) - 1
    first, rest = found.equations[0], dict[str, Sequence[float] | np.ndarray]()
    if found.softmax is None:
        st.markdown(f"${first.latex}$")
    else:
        st.markdown(rf"${first.latex}, \quad y^{{\langle t \rangle}} = \mathrm{{softmax}}(z^{{\langle t \rangle}})$")
        rest = {"e^(z − max)": found.softmax.exponentials.numpy(), "y": found.softmax.probabilities.numpy()}
    columns = {
        "W_ya a": [equation.terms[0].value for equation in found.equations],
        "b_y": [equation.terms[1].value for equation in found.equations if len(equation.terms) > 1],
        "y" if found.softmax is None else "z": [equation.value for equation in found.equations],
        **rest,
        "PyTorch": found.pytorch.numpy(),
    }
    table = pd.DataFrame({name: values for name, values in columns.items() if len(values)}, index=names)
    if found.softmax is not None:
        table = table.sort_values("y", ascending=False)
    st.dataframe(table.style.format(partial(written, decimals=6)), height=min(38 * len(table) + 38, 220))
    st.caption(_told(found, step, names))
    for name, equation in zip(subject.splits.class_names, found.equations, strict=True):
        if answer_symbol(name) == chosen:
            _open(equation)


def _told(found: Readout, step: int, names: list[str]) -> str:
    """The likeliest answer in numbers."""
    if found.softmax is None:
        return f"The answer at step {step}, from the state of the last layer; no softmax, since it is a number."
    best = int(found.softmax.probabilities.argmax())
    return (
        f"At step {step}, from the state of the last layer: y of {names[best]} = e^(z − max) / sum = "
        f"{found.softmax.exponentials[best]:.4f} / {found.softmax.total:.4f} = "
        f"**{found.softmax.probabilities[best]:.6f}** · PyTorch {found.pytorch[best]:.6f}."
    )


def _open(equation: Equation) -> None:
    """Draw each product of each dot product, and PyTorch's two biases."""
    for dot in opened(equation):
        st.markdown(f"**{dot.name}**, {len(dot.products)} products that add up to {dot.products.sum():.6f}")
        columns = {"weight": dot.weights, "input": dot.inputs, "product": dot.products}
        st.dataframe(pd.DataFrame(columns).style.format("{:.6f}"), height=min(36 * len(dot.products) + 38, 240))
    for line in biases(equation):
        st.caption(line)
