"""The inputs of a recurrent network brought into one layout, and its output back into the module's."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from explorer.errors import ExplorerError, shown
from explorer.inspection.activations import check_device
from explorer.inspection.cells import CELLS
from explorer.inspection.cells.fused import directions
from explorer.inspection.computed_weights import refresh

State = Tensor | tuple[Tensor, Tensor]


@dataclass(frozen=True, eq=False)
class Sequences:
    """A batch of sequences, time first, and the states they start from."""

    inputs: Tensor  # (time, batch, feature)
    initial: tuple[Tensor, ...]  # (layer·direction, batch, unit) each: hidden, and for an LSTM cell
    lengths: Tensor | None  # (batch), on the CPU; None if no example is padded
    valid: Tensor | None  # (time, batch, 1): False in the padding
    batched: bool
    batch_first: bool

    def before(self, states: Tensor, initial: Tensor, direction: str) -> Tensor:
        """The state before each step, (time, batch, unit): of the step to the left, or in reverse of that to the right.

        Args:
            states: (time, batch, unit).
            initial: the initial state of each example, (batch, unit); in reverse it follows the example's last step.
            direction: "forward" or "reverse".
        """
        if self.valid is not None:
            states = torch.where(self.valid, states, initial)
        edge = initial.unsqueeze(0)
        return torch.cat([states[1:], edge] if direction == "reverse" else [edge, states[:-1]])

    def without_padding(self, values: Tensor) -> Tensor:
        """The values (time, batch, …) with 0 in the padding."""
        return values if self.valid is None else values.masked_fill(~self.valid, 0)

    def as_output(self, hidden: Tensor) -> Tensor:
        """The last layer's states (time, batch, direction·unit) in the layout of the module's output."""
        if not self.batched:
            return hidden.squeeze(1)
        return hidden.transpose(0, 1) if self.batch_first else hidden


def read_sequences(
    module: nn.RNNBase,
    inputs: Tensor | PackedSequence,
    initial: State | None,
    lengths: Sequence[int] | Tensor | None,
) -> Sequences:
    """Check the inputs, and bring them into one layout; weights that the module computes are computed anew.

    Raises:
        ExplorerError: for a module other than nn.RNN, nn.LSTM and nn.GRU, and inputs that it cannot read.
    """
    check_module(module)
    refresh(module, inputs)
    if isinstance(inputs, PackedSequence):
        if lengths is not None:
            raise ExplorerError("A packed sequence knows its lengths; leave out lengths.")
        check_device(module, inputs.data)
        tensor, lengths = pad_packed_sequence(inputs)
        batched = True
    else:
        check_device(module, inputs)
        batched = inputs.dim() == 3
        if not batched and inputs.dim() != 2:
            raise ExplorerError(
                f"The inputs have {inputs.dim()} dimensions, but a recurrent network reads 3, {_expected(module)}, "
                "or 2 for a single sequence, (time, feature)."
            )
        tensor = inputs.transpose(0, 1) if batched and module.batch_first else inputs if batched else inputs[:, None]
    _check_values(module, tensor)
    lengths = _whole_numbers(lengths, tensor)
    valid = None
    if lengths is not None:
        valid = (torch.arange(len(tensor))[:, None] < lengths).unsqueeze(-1).to(tensor.device)
    states = _initial_states(module, initial, tensor, batched)
    return Sequences(tensor.detach(), states, lengths, valid, batched, module.batch_first)


def check_module(module: nn.Module) -> None:
    """Accept only nn.RNN, nn.LSTM and nn.GRU."""
    if not isinstance(module, nn.RNNBase) or module.mode not in CELLS:
        raise ExplorerError(f"{type(module).__name__} is not a recurrent layer; choose an nn.RNN, nn.LSTM or nn.GRU.")


def hidden_width(module: nn.RNNBase) -> int:
    """How many hidden states each layer and direction has: an LSTM's ``proj_size`` if it projects them."""
    return int(module.proj_size or module.hidden_size)


def check_place(module: nn.RNNBase, layer: int, direction: str, unit: int | None, units: int | None = None) -> None:
    """Refuse a layer, direction or unit that the module does not have; a unit of None is every unit.

    units is how many there are to choose from, of the module if it is None.
    """
    units = module.hidden_size if units is None else units
    if not 0 <= layer < module.num_layers:
        raise ExplorerError(f"There is no layer {layer}: the network has {module.num_layers}, counted from 0.")
    if direction not in directions(module):
        known = " and ".join(directions(module))
        raise ExplorerError(f"There is no direction {direction!r}: the network runs {known}.")
    if unit is not None and not 0 <= unit < units:
        raise ExplorerError(f"There is no unit {unit}: each layer has {units} units, counted from 0.")


def _check_values(module: nn.RNNBase, inputs: Tensor) -> None:
    steps, batch, features = inputs.shape
    if features != module.input_size:
        raise ExplorerError(
            f"The inputs have {features} features a time step, but the network reads {module.input_size}; "
            f"it expects {_expected(module)}."
        )
    if steps == 0 or batch == 0:
        raise ExplorerError(f"The inputs have {steps} time steps and {batch} examples; give at least one of each.")
    weight = module.weight_ih_l0
    if inputs.dtype != weight.dtype:
        raise ExplorerError(
            f"The inputs are {inputs.dtype}, but the weights are {weight.dtype}; give inputs.to({weight.dtype})."
        )


def _whole_numbers(lengths: Sequence[int] | Tensor | None, inputs: Tensor) -> Tensor | None:
    if lengths is None:
        return None
    steps, batch, _ = inputs.shape
    counts = torch.as_tensor(lengths).detach().cpu()
    if counts.shape != (batch,) or counts.is_floating_point() or counts.is_complex():
        raise ExplorerError(
            f"lengths must be {batch} whole numbers, one an example, not {shown(counts.tolist())} ({counts.dtype})."
        )
    if counts.min() < 1 or counts.max() > steps:
        raise ExplorerError(
            f"Every length must be from 1 to {steps}, the time steps given, not {shown(counts.tolist())}."
        )
    return None if bool((counts == steps).all()) else counts.long()


def _initial_states(module: nn.RNNBase, initial: State | None, inputs: Tensor, batched: bool) -> tuple[Tensor, ...]:
    names = CELLS[module.mode].states
    rows, batch = module.num_layers * len(directions(module)), inputs.shape[1]
    widths = [hidden_width(module) if name == "hidden" else module.hidden_size for name in names]
    if initial is None:
        return tuple(inputs.new_zeros(rows, batch, width) for width in widths)
    states = (initial,) if isinstance(initial, Tensor) else tuple(initial)
    shapes = [(rows, batch, width) if batched else (rows, width) for width in widths]
    if [tuple(state.shape) for state in states] != shapes:
        wanted = " and ".join(f"{name} {shape}" for name, shape in zip(names, shapes, strict=True))
        raise ExplorerError(
            f"The initial state must be {wanted} (layers and directions, "
            f"{'examples, ' if batched else ''}units), not {', '.join(str(tuple(state.shape)) for state in states)}."
        )
    for state in states:
        if state.dtype != inputs.dtype or state.device != inputs.device:
            raise ExplorerError(
                f"The initial state is {state.dtype} on {state.device}, but the inputs are {inputs.dtype} on "
                f"{inputs.device}; give the state the same."
            )
    return tuple(
        state.detach().reshape(rows, batch, width).contiguous() for state, width in zip(states, widths, strict=True)
    )


def _expected(module: nn.RNNBase) -> str:
    order = "batch, time" if module.batch_first else "time, batch"
    return f"({order}, {module.input_size} features)"
