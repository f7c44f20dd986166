"""Every state and gate of a recurrent network at every time step, at the speed of its fused kernel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from explorer.errors import ExplorerError
from explorer.in_html import Columns, table
from explorer.inspection.activations import keep_freed_memory, undisturbed
from explorer.inspection.arithmetic import rounding_of
from explorer.inspection.cells import CELLS, Cell, RecurrentLayer
from explorer.inspection.cells.fused import CellWeights, cell_weights, directions, run_fused
from explorer.inspection.layers import has_own_way
from explorer.inspection.readings import Inputs, Reading, reading_named, readings
from explorer.inspection.sequences import Sequences, State, read_sequences


@dataclass(frozen=True, eq=False)
class Trace:
    """The output, states and gates of a recurrent layer, or of all those of a network.

    In a batch of sequences of different lengths every tensor is 0 in the padding, as in ``pad_packed_sequence``:
    the padding begins at ``lengths``.

    The trace of a network has that of each recurrent layer by its name: ``found["encoder"]``. Where there are several,
    ``layers`` are those of all, in the order of their calls, and ``output`` and ``lengths`` belong to the last one.
    """

    output: Tensor  # the module's own output, in its own layout; of a packed sequence padded
    layers: tuple[RecurrentLayer, ...]  # layer 0 forward, layer 0 reverse, layer 1 forward, …
    lengths: Tensor | None = None  # (batch); None if no example is padded
    modules: Mapping[str, "Trace"] = field(default_factory=dict)  # of a network, the trace of each recurrent layer

    def _repr_html_(self) -> str:
        return table(_columns(one) for one in self.layers)

    def __getitem__(self, name: str) -> "Trace":
        """The trace of one recurrent layer of a network.

        Raises:
            ExplorerError: where the network has none of this name, or the trace is that of one layer itself.
        """
        if not self.modules:
            raise ExplorerError("This is the trace of a recurrent layer itself; read its layers, states and output.")
        return reading_named(self.modules, name)


def trace(
    model: nn.Module,
    inputs: Inputs,
    initial: State | None = None,
    lengths: Sequence[int] | Tensor | None = None,
) -> Trace:
    """Every state and gate of every layer, direction and time step, as in eval mode.

    A network runs once, and its recurrent layers are traced for what they read in it: embeddings before them, packing
    and whatever else is around them do not matter.

    The fused kernel gives the hidden states, layer by layer; the gates are computed for all steps at once from x_t and
    h_{t−1}, and the cell state from c_t = f·c_{t−1} + i·candidate. On a GPU the kernel may round to TF32
    (``torch.backends.cudnn.allow_tf32``); the gates are those of its states.

    Args:
        model: an nn.RNN, nn.LSTM or nn.GRU, of any number of layers and directions, or any network around some.
        inputs: of the model. Of a recurrent layer: (batch, time, feature) or (time, batch, feature), as its
            ``batch_first`` says, (time, feature) for one sequence, which becomes a batch of one; or a packed sequence.
            Of a network: what it reads; several arguments as a tuple, or by name as a mapping.
        initial: the initial state of a recurrent layer, as it takes it; None is 0.
        lengths: the time steps of each example of a padded batch, on which no state then depends. A network is given
            them as its own argument ``lengths``.

    Raises:
        ExplorerError: for a network without recurrent layers, and inputs that a recurrent layer cannot read.
    """
    keep_freed_memory()
    found = {name: _traced(reading) for name, reading in readings(model, inputs, initial, lengths).items()}
    *_, last = found.values()
    if "" in found:
        return last
    return replace(last, layers=tuple(layer for one in found.values() for layer in one.layers), modules=found)


def _columns(one: RecurrentLayer) -> Columns:
    batch, steps, units = one.hidden.shape
    place = {"layer": one.layer, "direction": one.direction, "examples": batch, "time steps": steps, "units": units}
    return {**place, "holds": ", ".join(one.quantities)}


def _traced(reading: Reading) -> Trace:
    with torch.no_grad(), undisturbed(reading.module):
        sequences = read_sequences(reading.module, reading.inputs, reading.initial, reading.lengths)
        return as_trace(sequences, forward_passes(reading.module, sequences))


@dataclass(frozen=True, eq=False)
class Pass:
    """The forward pass of one layer and direction; time comes first."""

    cell: Cell
    layer: int
    direction: str
    weights: CellWeights
    start: tuple[Tensor, ...]  # the initial states, (batch, unit) each: hidden, and for an LSTM cell
    inputs: Tensor  # (time, batch, feature)
    found: dict[str, Tensor]  # hidden, gates, cell: (time, batch, unit) by name, 0 in the padding


def forward_passes(module: nn.RNNBase, sequences: Sequences) -> list[list[Pass]]:
    """The passes of every layer, a list of its directions for each.

    Raises:
        ExplorerError: if the module's own output or final states are others: a derived class, or a hook.
    """
    by_layer: list[list[Pass]] = []
    inputs = sequences.inputs
    for layer in range(module.num_layers):
        by_layer.append(layer_passes(module, layer, inputs, sequences))
        inputs = torch.cat([one.found["hidden"] for one in by_layer[-1]], -1)
    if has_own_way(module):
        _check_output(module, sequences, by_layer)
    return by_layer


def _check_output(module: nn.RNNBase, sequences: Sequences, by_layer: list[list[Pass]]) -> None:
    """Compare the output and the final states of these passes with the module's own."""
    passes = [one for layer in by_layer for one in layer]
    names = passes[0].cell.states
    ours = {"output": torch.cat([one.found["hidden"] for one in by_layer[-1]], -1)}
    ours |= {f"final {name} state": torch.stack([_final(sequences, one, name) for one in passes]) for name in names}
    for (what, expected), own in zip(ours.items(), _own_answer(module, sequences), strict=False):
        if own is None:
            continue
        alike = isinstance(own, Tensor) and own.shape == expected.shape
        gap = float((own.double() - expected.double()).abs().max()) if alike else float("inf")
        step = rounding_of(expected)
        if not gap <= min(1000 * step, step**0.5) * max(1.0, float(expected.abs().max())):
            raise ExplorerError(
                f"This {type(module).__name__} gives another {what} than the equations of PyTorch's {module.mode}, by "
                f"up to {gap:.2g}: it has a forward pass or a hook of its own. Choose a plain nn.LSTM, nn.GRU or "
                "nn.RNN."
            )


def _own_answer(module: nn.RNNBase, sequences: Sequences) -> list[Any]:
    """The module's output, time first, and those of its final states that it returns."""
    start = sequences.initial if len(sequences.initial) > 1 else sequences.initial[0]
    initial = (start,) if any(bool(state.any()) for state in sequences.initial) else ()  # 0 is the default
    inputs = sequences.inputs.transpose(0, 1) if module.batch_first else sequences.inputs
    read: Tensor | PackedSequence = inputs
    if sequences.lengths is not None:
        read = pack_padded_sequence(inputs, sequences.lengths, module.batch_first, enforce_sorted=False)
    try:
        answer = module(read, *initial)
    except (RuntimeError, TypeError, ValueError, AttributeError) as error:
        raise ExplorerError(
            f"This {type(module).__name__} has a forward pass of its own, which does not read what PyTorch's "
            f"{module.mode} reads ({error}). Choose a plain nn.LSTM, nn.GRU or nn.RNN."
        ) from error
    several = isinstance(answer, (tuple, list)) and not isinstance(answer, PackedSequence)
    parts = list(answer) if several else [answer]
    output = parts[0]
    if isinstance(output, PackedSequence):
        output = pad_packed_sequence(output, total_length=len(sequences.inputs))[0]
    elif isinstance(output, Tensor) and module.batch_first:
        output = output.transpose(0, 1)
    states = parts[1] if len(parts) > 1 else ()
    return [output, *(states if isinstance(states, tuple) else (states,))]


def _final(sequences: Sequences, one: Pass, name: str) -> Tensor:
    """A state (batch, unit) after the last step that ran; in reverse that is the first."""
    states = one.found[name]
    if one.direction == "reverse":
        return states[0]
    if sequences.lengths is None:
        return states[-1]
    return states[(sequences.lengths - 1).to(states.device), torch.arange(states.shape[1], device=states.device)]


def layer_passes(module: nn.RNNBase, layer: int, inputs: Tensor, sequences: Sequences) -> list[Pass]:
    """The passes of one layer in every direction, for its inputs (time, batch, feature)."""
    ways = directions(module)
    places = range(layer * len(ways), (layer + 1) * len(ways))
    weights = [cell_weights(module, layer, direction) for direction in ways]
    initial = [state[places.start : places.stop] for state in sequences.initial]
    cell = CELLS[module.mode]
    hidden = run_fused(cell.kernel, inputs, initial, weights, sequences.lengths)[0]
    passes = []
    for place, direction, own, part in zip(places, ways, weights, hidden.chunk(len(ways), -1), strict=True):
        start = tuple(state[place] for state in sequences.initial)
        found = _quantities(cell, direction, own, start, inputs, part, sequences)
        passes.append(Pass(cell, layer, direction, own, start, inputs, found))
    return passes


def _quantities(
    cell: Cell,
    direction: str,
    weights: CellWeights,
    start: tuple[Tensor, ...],
    inputs: Tensor,
    hidden: Tensor,
    sequences: Sequences,
) -> dict[str, Tensor]:
    """All states and gates of a layer and direction, from its hidden states."""
    previous = sequences.before(hidden, start[0], direction)
    gates = cell.activate(cell.join(weights).blocks(inputs, previous), _unchanged)  # frees the blocks before the scan
    del previous
    found = {"hidden": hidden, **gates, **cell.other_states(gates, start, sequences.valid, direction)}
    return {name: sequences.without_padding(values) for name, values in found.items()}


def _unchanged(_name: str, values: Tensor) -> Tensor:
    return values


def state_before(sequences: Sequences, one: Pass, name: str) -> Tensor:
    """A state, "hidden" or "cell", before each step: (time, batch, unit)."""
    return sequences.before(one.found[name], one.start[one.cell.states.index(name)], one.direction)


def as_trace(sequences: Sequences, by_layer: list[list[Pass]]) -> Trace:
    """The trace of these passes."""
    output = torch.cat([one.found["hidden"] for one in by_layer[-1]], -1)
    layers = [as_layer(one.cell, one.layer, one.direction, one.found) for passes in by_layer for one in passes]
    return Trace(sequences.as_output(output), tuple(layers), sequences.lengths)


def as_layer(cell: Cell, layer: int, direction: str, found: dict[str, Tensor]) -> RecurrentLayer:
    """The quantities (time, batch, unit) of a layer and direction as (batch, time, unit)."""
    return cell.layer(layer, direction, **{name: values.transpose(0, 1) for name, values in found.items()})


class Saturation(NamedTuple):
    """The share of time steps at which each unit's gate is closed and open; (unit) each."""

    below: Tensor
    above: Tensor


def saturation(gate_values: Tensor, lengths: Sequence[int] | Tensor | None = None) -> Saturation:
    """The share of steps at which each unit's gate is below 0.1 and above 0.9.

    Karpathy, Johnson & Li 2015, arXiv 1506.02078.

    Args:
        gate_values: a gate, (batch, time, unit).
        lengths: the time steps of each example of a padded batch (``Trace.lengths``); the padding is ignored.

    Raises:
        ExplorerError: if the gate is not (batch, time, unit), or the lengths are not one an example.
    """
    if gate_values.dim() != 3 or 0 in gate_values.shape[:2]:
        raise ExplorerError(f"A gate is (batch, time, unit), not {tuple(gate_values.shape)}.")
    batch, steps, _ = gate_values.shape
    counts = torch.full((batch,), steps) if lengths is None else torch.as_tensor(lengths).cpu()
    if counts.shape != (batch,):
        raise ExplorerError(f"There are {counts.numel()} lengths for {batch} examples; give one an example.")
    valid = (torch.arange(steps) < counts[:, None]).to(gate_values.device)
    counted = gate_values[valid]  # (step, unit)
    return Saturation((counted < 0.1).float().mean(0), (counted > 0.9).float().mean(0))
