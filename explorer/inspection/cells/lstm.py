"""The LSTM cell, as ``torch.nn.LSTM`` computes it.

In the course's notation W are the recurrent weights, U the input weights and C̄ the candidate; the one bias b is the sum
of PyTorch's two.
"""

import math
from dataclasses import dataclass
from itertools import repeat

import torch
from torch import Tensor

from explorer.inspection.cells.cell import Before, Cell, Gate, Hold, Quantities, RecurrentLayer
from explorer.inspection.cells.equation import (
    DotProduct,
    Equation,
    Factor,
    Term,
    UnitStep,
    dotted,
    gate,
    product,
    summed,
    weighted,
)
from explorer.inspection.cells.fused import CellWeights, tanh
from explorer.inspection.cells.through_time import backwards, following, scan

GATES = (
    Gate("input_gate", "i", "input gate"),
    Gate("forget_gate", "f", "forget gate"),
    Gate("candidate", "C", "candidate"),
    Gate("output_gate", "o", "output gate"),
)
NAMES = tuple(gate.name for gate in GATES)


@dataclass(frozen=True, eq=False)
class LSTMLayer(RecurrentLayer):
    """A layer of nn.LSTM."""

    cell: Tensor
    input_gate: Tensor
    forget_gate: Tensor
    candidate: Tensor
    output_gate: Tensor


def activate(blocks: tuple[Tensor, ...], hold: Hold) -> Quantities:
    """The gates of all given steps."""
    i, f, g, o = blocks
    activated = (i.sigmoid(), f.sigmoid(), tanh(g), o.sigmoid())
    return {name: hold(name, values) for name, values in zip(NAMES, activated, strict=True)}


def cell_states(gates: Quantities, start: tuple[Tensor, ...], valid: Tensor | None, direction: str) -> Quantities:
    """The cell state of all steps: c_t = f·c_(t−1) + i·candidate."""
    kept, added = gates["forget_gate"], gates["input_gate"] * gates["candidate"]
    if valid is not None:  # in reverse the padding comes first: it passes the initial state on
        kept, added = kept.masked_fill(~valid, 1), added.masked_fill(~valid, 0)
    return {"cell": scan(kept, added, start[1], direction)}


def step(gates: Quantities, states: tuple[Tensor, ...], hold: Hold, weights: CellWeights) -> Quantities:
    """The states after one step, from the gates and the hidden and cell state before it."""
    kept, added = gates["forget_gate"] * states[1], gates["input_gate"] * gates["candidate"]
    cell = hold("cell", kept + added)
    hidden = gates["output_gate"] * cell.tanh()
    if weights.projection is not None:
        hidden = hidden @ weights.projection.T
    return {"cell": cell, "hidden": hold("hidden", hidden)}


def backward(
    found: Quantities,
    before: Before,
    weights: CellWeights,
    direct: Tensor,
    direction: str,
    direct_cell: Tensor | None = None,
) -> Quantities:
    """dL/dh_t, dL/dc_t and, by each gate's name, dL/d(its pre-activation)_t, (time, batch, unit).

    ``direct`` and ``direct_cell``, (time, batch, unit), are the gradients of the states that do not pass through a
    later step of this layer.
    """
    i, f, g, o = (found[name] for name in NAMES)
    squashed = tanh(found["cell"])
    to_cell = o * (1 - squashed * squashed)  # dh/dc
    # derivatives of c_t by c_{t−1} and by the pre-activations of the gates i, f, g and o (0)
    of_cell = torch.stack([f, g * i * (1 - i), before("cell") * f * (1 - f), i * (1 - g * g), torch.zeros_like(o)], 2)
    of_hidden = of_cell * to_cell.unsqueeze(2)  # derivatives of h_t by the same, through c_t …
    of_hidden[:, :, 4] = squashed * o * (1 - o)  # … and through the output gate; (time, batch, 1 + gate, unit)

    hidden = direct.clone()
    outputs = (
        hidden if weights.projection is None else torch.empty_like(o)
    )  # dL/d(o_t · tanh(c_t)), before a projection
    kept, gates = of_hidden[:, :, :1], of_hidden[:, :, 1:]  # contribution to dL/dc_{t−1}, and dL/d(pre-activations)
    later = torch.zeros_like(gates[0].flatten(1))
    later_kept = torch.zeros_like(kept[0])
    steps = backwards(direction, hidden, outputs, outputs.unsqueeze(2), of_cell, of_hidden, gates.flatten(2), kept)
    direct_cells = repeat((None,)) if direct_cell is None else backwards(direction, direct_cell.unsqueeze(2))
    for own, (direct_now,) in zip(steps, direct_cells, strict=False):
        hidden_now, outputs_now, for_each_gate, of_cell_now, of_hidden_now, gates_now, kept_now = own
        if direct_now is not None:
            later_kept = later_kept + direct_now
        hidden_now.addmm_(later, weights.recurrent)
        if weights.projection is not None:
            torch.mm(hidden_now, weights.projection, out=outputs_now)
        of_hidden_now.mul_(for_each_gate).addcmul_(of_cell_now, later_kept)
        later, later_kept = gates_now, kept_now
    cell = outputs * to_cell + following(kept.squeeze(2), direction)
    if direct_cell is not None:
        cell += direct_cell
    return {"hidden": hidden, "cell": cell, **dict(zip(NAMES, gates.unbind(2), strict=True))}


def equations(unit: UnitStep) -> list[Equation]:
    """The equations of one unit at one time step."""
    forget = gate(unit, "f", 1, "forget_gate")
    input_gate = gate(unit, "i", 0, "input_gate")
    candidate = weighted(unit, "C", 2, "candidate", "C̄_t", r"\bar{C}_t", ("tanh", r"\tanh", math.tanh))
    output = gate(unit, "o", 3, "output_gate")
    state = summed(
        "C_t",
        "C_t = f_t · C_{t−1} + i_t · C̄_t",
        r"C_t = f_t \cdot C_{t-1} + i_t \cdot \bar{C}_t",
        [
            product(Factor("f_t", forget.value), Factor("C_{t−1}", unit.before["cell"])),
            product(Factor("i_t", input_gate.value), Factor("C̄_t", candidate.value)),
        ],
        unit.pytorch["cell"],
    )
    shown = product(Factor("o_t", output.value), Factor("tanh(C_t)", math.tanh(state.value), of=state.value))
    return [forget, input_gate, candidate, state, output, *_hidden(unit, shown)]


def _hidden(unit: UnitStep, shown: Term) -> list[Equation]:
    """The hidden state, o_t · tanh(C_t); behind a projection that is m_t, and the hidden state is W_hr m_t."""
    if unit.projected is None:
        return [_output("H_t", shown, unit.pytorch["hidden"])]
    row, outputs = unit.projected
    output = _output("m_t", shown, unit.found["output_gate"] * math.tanh(unit.found["cell"]))
    if row is None:  # there are fewer hidden states than units
        return [output]
    projected = dotted(DotProduct("W_hr", "m_t", row, outputs))
    return [output, summed("H_t", "H_t = W_hr m_t", r"H_t = W_{hr} m_t", [projected], unit.pytorch["hidden"])]


def _output(symbol: str, shown: Term, pytorch: float) -> Equation:
    formula, latex = f"{symbol} = o_t · tanh(C_t)", rf"{symbol} = o_t \cdot \tanh(C_t)"
    return summed(symbol, formula, latex, [shown], pytorch)


LSTM = Cell(
    layer=LSTMLayer,
    states=("hidden", "cell"),
    gates=GATES,
    kernel=torch.lstm,
    activate=activate,
    step=step,
    backward=backward,
    equations=equations,
    other_states=cell_states,
)
