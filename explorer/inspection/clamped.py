"""Interventions: a gate, a state or a single unit is clamped to a value, and all later numbers are recomputed."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import keep_freed_memory, undisturbed
from explorer.inspection.cells import CELLS
from explorer.inspection.cells.fused import JoinedWeights
from explorer.inspection.layers import has_own_way
from explorer.inspection.readings import Inputs, only_reading
from explorer.inspection.recurrent import Pass, Trace, as_trace, forward_passes, layer_passes
from explorer.inspection.sequences import Sequences, State, check_place, hidden_width, read_sequences


@dataclass(frozen=True)
class Clamp:
    """A quantity held at a value.

    To ablate a unit, hold its hidden state at 0. Time steps are in the input's order, also in the reverse direction,
    where the clamp affects the steps to its left.
    """

    what: str  # "hidden", "cell", or a gate by its name in the trace
    value: float
    unit: int | None = None  # None: every unit
    layer: int = 0
    direction: str = "forward"
    start: int = 0
    end: int | None = None  # the first time step after the clamp; None: to the last

    def holds_at(self, time_step: int) -> bool:
        """True if the quantity is held at this time step."""
        return self.start <= time_step and (self.end is None or time_step < self.end)


def clamped_trace(
    model: nn.Module,
    inputs: Inputs,
    clamps: Sequence[Clamp],
    initial: State | None = None,
    lengths: Sequence[int] | Tensor | None = None,
    module: str | None = None,
) -> Trace:
    """The trace of a recurrent layer with quantities clamped; later steps, later layers and the output are recomputed.

    A gate is clamped after its sigmoid or tanh, a state before anything reads it. Of two clamps of the same quantity
    the later in the list wins. A layer runs in the fused kernel up to its first clamped step, and then step by step.

    Args:
        model: an nn.RNN, nn.LSTM or nn.GRU, or a network around some; see ``trace``.
        inputs: of the model; see ``trace``.
        clamps: the quantities to hold; an empty list gives the plain trace.
        initial: the initial state of a recurrent layer, as it takes it; None is 0.
        lengths: the time steps of each example of a padded batch.
        module: of a network with several recurrent layers, the name of one.

    Raises:
        ExplorerError: as ``trace`` does, and for a quantity, unit, layer, direction or time step that does not exist.
    """
    keep_freed_memory()
    reading = only_reading(model, inputs, initial, lengths, module)
    recurrent = reading.module
    with torch.no_grad(), undisturbed(recurrent):
        sequences = read_sequences(recurrent, reading.inputs, reading.initial, reading.lengths)
        for clamp in clamps:
            _check(recurrent, clamp, len(sequences.inputs))
        if has_own_way(recurrent):
            forward_passes(recurrent, sequences)  # refuses another output than that of the equations
        by_layer: list[list[Pass]] = []
        states = sequences.inputs
        for layer in range(recurrent.num_layers):
            passes = layer_passes(recurrent, layer, states, sequences)
            for one in passes:
                own = [clamp for clamp in clamps if (clamp.layer, clamp.direction) == (layer, one.direction)]
                if own:
                    _run_clamped(one, sequences, own)
            by_layer.append(passes)
            states = torch.cat([one.found["hidden"] for one in passes], -1)
        return as_trace(sequences, by_layer)


def legal_range(module: nn.RNNBase, what: str) -> tuple[float, float]:
    """The values that a quantity can take: a sigmoid's, a tanh's, a ReLU's, or any (a cell state, a pre-activation).

    A state may be held beyond its range, since an initial state can lie there too; a gate may not.
    """
    if what in ("cell", "pre_activation") or (what == "hidden" and module.proj_size):
        return -inf, inf
    if what == "hidden":
        return CELLS[module.mode].hidden_range
    return (-1.0, 1.0) if what == "candidate" else (0.0, 1.0)


def _run_clamped(one: Pass, sequences: Sequences, clamps: list[Clamp]) -> None:
    """Recompute the layer and direction from its first clamped step on, in place."""
    found = {name: values.clone() for name, values in one.found.items()}
    weights = one.cell.join(one.weights)
    every_step = range(len(one.inputs))
    states, free = one.start, True
    for step in every_step if one.direction == "forward" else reversed(every_step):
        held = [clamp for clamp in clamps if clamp.holds_at(step)]
        free = free and not held
        if not free:
            for name, values in _step(one, weights, step, states, held).items():
                found[name][step] = values
        valid = None if sequences.valid is None else sequences.valid[step]
        states = tuple(  # the padding leaves the states unchanged
            found[name][step] if valid is None else torch.where(valid, found[name][step], state)
            for name, state in zip(one.cell.states, states, strict=True)
        )
    one.found.update({name: sequences.without_padding(values) for name, values in found.items()})


def _step(
    one: Pass, weights: JoinedWeights, step: int, states: tuple[Tensor, ...], clamps: list[Clamp]
) -> dict[str, Tensor]:
    """One time step, (batch, unit) by name; clamped quantities are set before anything reads them."""

    def hold(name: str, values: Tensor) -> Tensor:
        for clamp in clamps:
            if clamp.what == name:
                values[..., slice(None) if clamp.unit is None else clamp.unit] = clamp.value
        return values

    blocks = weights.blocks(one.inputs[step : step + 1], states[0].unsqueeze(0))
    gates = {name: values.squeeze(0) for name, values in one.cell.activate(blocks, hold).items()}
    return {**gates, **one.cell.step(gates, states, hold, one.weights)}


def _check(module: nn.RNNBase, clamp: Clamp, steps: int) -> None:
    names = CELLS[module.mode].layer.names()
    if clamp.what not in names:
        raise ExplorerError(f"An nn.{type(module).__name__} has no {clamp.what!r}; choose one of {', '.join(names)}.")
    if not isfinite(clamp.value):
        raise ExplorerError(f"{clamp.what} cannot be held at {clamp.value}; choose a finite number.")
    low, high = legal_range(module, clamp.what)
    if clamp.what not in CELLS[module.mode].states and not low <= clamp.value <= high:
        raise ExplorerError(
            f"A value of {clamp.value:g} is impossible for {clamp.what}, which lies between {low:g} and {high:g}; "
            "choose one in this range."
        )
    units = hidden_width(module) if clamp.what == "hidden" else module.hidden_size
    check_place(module, clamp.layer, clamp.direction, clamp.unit, units)
    end = steps if clamp.end is None else clamp.end
    if not 0 <= clamp.start < end <= steps:
        raise ExplorerError(
            f"There are no time steps from {clamp.start} to before {end}: the input has {steps} time steps, from 0 to "
            f"{steps - 1}."
        )
