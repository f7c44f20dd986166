"""Cell: one time step and unit in the lecture's diagram and equations, beside PyTorch's own result."""

from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st
from torch import nn

from explorer.figures.cells import cell_diagram
from explorer.figures.of_sequences import on_wires
from explorer.figures.unrolled import unrolled
from explorer.inspection import CellStep, cell_step, symbol_table
from explorer.learn.cards import about
from explorer.models.part import Part
from explorer.ui.address.settings import TIME
from explorer.ui.chart import Click, chart, player
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.views.sequence import equations

SEQUENCE = player.Played("the sequence", "time step", "Time step", speed=1, keys=False)
MOST_NUMBERS = 4  # of an input, in a sentence


def draw(subject: SequenceSubject) -> None:
    """Draw the playback, the unrolled network, the cell of one time step, and its equations term by term."""
    one = _step(subject)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        player.player("time_player", SEQUENCE, range(len(subject.ticks)), subject.time, TIME.set)
        opened = equations.choose_opened(subject, one)
    with subject.part() as part:
        shapes = _shapes(part)
    _unrolled(subject, shapes)
    left, right = st.columns([3, 2])
    with left:
        reads = _character(subject)
        figure = cell_diagram(one.kind, on_wires(one), one.time_step, one.unit, one.activation, reads)
        chart(figure, "cell", f"cell-{one.kind}", reading=_cell_words(one.kind, one.inputs.tolist(), reads))
    with right:
        equations.draw(subject, one, opened)
    _symbols(subject)


def _step(subject: SequenceSubject) -> CellStep:
    place = subject.layers[subject.layer]
    with subject.part() as part:
        return cell_step(part.module, part.inputs, subject.time, subject.unit, *place, initial=part.initial)


def _character(subject: SequenceSubject) -> str:
    """The character that the cell reads; empty if it reads numbers, or the states of the layer below."""
    first = subject.layers[subject.layer][0] == 0
    return subject.ticks[subject.time] if subject.splits.vocabulary and first else ""


def _cell_words(kind: str, inputs: list[float], reads: str) -> str:
    words = about(f"cell-{kind}").reading
    if reads:
        return f"{words} x is “{reads}”, which the cell reads as a vector of {len(inputs)} numbers."
    if len(inputs) == 1:
        return words
    numbers = f" ({', '.join(f'{value:.3g}' for value in inputs)})" if len(inputs) <= MOST_NUMBERS else ""
    return f"{words} The input has {len(inputs)} numbers{numbers}; x shows the norm of that vector."


def _symbols(subject: SequenceSubject) -> None:
    with subject.part() as part:
        rows = [(row.symbol, row.parameter, row.rows, row.shape) for row in symbol_table(part.module)]
        if not subject.is_encoder:
            parameters = {"W_ya": ("readout.weight", part.readout.weight), "b_y": ("readout.bias", part.readout.bias)}
            for symbol, (name, value) in parameters.items():
                rows.append((symbol, name, slice(0, len(value)), tuple(value.shape)))
    with st.expander("The lecture's symbols and PyTorch's parameters"):
        st.dataframe(
            pd.DataFrame(
                {
                    "lecture": [symbol for symbol, *_ in rows],
                    "PyTorch": [parameter for _, parameter, *_ in rows],
                    "rows": [f"{place.start} to {place.stop - 1}" for _, _, place, _ in rows],
                    "shape": ["x".join(str(size) for size in shape) for *_, shape in rows],
                }
            ),
            hide_index=True,
        )
        st.caption("PyTorch has two biases for each gate, b_ih and b_hh; the lecture's single b is their sum.")


def _unrolled(subject: SequenceSubject, shapes: dict[str, str]) -> None:
    """Draw the whole sequence; for an encoder-decoder both halves, with clicks in the one that the views show."""
    source = subject.splits.source_length
    if not source:
        outputs = subject.answered_ticks or (subject.ticks if subject.splits.objective.per_step else ["answer"])
        figure = unrolled(subject.splits.architecture, subject.ticks, outputs, shapes, subject.time)
        chart(figure, "unrolled", "unrolled", on_click=partial(_choose_time, 0, len(subject.ticks)))
        return
    read, written = replace(subject, decoder=False), replace(subject, decoder=True)
    before = len(read.ticks) if subject.decoder else 0
    outputs = written.answered_ticks or written.ticks
    figure = unrolled(
        subject.splits.architecture,
        [*read.ticks, *written.ticks],
        outputs,
        shapes,
        before + subject.time,
        source_length=len(read.ticks),
    )
    chart(figure, "unrolled", "unrolled", on_click=partial(_choose_time, before, len(subject.ticks)))


def _shapes(part: Part) -> dict[str, str]:
    module: nn.RNNBase = part.module
    return {
        "input": f"{part.inputs.shape[2]}",
        "cell": f"{module.hidden_size}",
        "output": f"{part.readout.out_features}",
    }


def _choose_time(before: int, count: int, click: Click) -> None:
    TIME.set(min(max(0, int(click.x) - before), count - 1))
