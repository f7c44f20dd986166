"""Every state and gate of a recurrent network at every time step, at the speed of its fused kernel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from explorer.errors import ExplorerError
from explorer.inspection.activations import keep_freed_memory, undisturbed
from explorer.inspection.cells import CELLS, Cell, RecurrentLayer
from explorer.inspection.cells.fused import CellWeights, cell_weights, directions, run_fused
from explorer.inspection.layers import computes_as_pytorch, original
from explorer.inspection.sequences import Sequences, State, read_sequences


@dataclass(frozen=True, eq=False)
class Trace:
    """The output, states and gates of a recurrent network.

    In a batch of sequences of different lengths every tensor is 0 in the padding, as in ``pad_packed_sequence``:
    the padding begins at ``lengths``.
    """

    output: Tensor  # the module's own output, in its own layout; of a packed sequence padded
    layers: tuple[RecurrentLayer, ...]  # layer 0 forward, layer 0 reverse, layer 1 forward, …
    lengths: Tensor | None = None  # (batch); None if no example is padded


def trace(
    recurrent_module: nn.RNNBase,
    inputs: Tensor | PackedSequence,
    initial: State | None = None,
    lengths: Sequence[int] | Tensor | None = None,
) -> Trace:
    """Every state and gate of every layer, direction and time step, as in eval mode.

    The fused kernel gives the hidden states, layer by layer; the gates are computed for all steps at once from x_t and
    h_{t−1}, and the cell state from c_t = f·c_{t−1} + i·candidate. On a GPU the kernel may round to TF32
    (``torch.backends.cudnn.allow_tf32``); the gates are those of its states.

    Args:
        recurrent_module: an nn.RNN, nn.LSTM or nn.GRU, of any number of layers and directions.
        inputs: of the module: (batch, time, feature) or (time, batch, feature), as its ``batch_first`` says,
            (time, feature) for one sequence, which becomes a batch of one; or a packed sequence.
        initial: the initial state, as the module takes it; None is 0.
        lengths: the time steps of each example of a padded batch. No state depends on the padding.

    Raises:
        ExplorerError: for another module, and inputs that the module cannot read.
    """
    recurrent_module = original(recurrent_module)
    keep_freed_memory()
    with torch.no_grad(), undisturbed(recurrent_module):
        sequences = read_sequences(recurrent_module, inputs, initial, lengths)
        return as_trace(sequences, forward_passes(recurrent_module, sequences))


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
        ExplorerError: if the module's own output is another: a derived class, or a hook.
    """
    by_layer: list[list[Pass]] = []
    inputs = sequences.inputs
    for layer in range(module.num_layers):
        by_layer.append(layer_passes(module, layer, inputs, sequences))
        inputs = torch.cat([one.found["hidden"] for one in by_layer[-1]], -1)
    if has_own_way(module):
        _check_output(module, sequences, inputs)
    return by_layer


def has_own_way(module: nn.RNNBase) -> bool:
    """True if a derived class or a hook may compute another output than PyTorch's equations."""
    return not computes_as_pytorch(module) or bool(module._forward_hooks or module._forward_pre_hooks)


def _check_output(module: nn.RNNBase, sequences: Sequences, output: Tensor) -> None:
    """Compare the output (time, batch, direction·unit) with the module's own."""
    start = sequences.initial if len(sequences.initial) > 1 else sequences.initial[0]
    initial = (start,) if any(bool(state.any()) for state in sequences.initial) else ()  # 0 is the default
    if sequences.lengths is None:
        own = module(sequences.inputs.transpose(0, 1) if module.batch_first else sequences.inputs, *initial)[0]
        own = own.transpose(0, 1) if module.batch_first else own
    else:
        packed = pack_padded_sequence(sequences.inputs, sequences.lengths, enforce_sorted=False)
        own = pad_packed_sequence(module(packed, *initial)[0], total_length=len(output))[0]
    gap = float((own.double() - output.double()).abs().max()) if own.shape == output.shape else float("inf")
    if not gap <= 1000 * torch.finfo(output.dtype).eps * max(1.0, float(output.abs().max())):
        raise ExplorerError(
            f"This {type(module).__name__} gives another output than the equations of PyTorch's {module.mode}, by up "
            f"to {gap:.2g}: it has a forward pass or a hook of its own. Choose a plain nn.LSTM, nn.GRU or nn.RNN."
        )


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
