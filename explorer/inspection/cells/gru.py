"""The GRU cell, as ``torch.nn.GRU`` computes it."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.inspection.cells.cell import Before, Cell, Gate, Hold, Quantities, RecurrentLayer, Symbols, gate_symbols
from explorer.inspection.cells.equation import Equation, Factor, Term, UnitStep, activated, gate, product, summed
from explorer.inspection.cells.fused import CellWeights, JoinedWeights, all_steps, tanh
from explorer.inspection.cells.through_time import backwards

GATES = (Gate("reset", "r", "reset gate"), Gate("update", "z", "update gate"), Gate("candidate", "n", "candidate"))


@dataclass(frozen=True, eq=False)
class GRULayer(RecurrentLayer):
    """A layer of nn.GRU."""

    reset: Tensor
    update: Tensor
    candidate: Tensor


def join(weights: CellWeights) -> JoinedWeights:
    """Four blocks: the candidate has one for its input and one for its state, since the reset gate acts on the second.

    The rows are PyTorch's gates in PyTorch's order.
    """
    shared = 2 * weights.recurrent.shape[1]  # the rows of the reset and the update gate
    of_input = torch.cat([weights.input, torch.zeros_like(weights.input[shared:])])
    of_state = torch.cat(
        [weights.recurrent[:shared], torch.zeros_like(weights.recurrent[shared:]), weights.recurrent[shared:]]
    )
    bias = None
    if weights.biases is not None:
        of_gates = weights.biases[0][:shared] + weights.biases[1][:shared]
        bias = torch.cat([of_gates, weights.biases[0][shared:], weights.biases[1][shared:]])
    return JoinedWeights(torch.cat([of_input, of_state], 1), bias, weights.units)


def symbols(letter: str) -> Symbols:
    """The letters of a gate's parameters; the candidate keeps PyTorch's two biases apart."""
    own = gate_symbols(letter)
    return own._replace(input_bias="b_in", recurrent_bias="b_hn") if letter == "n" else own


def activate(blocks: tuple[Tensor, ...], hold: Hold) -> Quantities:
    """The gates of all given steps."""
    r, z, n_input, n_state = blocks
    reset = hold("reset", r.sigmoid())
    candidate = tanh(torch.addcmul(n_input, reset, n_state))
    return {"reset": reset, "update": hold("update", z.sigmoid()), "candidate": hold("candidate", candidate)}


def step(gates: Quantities, states: tuple[Tensor, ...], hold: Hold, _weights: CellWeights) -> Quantities:
    """The hidden state after one step."""
    return {"hidden": hold("hidden", (1 - gates["update"]) * gates["candidate"] + gates["update"] * states[0])}


def backward(found: Quantities, before: Before, weights: CellWeights, direct: Tensor, direction: str) -> Quantities:
    """dL/dh_t and, by each gate's name, dL/d(its pre-activation)_t, (time, batch, unit)."""
    bias = None if weights.biases is None else weights.biases[1].chunk(3)[2]
    hidden_before = before("hidden")
    candidate_state = all_steps(hidden_before, weights.recurrent.chunk(3)[2], bias)  # U_n h + b_hn
    r, z, n = found["reset"], found["update"], found["candidate"]
    of_candidate = (1 - z) * (1 - n * n)  # dh/d(pre-activation), as are the next two
    of_reset = of_candidate * candidate_state * r * (1 - r)
    of_update = (hidden_before - n) * z * (1 - z)
    # derivatives of h_t by h_{t−1}, and by the recurrent half of each gate; the candidate's passes the reset gate
    of_hidden = torch.stack([z, of_reset, of_update, of_candidate * r], 2)  # (time, batch, 1 + gate, unit)

    hidden = direct.clone()
    kept, halves = of_hidden[:, :, 0], of_hidden[:, :, 1:]
    later, later_kept = torch.zeros_like(halves[0].flatten(1)), torch.zeros_like(kept[0])
    for hidden_now, for_each_gate, of_hidden_now, halves_now, kept_now in backwards(
        direction, hidden, hidden.unsqueeze(2), of_hidden, halves.flatten(2), kept
    ):
        hidden_now.addmm_(later, weights.recurrent).add_(later_kept)
        of_hidden_now.mul_(for_each_gate)
        later, later_kept = halves_now, kept_now
    return {"hidden": hidden, "reset": halves[:, :, 0], "update": halves[:, :, 1], "candidate": of_candidate * hidden}


def equations(unit: UnitStep) -> list[Equation]:
    """The equations of one unit at one time step."""
    reset = gate(unit, "r", 0, "reset")
    update = gate(unit, "z", 1, "update")
    from_state = unit.from_state("W_n", "h_{t−1}", 2)
    state_half = (from_state, *([Term("b_hn", float(unit.biases[1][2]))] if unit.biases else []))
    inner, inner_latex = (
        ("W_n h_{t−1} + b_hn", "W_n h_{t-1} + b_{hn}") if unit.biases else ("W_n h_{t−1}", "W_n h_{t-1}")
    )
    terms = [unit.from_input("U_n", "x_t", 2)]
    if unit.biases:
        terms.append(Term("b_in", float(unit.biases[0][2])))
    half = Factor(inner, sum(term.value for term in state_half), terms=state_half)
    terms.append(product(Factor("r_t", reset.value), half))
    candidate = activated(
        "n_t",
        "tanh",
        rf"n_t = \tanh(U_n x_t{' + b_{in}' if unit.biases else ''} + r_t \cdot ({inner_latex}))",
        terms,
        math.tanh,
        unit.pytorch["candidate"],
    )
    hidden = summed(
        "h_t",
        "h_t = (1 − z_t) · n_t + z_t · h_{t−1}",
        r"h_t = (1 - z_t) \cdot n_t + z_t \cdot h_{t-1}",
        [
            product(Factor("1 − z_t", 1 - update.value), Factor("n_t", candidate.value)),
            product(Factor("z_t", update.value), Factor("h_{t−1}", unit.before["hidden"])),
        ],
        unit.pytorch["hidden"],
    )
    return [reset, update, candidate, hidden]


GRU = Cell(
    layer=GRULayer,
    states=("hidden",),
    gates=GATES,
    kernel=torch.gru,
    activate=activate,
    step=step,
    backward=backward,
    equations=equations,
    join=join,
    symbols=symbols,
)
