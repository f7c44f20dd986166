"""The inside of a recurrent cell; each wire carries the value of one unit at one time step."""

from collections.abc import Callable, Mapping
from math import tanh

import plotly.graph_objects as go

from explorer.figures.diagram import Box, Diagram, Value, Wire, draw
from explorer.figures.style import CELL_PARTS, VALIDATION
from explorer.figures.time_axis import readable

INPUT_GATE, FORGET_GATE, OUTPUT_GATE = CELL_PARTS["input_gate"], CELL_PARTS["forget_gate"], CELL_PARTS["output_gate"]
RESET, UPDATE, CANDIDATE = CELL_PARTS["reset"], CELL_PARTS["update"], CELL_PARTS["candidate"]
CELL, HIDDEN = CELL_PARTS["cell"], CELL_PARTS["hidden"]
BODY = (1.25, 0.75, 8.75, 6.15)
CIRCLE, BOX = 11.0, 13.0  # pixels from the middle of a part to its edge


def cell_diagram(
    kind: str, values: Mapping[str, float], step: int, unit: int, activation: str = "tanh", reads: str = ""
) -> go.Figure:
    """The diagram of a cell as in the lecture, with the values of one unit at one time step on its wires.

    The symbols are those of the equations: a⟨t⟩ for the RNN, h, C and C̄ for the LSTM. The GRU is PyTorch's: the reset
    gate multiplies W_n h_{t−1} + b_hn, after the matrix (https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html).

    Args:
        kind: one of ``DIAGRAMS``.
        values: x and h_before; for the RNN also pre_activation, hidden and, at steps with an output, y; for the LSTM
            c_before, forget_gate, input_gate, candidate, output_gate, cell and hidden; for the GRU reset, update,
            candidate and hidden.
        step: the time step, for the title.
        unit: the unit, for the title.
        activation: of the RNN.
        reads: what stands for x in place of its number, such as the character that is read.
    """
    diagram = DIAGRAMS[kind](values, activation)
    if reads:
        diagram = diagram._replace(values=[_reading(value, reads) for value in diagram.values])
    numbers = ", ".join(f"{key.replace('_', ' ')} {value:.4g}" for key, value in values.items())
    title = f"{kind.upper()} cell: unit {unit} at step {step}"
    return draw(diagram, title, f"{title}; {numbers}", BODY)


def _reading(value: Value, reads: str) -> Value:
    """The input's value with what is read in place of a number; every other value as it is."""
    if not value.name.endswith(", the input"):
        return value
    return value._replace(
        symbol=f"{value.symbol} = <b>{readable(reads)}</b>", name=f"{value.name}: {reads}", value=None
    )


def _lstm(values: Mapping[str, float], _activation: str) -> Diagram:
    line, lane, gates = 5.4, 1.7, 2.5  # heights: the cell state, the layers' inputs, the four layers
    meet, let, squash = 3.95, 3.55, 4.55  # heights: i_t and C̄_t, o_t and tanh(C_t), the tanh on the way out
    forget, enter, write, leave, out, up = 2.35, 3.65, 5.0, 6.35, 7.65, 8.35
    squashed = tanh(values["cell"])
    wires = [
        Wire([(0, line), (forget, line)], CELL, standoff=CIRCLE),
        Wire([(forget, line), (write, line)], CELL, standoff=CIRCLE),
        Wire([(write, line), (10, line)], CELL),
        Wire([(0, lane), (leave, lane), (leave, gates)], HIDDEN, standoff=BOX),
        Wire([(1.75, 0), (1.75, lane), (2.1, lane)], arrow=False),
        *(
            Wire([(place - 0.4, lane), (place, lane), (place, gates)], HIDDEN, standoff=BOX)
            for place in (forget, enter, write)
        ),
        Wire([(forget, gates), (forget, line)], FORGET_GATE, standoff=CIRCLE),
        Wire([(enter, gates), (enter, meet), (write, meet)], INPUT_GATE, standoff=CIRCLE),
        Wire([(write, gates), (write, meet)], CANDIDATE, standoff=CIRCLE),
        Wire([(write, meet), (write, line)], CELL, standoff=CIRCLE),
        Wire([(leave, gates), (leave, let), (out, let)], OUTPUT_GATE, standoff=CIRCLE),
        Wire([(out - 0.4, line), (out, line), (out, squash)], CELL, standoff=CIRCLE),
        Wire([(out, squash), (out, let)], CELL, standoff=CIRCLE),
        Wire([(out, let), (out, lane), (10, lane)], HIDDEN),
        Wire([(out + 0.3, lane), (up, lane), (up, line - 0.2)], HIDDEN, arrow=False),
        Wire([(up, line + 0.2), (up, 7.2)], HIDDEN),
    ]
    boxes = [
        Box((forget, gates), "σ", "the forget gate's layer: σ(W_f h_{t−1} + U_f x_t + b_f)"),
        Box((enter, gates), "σ", "the input gate's layer: σ(W_i h_{t−1} + U_i x_t + b_i)"),
        Box((write, gates), "tanh", "the candidate's layer: tanh(W_C h_{t−1} + U_C x_t + b_C)"),
        Box((leave, gates), "σ", "the output gate's layer: σ(W_o h_{t−1} + U_o x_t + b_o)"),
        Box((forget, line), "×", "f_t · C_{t−1}: the part of the old state that is kept", pointwise=True),
        Box((write, meet), "×", "i_t · C̄_t: the part of the candidate that is written", pointwise=True),
        Box((write, line), "+", "C_t = f_t · C_{t−1} + i_t · C̄_t", pointwise=True),
        Box((out, squash), "tanh", "tanh(C_t)", pointwise=True),
        Box((out, let), "×", "H_t = o_t · tanh(C_t)", pointwise=True),
    ]
    before, cell, hidden = values["c_before"], values["cell"], values["hidden"]
    kept, written = values["forget_gate"] * before, values["input_gate"] * values["candidate"]
    carried = [
        Value((0.55, line), "C<sub>t−1</sub>", "C_{t−1}, the previous cell state", before, CELL, "bottom center"),
        Value(
            (0.55, lane),
            "h<sub>t−1</sub>",
            "h_{t−1}, the previous hidden state",
            values["h_before"],
            HIDDEN,
            "bottom center",
        ),
        Value((1.75, 0.3), "x<sub>t</sub>", "x_t, the input", values["x"], lines=1),
        Value((forget, 3.9), "f<sub>t</sub>", "f_t, the forget gate", values["forget_gate"], FORGET_GATE),
        Value((enter, 3.25), "i<sub>t</sub>", "i_t, the input gate", values["input_gate"], INPUT_GATE),
        Value((write, 3.2), "C̄<sub>t</sub>", "C̄_t, the candidate", values["candidate"], CANDIDATE),
        Value((write, 4.6), "i·C̄", "i_t · C̄_t, the part of the candidate that is written", written, CELL),
        Value(
            (3.65, line),
            "f·C<sub>t−1</sub>",
            "f_t · C_{t−1}, the part of the old state that is kept",
            kept,
            CELL,
            "bottom center",
        ),
        Value((leave, 3.0), "o<sub>t</sub>", "o_t, the output gate", values["output_gate"], OUTPUT_GATE),
        Value((out, 4.1), "", "tanh(C_t)", squashed, CELL, "middle left", 1),
        Value((9.4, line), "C<sub>t</sub>", "C_t, the cell state", cell, CELL, "bottom center"),
        Value((9.4, lane), "h<sub>t</sub>", "H_t, the hidden state", hidden, HIDDEN, "bottom center"),
        Value(
            (up, 6.5),
            "H<sub>t</sub>",
            "H_t, the hidden state, as the layer's output",
            hidden,
            HIDDEN,
            "middle left",
            1,
        ),
    ]
    return Diagram(wires, boxes, carried)


def _rnn(values: Mapping[str, float], activation: str) -> Diagram:
    lane, layer, across, fork = 1.7, 3.1, 4.2, 6.3  # heights of three parts, and the place where the state branches
    place, head = 4.2, 5.2
    hidden, has_output = values["hidden"], "y" in values
    wires = [
        Wire([(0, lane), (place, lane), (place, layer)], HIDDEN, standoff=BOX),
        Wire([(2.4, 0), (2.4, lane), (2.8, lane)], arrow=False),
        Wire([(place, layer), (place, across), (fork, across), (fork, lane), (10, lane)], HIDDEN),
        Wire(
            [(5.7, across), (fork, across), (fork, head if has_output else 7.2)],
            HIDDEN,
            standoff=BOX if has_output else 0,
        ),
    ]
    squash = Box((place, layer), activation, f"the layer: {activation}(W_ax x⟨t⟩ + W_aa a⟨t−1⟩ + b_a)")
    pre = "W_ax x⟨t⟩ + W_aa a⟨t−1⟩ + b_a, the pre-activation"
    carried = [
        Value((0.6, lane), "a⟨t−1⟩", "a⟨t−1⟩, the previous hidden state", values["h_before"], HIDDEN, "bottom center"),
        Value((2.4, 0.3), "x⟨t⟩", "x⟨t⟩, the input", values["x"], lines=1),
        Value((place, 2.4), "sum", pre, values["pre_activation"], side="middle left"),
        Value((5.25, across), "a⟨t⟩", "a⟨t⟩, the hidden state", hidden, HIDDEN, "top center"),
        Value((9.35, lane), "a⟨t⟩", "a⟨t⟩, the hidden state, passed to the next step", hidden, HIDDEN, "bottom center"),
    ]
    if not has_output:
        last = Value((fork, 6.6), "a⟨t⟩", "a⟨t⟩, the hidden state, as the layer's output", hidden, HIDDEN)
        return Diagram(wires, [squash], [*carried, last])
    readout = Box((fork, head), "W<sub>ya</sub>", "the readout: W_ya a⟨t⟩ + b_y")
    output = Value((fork, 6.6), "ŷ⟨t⟩", "ŷ⟨t⟩, the output", values["y"], VALIDATION)
    return Diagram([*wires, Wire([(fork, head), (fork, 7.2)], VALIDATION)], [squash, readout], [*carried, output])


def _gru(values: Mapping[str, float], _activation: str) -> Diagram:
    line, lane, low, gates = 5.4, 1.75, 1.15, 2.55
    fork, matrix, reset, product, update, invert, write, up = 1.55, 2.6, 3.75, 4.5, 5.2, 6.2, 7.2, 8.15
    keep = 1 - values["update"]
    half = 3.65  # where z_t and the candidate meet
    wires = [
        Wire([(0, line), (update, line)], HIDDEN, standoff=CIRCLE),
        Wire([(update, line), (write, line)], HIDDEN, standoff=CIRCLE),
        Wire([(write, line), (10, line)], HIDDEN),
        Wire([(up - 0.4, line), (up, line), (up, 7.2)], HIDDEN),
        Wire([(1.2, line), (fork, line), (fork, lane), (product - 0.15, lane)], HIDDEN, arrow=False),
        Wire([(product + 0.15, lane), (update, lane), (update, gates)], HIDDEN, standoff=BOX),
        Wire([(reset - 0.45, lane), (reset, lane), (reset, gates)], HIDDEN, standoff=BOX),
        Wire([(fork, 4.6), (fork, 4.2), (matrix, 4.2)], HIDDEN, standoff=18),
        Wire([(matrix, 4.2), (reset, 4.2)], HIDDEN, standoff=CIRCLE),
        Wire([(reset, 4.2), (product, 4.2), (product, low), (product + 0.35, low)], HIDDEN, arrow=False),
        Wire([(2.2, 0), (2.2, lane), (2.6, lane)], arrow=False),
        Wire([(2.2, 0.6), (2.2, low), (write, low), (write, gates)], standoff=BOX),
        Wire([(reset, gates), (reset, 4.2)], RESET, standoff=CIRCLE),
        Wire([(update, gates), (update, line)], UPDATE, standoff=CIRCLE),
        Wire([(update, 3.2), (update, half), (invert, half)], UPDATE, standoff=CIRCLE),
        Wire([(invert, half), (write, half)], UPDATE, standoff=CIRCLE),
        Wire([(write, gates), (write, half)], CANDIDATE, standoff=CIRCLE),
        Wire([(write, half), (write, line)], CANDIDATE, standoff=CIRCLE),
    ]
    boxes = [
        Box((matrix, 4.2), "W<sub>n</sub>", "W_n h_{t−1} + b_hn: a layer without an activation"),
        Box((reset, gates), "σ", "the reset gate's layer: σ(W_r h_{t−1} + U_r x_t + b_r)"),
        Box((update, gates), "σ", "the update gate's layer: σ(W_z h_{t−1} + U_z x_t + b_z)"),
        Box((write, gates), "tanh", "the candidate's layer: tanh(U_n x_t + b_in + r_t · (W_n h_{t−1} + b_hn))"),
        Box((reset, 4.2), "×", "r_t · (W_n h_{t−1} + b_hn)", pointwise=True),
        Box((invert, half), "1−", "1 − z_t", pointwise=True),
        Box((update, line), "×", "z_t · h_{t−1}: the part of the old state that is kept", pointwise=True),
        Box((write, half), "×", "(1 − z_t) · n_t: the part of the candidate that is written", pointwise=True),
        Box((write, line), "+", "h_t = (1 − z_t) · n_t + z_t · h_{t−1}", pointwise=True),
    ]
    before, candidate, hidden = values["h_before"], values["candidate"], values["hidden"]
    carried = [
        Value((0.6, line), "h<sub>t−1</sub>", "h_{t−1}, the previous hidden state", before, HIDDEN, "bottom center"),
        Value((2.2, 0.3), "x<sub>t</sub>", "x_t, the input", values["x"], lines=1),
        Value((reset, 3.35), "r<sub>t</sub>", "r_t, the reset gate", values["reset"], RESET, "middle left"),
        Value((update, 4.6), "z<sub>t</sub>", "z_t, the update gate", values["update"], UPDATE),
        Value((invert, 3.4), "1−z<sub>t</sub>", "1 − z_t", keep, UPDATE, "bottom center"),
        Value((write, 3.1), "n<sub>t</sub>", "n_t, the candidate", candidate, CANDIDATE),
        Value(
            (write, 4.5),
            "(1−z)·n",
            "(1 − z_t) · n_t, the part of the candidate that is written",
            keep * candidate,
            CANDIDATE,
        ),
        Value(
            (invert, line),
            "z·h<sub>t−1</sub>",
            "z_t · h_{t−1}, the part of the old state that is kept",
            values["update"] * before,
            HIDDEN,
            "top center",
        ),
        Value((9.4, line), "h<sub>t</sub>", "h_t, the hidden state", hidden, HIDDEN, "bottom center"),
        Value(
            (up, 6.5),
            "h<sub>t</sub>",
            "h_t, the hidden state, as the layer's output",
            hidden,
            HIDDEN,
            "middle left",
            1,
        ),
    ]
    return Diagram(wires, boxes, carried)


DIAGRAMS: dict[str, Callable[[Mapping[str, float], str], Diagram]] = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}
