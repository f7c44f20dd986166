"""The equations of a recurrent cell as the course writes them, each term with its number.

In the course's notation W are the recurrent weights and U the input weights; the one bias b is the sum of
PyTorch's two.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.in_html import Columns, Rows, table
from explorer.inspection.activations import undisturbed
from explorer.inspection.cells.equation import Equation, UnitStep
from explorer.inspection.cells.fused import directions, run_fused
from explorer.inspection.readings import Inputs, only_reading
from explorer.inspection.recurrent import Pass, forward_passes, state_before
from explorer.inspection.sequences import Sequences, State, check_place, read_sequences


@dataclass(frozen=True, eq=False)
class CellStep:
    """The inputs, states and gates of one unit at one time step, and its equations."""

    equations: tuple[Equation, ...]
    inputs: Tensor  # (feature): x_t, or above the first layer the states of the layer below
    before: dict[str, float]  # its own "hidden" (if it has one) and, of an LSTM, "cell" state before the step
    found: dict[str, float]  # its states and gates by the names of a trace
    kind: str  # of the cell: "lstm", "gru" or "rnn"
    activation: str  # of the hidden state: "tanh" or "ReLU"
    time_step: int
    unit: int

    def _repr_html_(self) -> str:
        return table(map(_columns, self.equations), f"Unit {self.unit} at time step {self.time_step}")


def equations(
    model: nn.Module,
    inputs: Inputs,
    time_step: int,
    unit: int,
    layer: int = 0,
    direction: str = "forward",
    example: int = 0,
    initial: State | None = None,
    lengths: Sequence[int] | Tensor | None = None,
    module: str | None = None,
) -> Rows[Equation]:
    """The equations of one unit at one time step, in the order in which they are computed.

    The states before the step and the inputs are the network's; everything else is recomputed in float64. Above the
    first layer x_t are the states of the layer below; in the reverse direction t−1 is the step to the right.

    Args and Raises: see ``cell_step``.
    """
    place = (time_step, unit, layer, direction, example)
    return Rows(cell_step(model, inputs, *place, initial, lengths, module).equations, _columns)


def _columns(one: Equation) -> Columns:
    return {"equation": one.formula, "value": one.value, "PyTorch": one.pytorch, "difference": one.difference}


def cell_step(
    model: nn.Module,
    inputs: Inputs,
    time_step: int,
    unit: int,
    layer: int = 0,
    direction: str = "forward",
    example: int = 0,
    initial: State | None = None,
    lengths: Sequence[int] | Tensor | None = None,
    module: str | None = None,
) -> CellStep:
    """The equations of one unit at one time step, with the network's own states and gates, from one forward pass.

    Args:
        model: an nn.RNN, nn.LSTM or nn.GRU, or a network around some; see ``trace``.
        inputs: of the model; see ``trace``.
        time_step: in the input's own order, from 0.
        unit: of the layer, from 0.
        layer: of the recurrent layers stacked in one module, from 0.
        direction: "forward" or "reverse".
        example: of the batch, from 0.
        initial: the initial state of a recurrent layer, as it takes it; None is 0.
        lengths: the time steps of each example of a padded batch.
        module: of a network with several recurrent layers, the name of one.

    Raises:
        ExplorerError: as ``trace`` does, and for a layer, direction, unit, example or time step that does not exist.
    """
    reading = only_reading(model, inputs, initial, lengths, module)
    recurrent = reading.module
    with torch.no_grad(), undisturbed(recurrent):
        sequences = read_sequences(recurrent, reading.inputs, reading.initial, reading.lengths)
        check_place(recurrent, layer, direction, unit)
        steps = _steps(sequences, example)
        if not 0 <= time_step < steps:
            raise ExplorerError(f"There is no time step {time_step}: example {example} has {steps}, counted from 0.")
        one = forward_passes(recurrent, sequences)[layer][directions(recurrent).index(direction)]
        own = _unit_step(one, sequences, time_step, steps, unit, example)
    kind, _, activation = recurrent.mode.lower().partition("_")
    equations_of_unit = tuple(one.cell.equations(own))
    activation = "ReLU" if activation == "relu" else "tanh"
    return CellStep(equations_of_unit, own.inputs, own.before, own.found, kind, activation, time_step, unit)


def _steps(sequences: Sequences, example: int) -> int:
    steps, batch, _ = sequences.inputs.shape
    if not 0 <= example < batch:
        raise ExplorerError(f"There is no example {example}: the batch has {batch}, counted from 0.")
    return steps if sequences.lengths is None else int(sequences.lengths[example])


def _unit_step(one: Pass, sequences: Sequences, step: int, steps: int, unit: int, example: int) -> UnitStep:
    before = {name: state_before(sequences, one, name)[step, example].double() for name in one.cell.states}
    now = {name: values[step, example] for name, values in one.found.items()}
    found = _of_unit(now, unit)
    units, biases = one.weights.units, one.weights.biases
    return UnitStep(
        inputs=one.inputs[step, example].double(),
        hidden_before=before["hidden"],
        rows=(one.weights.input[unit::units].double(), one.weights.recurrent[unit::units].double()),
        biases=None if biases is None else (biases[0][unit::units].double(), biases[1][unit::units].double()),
        before=_of_unit(before, unit),
        found=found,
        pytorch={**found, **_kernel_states(one, step, steps, unit, example)},
        projected=_projected(one, now, unit),
    )


def _of_unit(quantities: dict[str, Tensor], unit: int) -> dict[str, float]:
    """The values of a unit; behind a projection there are fewer hidden states than units."""
    return {name: float(values[unit]) for name, values in quantities.items() if unit < len(values)}


def _projected(one: Pass, now: dict[str, Tensor], unit: int) -> tuple[Tensor | None, Tensor] | None:
    """The unit's row of the projection, if it has one, and what every unit hands to the projection."""
    projection = one.weights.projection
    if projection is None:
        return None
    row = projection[unit].double() if unit < len(projection) else None
    return row, now["output_gate"].double() * now["cell"].double().tanh()


def _kernel_states(one: Pass, step: int, steps: int, unit: int, example: int) -> dict[str, float]:
    """The states besides the hidden state as PyTorch's kernel returns them, for a sequence that ends with this step."""
    names = one.cell.states[1:]
    if not names:
        return {}
    if one.direction == "forward":
        inputs = one.inputs[: step + 1, example : example + 1]
    else:
        inputs = one.inputs[step:steps, example : example + 1].flip(0)
    start = [state[None, example : example + 1].contiguous() for state in one.start]
    _, _, *final = run_fused(one.cell.kernel, inputs.contiguous(), start, [one.weights])
    return {name: float(state[0, 0, unit]) for name, state in zip(names, final, strict=True)}
