"""The output equation of a recurrent network, y = softmax(W_ya a + b_y), with its numbers beside PyTorch's."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from explorer.inspection.arithmetic import check_sum
from explorer.inspection.cells.equation import DotProduct, Equation, Term, dotted, summed
from explorer.inspection.predictions import SoftmaxSteps, softmax_steps


@dataclass(frozen=True, eq=False)
class Readout:
    """The answer at one step: an equation for each output, and for classes the softmax over them; in float64."""

    equations: tuple[Equation, ...]  # one an output: a logit, or a number
    softmax: SoftmaxSteps | None  # None for numbers
    pytorch: Tensor  # (k): PyTorch's own probabilities, or its numbers
    difference: float  # the largest from PyTorch's, among logits and probabilities


@torch.no_grad()
def readout_step(readout: nn.Linear, states: Tensor, *, classes: bool) -> Readout:
    """The output equation for the state that is read at one step.

    Args:
        readout: the layer from states to answers.
        states: (unit), or (2 · unit) of a network in both directions.
        classes: whether the outputs are logits, which softmax turns into probabilities.

    Raises:
        ExplorerError: if the layer gives something else (a class derived from ``nn.Linear``, a hook), with the gap.
    """
    own = readout(states)
    state, weights = states.double(), readout.weight.double()
    symbol, name = ("z", "z⟨t⟩") if classes else ("y", "y⟨t⟩")
    equations = tuple(
        summed(
            f"{name}[{number}]",
            f"{name} = W_ya a⟨t⟩ + b_y",
            rf"{symbol}^{{\langle t \rangle}} = W_{{ya}} a^{{\langle t \rangle}} + b_y",
            [
                dotted(DotProduct("W_ya", "a⟨t⟩", weights[number], state)),
                *([] if readout.bias is None else [Term("b_y", float(readout.bias[number]))]),
            ],
            float(own[number]),
        )
        for number in range(readout.out_features)
    )
    for row, bias, value, equation in zip(weights, _biases(readout), own, equations, strict=True):
        check_sum(readout, value, equation.value, float((row * state).abs().sum()) + abs(bias), len(state) + 1)
    off = max(abs(equation.difference) for equation in equations)
    if not classes:
        return Readout(equations, None, own, off)
    steps = softmax_steps(torch.tensor([equation.value for equation in equations], dtype=torch.float64))
    probabilities = own.softmax(0)
    return Readout(
        equations, steps, probabilities, max(off, float((steps.probabilities - probabilities.double()).abs().max()))
    )


def _biases(readout: nn.Linear) -> list[float]:
    return [0.0] * readout.out_features if readout.bias is None else readout.bias.tolist()
