"""The cell, with numbers: one time step and unit in the slides' diagram and equations, beside PyTorch's own result."""

from dataclasses import replace
from functools import partial
from typing import Literal

import pandas as pd
import streamlit as st

from explorer.figures.cells import cell_diagram
from explorer.figures.unrolled import unrolled
from explorer.inspection import Equation, equations, symbol_table
from explorer.ui.chart import Click, chart
from explorer.ui.recurrent.look import Part, SequenceLook

KINDS: dict[str, Literal["rnn", "lstm", "gru"]] = {"LSTM": "lstm", "GRU": "gru", "RNN_TANH": "rnn", "RNN_RELU": "rnn"}


def draw(look: SequenceLook) -> None:
    """The unrolled network, the cell of one time step, and its equations term by term."""
    with look.part() as part:
        layer, direction = divmod(look.layer, 2) if part.module.bidirectional else (look.layer, 0)
        name = ("forward", "reverse")[direction]
        found = equations(part.module, part.inputs, look.time, look.unit, layer, name, 0, part.initial)
        symbols = symbol_table(part.module)
        shapes = _shapes(part)
    _unrolled(look, shapes)
    left, right = st.columns([3, 2])
    with left:
        chart(cell_diagram(KINDS[part.module.mode], _values(look, part), look.time, look.unit), key="cell")
        if part.inputs.shape[2] > 1:
            st.caption(f"The input has {part.inputs.shape[2]} numbers; at x stands the length of that vector.")
    with right:
        with st.container(horizontal=True):
            st.button("Back", icon=":material/skip_previous:", on_click=_walk, args=(look, -1))
            st.button("Forward", icon=":material/skip_next:", on_click=_walk, args=(look, 1))
        st.caption("Walks through time; the arrow keys on the Time step slider do the same.")
        largest = max(abs(equation.difference) for equation in found)
        for equation in found:
            _equation(equation)
        st.caption(f"The largest difference to PyTorch's own numbers is {largest:.1e}: floating-point rounding.")
    with st.expander("The slides' symbols and PyTorch's parameters"):
        st.dataframe(
            pd.DataFrame(
                {
                    "slides": [row.symbol for row in symbols],
                    "PyTorch": [row.parameter for row in symbols],
                    "rows": [f"{row.rows.start} to {row.rows.stop - 1}" for row in symbols],
                    "shape": ["x".join(str(size) for size in row.shape) for row in symbols],
                }
            ),
            hide_index=True,
        )
        st.caption("PyTorch keeps two biases for each gate, b_ih and b_hh; the slides' one b is their sum.")


def _unrolled(look: SequenceLook, shapes: dict[str, str]) -> None:
    """The whole sequence; of an encoder-decoder both halves, of which a click chooses in the one looked at."""
    source = look.splits.source_length
    if not source:
        outputs = look.answered_ticks or (["answer"] if look.splits.objective in ("class", "value") else look.ticks)
        figure = unrolled(look.splits.architecture, look.ticks, outputs, shapes, look.time)
        chart(figure, key="unrolled", on_click=partial(_choose_time, 0))
        return
    read, written = replace(look, decoder=False), replace(look, decoder=True)
    before = len(read.ticks) if look.decoder else 0
    outputs = written.answered_ticks or written.ticks
    figure = unrolled(
        look.splits.architecture,
        [*read.ticks, *written.ticks],
        outputs,
        shapes,
        before + look.time,
        source_length=len(read.ticks),
    )
    chart(figure, key="unrolled", on_click=partial(_choose_time, before))


def _equation(equation: Equation) -> None:
    terms = " + ".join(f"{term.symbol} ({term.value:.4f})" for term in equation.terms)
    inside = f" → {equation.pre_activation:.4f}" if equation.pre_activation is not None else ""
    st.markdown(f"${equation.latex}$")
    st.caption(f"{terms}{inside} = **{equation.value:.6f}** · PyTorch {equation.pytorch:.6f}")


def _values(look: SequenceLook, part: Part) -> dict[str, float]:
    """What every wire of the diagram carries."""
    read = part.inputs[0, look.time]
    layer = look.trace().layers[look.layer]
    values = {name: float(tensor[0, look.time, look.unit]) for name, tensor in layer.quantities.items()}
    reverse = layer.direction == "reverse"
    before = look.time + 1 if reverse else look.time - 1
    inside = 0 <= before < layer.hidden.shape[1]
    values["x"] = float(read.norm()) if len(read) > 1 else float(read)
    values["h_before"] = float(layer.hidden[0, before, look.unit]) if inside else _start(look, 0)
    if "cell" in values:
        values["c_before"] = float(layer.quantities["cell"][0, before, look.unit]) if inside else _start(look, 1)
    return values


def _start(look: SequenceLook, which: int) -> float:
    """The state that the module starts from: 0, or of a decoder the encoder's last."""
    with look.part() as part:
        if part.initial is None:
            return 0.0
        state = part.initial[which] if isinstance(part.initial, tuple) else part.initial
        return float(state[look.layer, 0, look.unit])


def _shapes(part: Part) -> dict[str, str]:
    return {
        "input": f"{part.inputs.shape[2]}",
        "cell": f"{part.module.hidden_size}",
        "output": f"{part.readout.out_features}",
    }


def _choose_time(before: int, click: Click) -> None:
    st.session_state["time"] = max(0, int(click.x) - before)


def _walk(look: SequenceLook, by: int) -> None:
    st.session_state["time"] = (look.time + by) % len(look.ticks)
