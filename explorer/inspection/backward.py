"""Backpropagation through time, written out for each kind of cell: from the last step that ran back to the first.

Everything that does not wait for a later step is computed for all steps at once; what is left of a step is one matrix
product and one or two elementwise ones, each written over what it reads: at batch 1 a step costs more to start than to
compute. Autograd, unrolled, must record every operation of every step instead.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from explorer.inspection.cells import tanh


def rnn_backward(slope: Tensor, recurrent: Tensor, direct: Tensor, direction: str) -> dict[str, Tensor]:
    """The gradients of an RNN's layer.

    Args:
        slope: the activation's derivative at each step, (time, batch, unit), 0 in the padding.
        recurrent: the recurrent weights, (unit, unit).
        direct: dL/dh_t through the layer's output alone, (time, batch, unit), 0 in the padding.
        direction: in which the layer ran.

    Returns:
        dL/dh_t and dL/d(pre-activation)_t, (time, batch, unit).
    """
    hidden, inner = direct.clone(), slope.clone()
    later = torch.zeros_like(direct[0])
    for hidden_now, inner_now in _back(direction, hidden, inner):
        later = inner_now.mul_(hidden_now.addmm_(later, recurrent))
    return {"hidden": hidden, "pre_activation": inner}


def lstm_backward(
    found: dict[str, Tensor], cell_before: Tensor, recurrent: Tensor, direct: Tensor, direction: str
) -> dict[str, Tensor]:
    """The gradients of an LSTM's layer.

    Args:
        found: its gates and cell states, (time, batch, unit), 0 in the padding.
        cell_before: the cell state before each step, likewise.
        recurrent: the recurrent weights, (gate·unit, unit).
        direct: dL/dh_t through the layer's output alone, (time, batch, unit), 0 in the padding.
        direction: in which the layer ran.

    Returns:
        dL/dh_t, dL/dc_t and, by each gate's name, dL/d(its pre-activation)_t, (time, batch, unit).
    """
    i, f, g, o = (found[name] for name in ("input_gate", "forget_gate", "candidate", "output_gate"))
    squashed = tanh(found["cell"])
    to_cell = o * (1 - squashed * squashed)  # dh/dc
    # what dc_t hands on: to c_{t−1}, and to the pre-activations of the gates i, f, g and, not at all, o
    of_cell = torch.stack([f, g * i * (1 - i), cell_before * f * (1 - f), i * (1 - g * g), torch.zeros_like(o)], 2)
    handed_on = of_cell * to_cell.unsqueeze(2)  # what dh_t hands on, through c_t …
    handed_on[:, :, 4] = squashed * o * (1 - o)  # … and through the output gate; (time, batch, 1 + gate, unit)

    hidden = direct.clone()
    kept, gates = handed_on[:, :, :1], handed_on[:, :, 1:]  # dc_{t−1}'s part, and dL/d(pre-activations)
    later, later_kept = torch.zeros_like(gates[0].flatten(1)), torch.zeros_like(kept[0])
    for hidden_now, for_each_gate, of_cell_now, handed_on_now, gates_now, kept_now in _back(
        direction, hidden, hidden.unsqueeze(2), of_cell, handed_on, gates.flatten(2), kept
    ):
        hidden_now.addmm_(later, recurrent)
        handed_on_now.mul_(for_each_gate).addcmul_(of_cell_now, later_kept)
        later, later_kept = gates_now, kept_now
    cell = hidden * to_cell + _following(kept.squeeze(2), direction)
    names = ("input_gate", "forget_gate", "candidate", "output_gate")
    return {"hidden": hidden, "cell": cell, **dict(zip(names, gates.unbind(2), strict=True))}


def gru_backward(
    found: dict[str, Tensor],
    hidden_before: Tensor,
    candidate_state: Tensor,
    recurrent: Tensor,
    direct: Tensor,
    direction: str,
) -> dict[str, Tensor]:
    """The gradients of a GRU's layer.

    Args:
        found: its gates, (time, batch, unit), 0 in the padding.
        hidden_before: the hidden state before each step, likewise.
        candidate_state: the state's half of the candidate, U_n h + b_hn, on which the reset gate acts, likewise.
        recurrent: the recurrent weights, (gate·unit, unit).
        direct: dL/dh_t through the layer's output alone, (time, batch, unit), 0 in the padding.
        direction: in which the layer ran.

    Returns:
        dL/dh_t and, by each gate's name, dL/d(its pre-activation)_t, (time, batch, unit).
    """
    r, z, n = found["reset"], found["update"], found["candidate"]
    of_candidate = (1 - z) * (1 - n * n)  # dh/d(pre-activation), likewise below
    of_reset = of_candidate * candidate_state * r * (1 - r)
    of_update = (hidden_before - n) * z * (1 - z)
    # what dh_t hands on: to h_{t−1}, and to the state's half of each gate; the candidate's passes the reset gate
    handed_on = torch.stack([z, of_reset, of_update, of_candidate * r], 2)  # (time, batch, 1 + gate, unit)

    hidden = direct.clone()
    kept, halves = handed_on[:, :, 0], handed_on[:, :, 1:]
    later, later_kept = torch.zeros_like(halves[0].flatten(1)), torch.zeros_like(kept[0])
    for hidden_now, for_each_gate, handed_on_now, halves_now, kept_now in _back(
        direction, hidden, hidden.unsqueeze(2), handed_on, halves.flatten(2), kept
    ):
        hidden_now.addmm_(later, recurrent).add_(later_kept)
        handed_on_now.mul_(for_each_gate)
        later, later_kept = halves_now, kept_now
    return {"hidden": hidden, "reset": halves[:, :, 0], "update": halves[:, :, 1], "candidate": of_candidate * hidden}


def _following(values: Tensor, direction: str) -> Tensor:
    """The value at the step that ran after each step, 0 after the last; (time, batch, unit)."""
    nothing = torch.zeros_like(values[:1])
    return torch.cat([nothing, values[:-1]] if direction == "reverse" else [values[1:], nothing])


def _back(direction: str, *sequences: Tensor) -> Iterable[tuple[Any, ...]]:
    """The steps of all sequences (time first), in the order in which gradients reach them."""
    steps: Iterator[tuple[Tensor, ...]] = zip(*(sequence.unbind() for sequence in sequences), strict=True)
    return steps if direction == "reverse" else reversed(list(steps))
