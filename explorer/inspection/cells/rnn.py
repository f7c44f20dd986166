"""The simple recurrent cell, as ``torch.nn.RNN`` computes it, with tanh or ReLU."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from explorer.inspection.cells.cell import Before, Cell, Gate, Hold, Quantities, RecurrentLayer, Symbols
from explorer.inspection.cells.equation import Equation, UnitStep, activated
from explorer.inspection.cells.fused import CellWeights
from explorer.inspection.cells.through_time import backwards


@dataclass(frozen=True, eq=False)
class RNNLayer(RecurrentLayer):
    """A layer of nn.RNN."""

    pre_activation: Tensor


@dataclass(frozen=True)
class Activation:
    """The cell's activation function."""

    name: str
    latex: str
    of_tensor: Callable[[Tensor], Tensor]
    of_number: Callable[[float], float]
    slope: Callable[[Quantities], Tensor]  # its derivative, from the cell's hidden state and pre-activation
    range: tuple[float, float]


def activate(blocks: tuple[Tensor, ...], hold: Hold) -> Quantities:
    """The pre-activation of all given steps."""
    return {"pre_activation": hold("pre_activation", blocks[0])}


def step(
    activation: Activation, gates: Quantities, _states: tuple[Tensor, ...], hold: Hold, _weights: CellWeights
) -> Quantities:
    """The hidden state after one step."""
    return {"hidden": hold("hidden", activation.of_tensor(gates["pre_activation"]))}


def backward(
    activation: Activation,
    found: Quantities,
    _before: Before,
    weights: CellWeights,
    direct: Tensor,
    direction: str,
) -> Quantities:
    """dL/dh_t and dL/d(pre-activation)_t, (time, batch, unit)."""
    hidden, inner = direct.clone(), activation.slope(found)
    later = torch.zeros_like(direct[0])
    for hidden_now, inner_now in backwards(direction, hidden, inner):
        later = inner_now.mul_(hidden_now.addmm_(later, weights.recurrent))
    return {"hidden": hidden, "pre_activation": inner}


def equations(activation: Activation, unit: UnitStep) -> list[Equation]:
    """The equation of one unit at one time step."""
    terms = [
        unit.from_input("W_ax", "x⟨t⟩", 0),
        unit.from_state("W_aa", "a⟨t−1⟩", 0),
        *unit.bias("b_a", 0),
    ]
    bias = " + b_a" if unit.biases else ""
    return [
        activated(
            "a⟨t⟩",
            activation.name,
            rf"a^{{\langle t \rangle}} = {activation.latex}(W_{{ax}} x^{{\langle t \rangle}} + "
            rf"W_{{aa}} a^{{\langle t-1 \rangle}}{bias})",
            terms,
            activation.of_number,
            unit.pytorch["hidden"],
        )
    ]


def symbols(_letter: str) -> Symbols:
    """The letters of the cell's parameters."""
    return Symbols("W_ax", "W_aa", "b_a", "b_a")


def _tanh_slope(found: Quantities) -> Tensor:
    return 1 - found["hidden"] ** 2


def _relu_slope(found: Quantities) -> Tensor:
    return (found["pre_activation"] > 0).to(found["hidden"].dtype)


def _cell(kernel: Callable[..., tuple[Tensor, ...]], activation: Activation) -> Cell:
    return Cell(
        layer=RNNLayer,
        states=("hidden",),
        gates=(Gate("pre_activation", "a", "hidden state"),),
        kernel=kernel,
        activate=activate,
        step=partial(step, activation),
        backward=partial(backward, activation),
        equations=partial(equations, activation),
        symbols=symbols,
        hidden_range=activation.range,
    )


RNN_TANH = _cell(torch.rnn_tanh, Activation("tanh", r"\tanh", torch.tanh, math.tanh, _tanh_slope, (-1.0, 1.0)))
RNN_RELU = _cell(
    torch.rnn_relu,
    Activation("ReLU", r"\mathrm{ReLU}", torch.relu, lambda number: max(number, 0.0), _relu_slope, (0.0, math.inf)),
)
