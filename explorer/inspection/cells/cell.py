"""A kind of recurrent cell as one value: everything that differs between an RNN, an LSTM and a GRU.

Inside this package time comes first: (time, batch, unit). Results are handed out as (batch, time, unit).
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import NamedTuple

from torch import Tensor

from explorer.inspection.cells.equation import Equation, UnitStep
from explorer.inspection.cells.fused import CellWeights, JoinedWeights, joined

Hold = Callable[[str, Tensor], Tensor]  # a quantity's name and values -> the values that everything else reads
Before = Callable[[str], Tensor]  # a state's name -> its values before each step, (time, batch, unit)
Quantities = dict[str, Tensor]  # states and gates by name


@dataclass(frozen=True, eq=False)
class RecurrentLayer:
    """One layer in one direction; every tensor is (batch, time, unit), time in the input's own order.

    The hidden state of an LSTM with a projection has ``proj_size`` units, everything else ``hidden_size``.

    In a Trace the tensors are what the cells computed; in a GradientTrace they are the gradients of the loss with
    respect to the hidden state, the cell state, and the pre-activation of each gate and candidate.
    """

    layer: int
    direction: str  # "forward" or "reverse"
    hidden: Tensor

    @property
    def quantities(self) -> Quantities:
        """The tensors by name, hidden first."""
        return {name: getattr(self, name) for name in self.names()}

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The names of the tensors, hidden first."""
        return tuple(field.name for field in fields(cls)[2:])


class Gate(NamedTuple):
    """A gate or candidate: one block of rows in PyTorch's weights."""

    name: str  # in a trace: "forget_gate"
    letter: str  # in the equations: "f"
    meaning: str  # "forget gate"


class Symbols(NamedTuple):
    """The letters of a gate's weights and biases in the equations."""

    input_weight: str
    recurrent_weight: str
    input_bias: str
    recurrent_bias: str


def gate_symbols(letter: str) -> Symbols:
    """U for the input weights, W for the recurrent weights, and one b for the sum of PyTorch's two biases."""
    return Symbols(f"U_{letter}", f"W_{letter}", f"b_{letter}", f"b_{letter}")


def no_other_states(
    _gates: Quantities, _start: tuple[Tensor, ...], _valid: Tensor | None, _direction: str
) -> Quantities:
    """No states besides the hidden state."""
    return {}


@dataclass(frozen=True)
class Cell:
    """A kind of recurrent cell: ``torch.nn.RNN``, ``LSTM`` and ``GRU`` state the equations.

    The functions take these arguments:

    - kernel: PyTorch's fused kernel.
    - activate(blocks, hold): each gate by name, from the pre-activations of all blocks, (time, batch, unit) each; hold
      is given each gate's name and values before anything else reads them, and returns the values to use.
    - other_states(gates, start, valid, direction): the states of all steps that the fused kernel does not return.
    - step(gates, states, hold, weights): the states after one step, (batch, unit) by name, from the states before it.
    - backward(found, before, weights, direct, direction): the total gradients, hidden first and the gates last, in
      PyTorch's order. found holds the states and gates, before(name) gives a state before each step, and direct is
      dL/dh_t through the layer's output alone; all are (time, batch, unit), and found and direct 0 in the padding. A
      cell with a cell state also takes direct_cell: dL/dc_t through the states that are handed on alone.
    - equations(unit): the equations of one unit at one time step, in the order in which they are computed.
    """

    layer: type[RecurrentLayer]
    states: tuple[str, ...]  # hidden first
    gates: tuple[Gate, ...]  # in PyTorch's order
    kernel: Callable[..., tuple[Tensor, ...]]
    activate: Callable[[tuple[Tensor, ...], Hold], Quantities]
    step: Callable[[Quantities, tuple[Tensor, ...], Hold, CellWeights], Quantities]
    backward: Callable[..., Quantities]
    equations: Callable[[UnitStep], list[Equation]]
    other_states: Callable[[Quantities, tuple[Tensor, ...], Tensor | None, str], Quantities] = no_other_states
    join: Callable[[CellWeights], JoinedWeights] = joined
    symbols: Callable[[str], Symbols] = gate_symbols
    hidden_range: tuple[float, float] = (-1.0, 1.0)  # of the hidden state, without a projection
