"""The equations of a recurrent cell as the course writes them, each term with its number.

In the course's letters an LSTM's W are the recurrent weights, U the input weights and C̄ the candidate; its one bias b
is the sum of PyTorch's two.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import exp, tanh

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from explorer.errors import ExplorerError
from explorer.inspection.activations import undisturbed
from explorer.inspection.cells import directions, run_fused
from explorer.inspection.recurrent import Pass, forward_passes
from explorer.inspection.sequences import Sequences, State, check_place, read_sequences


@dataclass(frozen=True)
class Term:
    """One summand of an equation."""

    symbol: str
    value: float


@dataclass(frozen=True)
class Equation:
    """One equation for one unit at one time step."""

    symbol: str  # "f_t"
    formula: str
    latex: str
    terms: tuple[Term, ...]  # they add up to the pre-activation, or where there is none to the value
    pre_activation: float | None
    value: float  # computed from the terms, in float64
    pytorch: float  # PyTorch's own number; of a gate, which PyTorch keeps to itself, the trace's
    activation: str = ""  # "σ", "tanh" or "ReLU"; of the pre-activation

    @property
    def difference(self) -> float:
        """Ours less PyTorch's."""
        return self.value - self.pytorch


@dataclass(frozen=True, eq=False)
class CellStep:
    """What one unit reads, keeps and gives at one time step, and the equations that say so."""

    equations: tuple[Equation, ...]
    inputs: Tensor  # (feature): x_t, or above the first layer the states of the layer below
    before: dict[str, float]  # its own "hidden" and, of an LSTM, "cell" state before the step
    found: dict[str, float]  # its states and gates by the names of a trace


@dataclass(frozen=True, eq=False)
class _Unit:
    """What one unit reads at one time step, in float64."""

    inputs: Tensor  # (feature)
    hidden_before: Tensor  # (unit)
    rows: tuple[Tensor, Tensor]  # its rows of the input and the recurrent weights: (gate, feature), (gate, unit)
    biases: tuple[Tensor, Tensor] | None  # (gate) each
    before: dict[str, float]  # its own hidden and cell state before the step
    found: dict[str, float]  # what the trace has for it


def equations(
    recurrent_module: nn.RNNBase,
    inputs: Tensor | PackedSequence,
    time_step: int,
    unit: int,
    layer: int = 0,
    direction: str = "forward",
    example: int = 0,
    initial: State | None = None,
    lengths: Sequence[int] | Tensor | None = None,
) -> list[Equation]:
    """The equations of one unit at one time step, in the order in which they are computed.

    The states before the step and the inputs are the network's; everything else is computed anew in float64. In a layer
    above the first x_t are the states of the layer below, in a reverse direction t−1 is the step to the right.

    Args and Raises: see ``cell_step``.
    """
    place = (time_step, unit, layer, direction, example)
    return list(cell_step(recurrent_module, inputs, *place, initial, lengths).equations)


def cell_step(
    recurrent_module: nn.RNNBase,
    inputs: Tensor | PackedSequence,
    time_step: int,
    unit: int,
    layer: int = 0,
    direction: str = "forward",
    example: int = 0,
    initial: State | None = None,
    lengths: Sequence[int] | Tensor | None = None,
) -> CellStep:
    """One unit at one time step: its equations, and the network's own numbers around them, from one forward pass.

    Args:
        recurrent_module: an nn.RNN, nn.LSTM or nn.GRU; see ``trace``.
        inputs: what the module reads; see ``trace``.
        time_step: in the input's own order, from 0.
        unit: of the layer, from 0.
        layer: from 0.
        direction: "forward" or "reverse".
        example: which of the batch, from 0.
        initial: the initial state, as the module takes it; None is 0.
        lengths: the time steps of each example of a padded batch.

    Raises:
        ExplorerError: as ``trace`` does, and for a layer, direction, unit, example or time step that there is not.
    """
    with torch.no_grad(), undisturbed(recurrent_module):
        sequences = read_sequences(recurrent_module, inputs, initial, lengths)
        check_place(recurrent_module, layer, direction, unit)
        steps = _steps(sequences, example)
        if not 0 <= time_step < steps:
            raise ExplorerError(f"There is no time step {time_step}: example {example} has {steps}, counted from 0.")
        one = forward_passes(recurrent_module, sequences)[layer][directions(recurrent_module).index(direction)]
        cell = _unit(one, sequences, time_step, unit, example)
        if one.kind == "LSTM":
            found = _lstm(cell, _pytorch_cell_state(one, time_step, steps, unit, example))
        else:
            found = _gru(cell) if one.kind == "GRU" else _rnn(cell, one.kind)
    return CellStep(tuple(found), cell.inputs, cell.before, cell.found)


def _rnn(cell: _Unit, kind: str) -> list[Equation]:
    function, name, latex = (tanh, "tanh", r"\tanh") if kind == "RNN_TANH" else (_relu, "ReLU", r"\mathrm{ReLU}")
    terms = [
        Term("W_ax x⟨t⟩", _from_input(cell, 0)),
        Term("W_aa a⟨t−1⟩", _from_state(cell, 0)),
        *_bias(cell, "b_a", 0),
    ]
    b_latex = " + b_a" if cell.biases else ""
    return [
        _activated(
            "a⟨t⟩",
            name,
            rf"a^{{\langle t \rangle}} = {latex}(W_{{ax}} x^{{\langle t \rangle}} + W_{{aa}} a^{{\langle t-1 \rangle}}"
            f"{b_latex})",
            terms,
            function,
            cell.found["hidden"],
        )
    ]


def _lstm(cell: _Unit, pytorch_cell_state: float) -> list[Equation]:
    forget = _gate(cell, "f", 1, "forget_gate")
    input_gate = _gate(cell, "i", 0, "input_gate")
    candidate = _gate(cell, "C", 2, "candidate")
    output = _gate(cell, "o", 3, "output_gate")
    state = _summed(
        "C_t",
        "C_t = f_t · C_{t−1} + i_t · C̄_t",
        r"C_t = f_t \cdot C_{t-1} + i_t \cdot \bar{C}_t",
        [
            Term("f_t · C_{t−1}", forget.value * cell.before["cell"]),
            Term("i_t · C̄_t", input_gate.value * candidate.value),
        ],
        pytorch_cell_state,
    )
    hidden = _summed(
        "H_t",
        "H_t = o_t · tanh(C_t)",
        r"H_t = o_t \cdot \tanh(C_t)",
        [Term("o_t · tanh(C_t)", output.value * tanh(state.value))],
        cell.found["hidden"],
    )
    return [forget, input_gate, candidate, state, output, hidden]


def _gru(cell: _Unit) -> list[Equation]:
    reset = _gate(cell, "r", 0, "reset")
    update = _gate(cell, "z", 1, "update")
    state_half = _from_state(cell, 2) + (float(cell.biases[1][2]) if cell.biases else 0.0)
    inner, inner_latex = (
        ("W_n h_{t−1} + b_hn", "W_n h_{t-1} + b_{hn}") if cell.biases else ("W_n h_{t−1}", "W_n h_{t-1}")
    )
    terms = [Term("U_n x_t", _from_input(cell, 2))]
    if cell.biases:
        terms.append(Term("b_in", float(cell.biases[0][2])))
    terms.append(Term(f"r_t · ({inner})", reset.value * state_half))
    candidate = _activated(
        "n_t",
        "tanh",
        rf"n_t = \tanh(U_n x_t{' + b_{in}' if cell.biases else ''} + r_t \cdot ({inner_latex}))",
        terms,
        tanh,
        cell.found["candidate"],
    )
    hidden = _summed(
        "h_t",
        "h_t = (1 − z_t) · n_t + z_t · h_{t−1}",
        r"h_t = (1 - z_t) \cdot n_t + z_t \cdot h_{t-1}",
        [
            Term("(1 − z_t) · n_t", (1 - update.value) * candidate.value),
            Term("z_t · h_{t−1}", update.value * cell.before["hidden"]),
        ],
        cell.found["hidden"],
    )
    return [reset, update, candidate, hidden]


def _gate(cell: _Unit, letter: str, block: int, name: str) -> Equation:
    """σ or, for the candidate, tanh of W h + U x + b."""
    terms = [
        Term(f"W_{letter} h_{{t−1}}", _from_state(cell, block)),
        Term(f"U_{letter} x_t", _from_input(cell, block)),
        *_bias(cell, f"b_{letter}", block),
    ]
    symbol, symbol_latex = ("C̄_t", r"\bar{C}_t") if letter == "C" else (f"{letter}_t", f"{letter}_t")
    function, sign, sign_latex = (tanh, "tanh", r"\tanh") if letter == "C" else (_sigmoid, "σ", r"\sigma")
    sum_of_terms = " + ".join(term.symbol for term in terms)
    return _activated(
        symbol,
        sign,
        f"{symbol_latex} = {sign_latex}({sum_of_terms.replace('−', '-')})",
        terms,
        function,
        cell.found[name],
    )


def _activated(
    symbol: str, activation: str, latex: str, terms: list[Term], function: Callable[[float], float], pytorch: float
) -> Equation:
    inside = sum(term.value for term in terms)
    formula = f"{symbol} = {activation}({' + '.join(term.symbol for term in terms)})"
    return Equation(symbol, formula, latex, tuple(terms), inside, function(inside), pytorch, activation)


def _summed(symbol: str, formula: str, latex: str, terms: list[Term], pytorch: float) -> Equation:
    return Equation(symbol, formula, latex, tuple(terms), None, sum(term.value for term in terms), pytorch)


def _from_input(cell: _Unit, block: int) -> float:
    return float(cell.rows[0][block] @ cell.inputs)


def _from_state(cell: _Unit, block: int) -> float:
    return float(cell.rows[1][block] @ cell.hidden_before)


def _bias(cell: _Unit, symbol: str, block: int) -> list[Term]:
    return [] if cell.biases is None else [Term(symbol, float(cell.biases[0][block] + cell.biases[1][block]))]


def _sigmoid(value: float) -> float:
    return 1 / (1 + exp(-value)) if value >= 0 else exp(value) / (1 + exp(value))


def _relu(value: float) -> float:
    return max(value, 0.0)


def _steps(sequences: Sequences, example: int) -> int:
    steps, batch, _ = sequences.inputs.shape
    if not 0 <= example < batch:
        raise ExplorerError(f"There is no example {example}: the batch has {batch}, counted from 0.")
    return steps if sequences.lengths is None else int(sequences.lengths[example])


def _unit(one: Pass, sequences: Sequences, step: int, unit: int, example: int) -> _Unit:
    names = ("hidden", "cell")[: len(one.start)]
    before = {
        name: sequences.before(one.found[name], start, one.direction)[step, example].double()
        for name, start in zip(names, one.start, strict=True)
    }
    units = one.weights.recurrent.shape[1]
    biases = one.weights.biases
    return _Unit(
        inputs=one.inputs[step, example].double(),
        hidden_before=before["hidden"],
        rows=(one.weights.input[unit::units].double(), one.weights.recurrent[unit::units].double()),
        biases=None if biases is None else (biases[0][unit::units].double(), biases[1][unit::units].double()),
        before={name: float(state[unit]) for name, state in before.items()},
        found={name: float(values[step, example, unit]) for name, values in one.found.items()},
    )


def _pytorch_cell_state(one: Pass, step: int, steps: int, unit: int, example: int) -> float:
    """c_t as PyTorch has it: the final state of a sequence that ends with this step."""
    if one.direction == "forward":
        inputs = one.inputs[: step + 1, example : example + 1]
    else:
        inputs = one.inputs[step:steps, example : example + 1].flip(0)
    start = [state[None, example : example + 1].contiguous() for state in one.start]
    return float(run_fused(one.kind, inputs.contiguous(), start, [one.weights])[2][0, 0, unit])
