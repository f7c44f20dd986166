"""One layer of a recurrent network in one direction: its weights, PyTorch's fused kernel, and what its cells computed.

Inside this file and its neighbours time comes first: (time, batch, unit). What is handed out is (batch, time, unit).
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

DIRECTIONS = ("forward", "reverse")
FUSED: dict[str, Callable[..., tuple[Tensor, ...]]] = {
    "LSTM": torch.lstm,
    "GRU": torch.gru,
    "RNN_TANH": torch.rnn_tanh,
    "RNN_RELU": torch.rnn_relu,
}


@dataclass(frozen=True, eq=False)
class RecurrentLayer:
    """One layer in one direction; every tensor is (batch, time, unit), time in the input's own order.

    In a Trace the tensors are what the cells computed, in a GradientTrace the gradients of the loss: with respect to
    the hidden and the cell state, and to the pre-activation of each gate and candidate.
    """

    layer: int
    direction: str  # "forward" or "reverse"
    hidden: Tensor

    @property
    def quantities(self) -> dict[str, Tensor]:
        """The tensors by name, hidden first."""
        return {field.name: getattr(self, field.name) for field in fields(self)[2:]}


@dataclass(frozen=True, eq=False)
class RNNLayer(RecurrentLayer):
    """A layer of nn.RNN."""

    pre_activation: Tensor


@dataclass(frozen=True, eq=False)
class LSTMLayer(RecurrentLayer):
    """A layer of nn.LSTM."""

    cell: Tensor
    input_gate: Tensor
    forget_gate: Tensor
    candidate: Tensor
    output_gate: Tensor


@dataclass(frozen=True, eq=False)
class GRULayer(RecurrentLayer):
    """A layer of nn.GRU."""

    reset: Tensor
    update: Tensor
    candidate: Tensor


LAYERS: dict[str, type[RNNLayer | LSTMLayer | GRULayer]] = {
    "LSTM": LSTMLayer,
    "GRU": GRULayer,
    "RNN_TANH": RNNLayer,
    "RNN_RELU": RNNLayer,
}


@dataclass(frozen=True, eq=False)
class CellWeights:
    """The weights of one layer and direction; the gates lie below each other, in PyTorch's order."""

    input: Tensor  # (gate·unit, feature)
    recurrent: Tensor  # (gate·unit, unit)
    biases: tuple[Tensor, Tensor] | None  # of the input and of the recurrent half, (gate·unit) each

    def flat(self) -> list[Tensor]:
        """The tensors in the order of PyTorch's kernels."""
        return [self.input, self.recurrent, *(self.biases or ())]


def cell_weights(module: nn.RNNBase, layer: int, direction: str) -> CellWeights:
    """The weights of a layer and direction, cut off from autograd."""
    suffix = f"l{layer}" + ("_reverse" if direction == "reverse" else "")

    def weight(name: str) -> Tensor:
        return Tensor.detach(getattr(module, f"{name}_{suffix}"))

    biases = (weight("bias_ih"), weight("bias_hh")) if module.bias else None
    return CellWeights(weight("weight_ih"), weight("weight_hh"), biases)


def directions(module: nn.RNNBase) -> tuple[str, ...]:
    """The directions of every layer, in PyTorch's order."""
    return DIRECTIONS if module.bidirectional else DIRECTIONS[:1]


def run_fused(
    kind: str,
    inputs: Tensor,
    initial: Sequence[Tensor],
    weights: Sequence[CellWeights],
    lengths: Tensor | None = None,
) -> tuple[Tensor, ...]:
    """One layer, all its directions, through the kernel that the module itself runs, without dropout.

    Args:
        kind: the module's ``mode``.
        inputs: (time, batch, feature).
        initial: (direction, batch, unit) each.
        weights: of each direction.
        lengths: (batch), on the CPU; None where every example is whole.

    Returns:
        The hidden states (time, batch, direction·unit), 0 in the padding; without lengths the final states follow.
    """
    training = torch.is_grad_enabled()  # cuDNN has no backward pass in eval mode
    options = (weights[0].biases is not None, 1, 0.0, training, len(weights) == 2)
    parameters = [tensor for cell in weights for tensor in cell.flat()]
    with _quiet_about_memory_layout() if inputs.is_cuda else nullcontext():
        if lengths is None:
            return FUSED[kind](inputs, _state(kind, initial), parameters, *options, False)
        packed = pack_padded_sequence(inputs, lengths, enforce_sorted=False)
        order = packed.sorted_indices
        assert order is not None
        state = _state(kind, [tensor.index_select(1, order) for tensor in initial])
        states = FUSED[kind](packed.data, packed.batch_sizes, state, parameters, *options)[0]
    output = PackedSequence(states, packed.batch_sizes, order, packed.unsorted_indices)
    return (pad_packed_sequence(output, total_length=len(inputs))[0],)


@dataclass(frozen=True, eq=False)
class JoinedWeights:
    """A cell's weights side by side: one product with (x_t, h_{t−1}) gives every pre-activation.

    The rows are PyTorch's gates in PyTorch's order. A GRU's candidate has two blocks, its input's half and its
    state's half, because the reset gate acts on the second alone.
    """

    kind: str
    weight: Tensor  # (block·unit, feature + unit)
    bias: Tensor | None  # (block·unit)

    def cells(
        self, inputs: Tensor, previous: Tensor, hold: Callable[[str, Tensor], Tensor] = lambda _name, values: values
    ) -> dict[str, Tensor]:
        """The gates of all given steps at once, by name; ``torch.nn.LSTM``, ``GRU`` and ``RNN`` state the equations.

        Args:
            inputs: (time, batch, feature).
            previous: the hidden state before each step, (time, batch, unit).
            hold: given each quantity's name and values before anything reads them, what they shall be.
        """
        blocks = self.weight.shape[0] // previous.shape[-1]
        parts = all_steps(torch.cat([inputs, previous], -1), self.weight, self.bias).chunk(blocks, -1)
        if self.kind == "LSTM":
            i, f, g, o = parts
            gates = {"input_gate": i.sigmoid(), "forget_gate": f.sigmoid(), "candidate": tanh(g)}
            gates["output_gate"] = o.sigmoid()
            return {name: hold(name, values) for name, values in gates.items()}
        if self.kind == "GRU":
            r, z, n_input, n_state = parts
            reset = hold("reset", r.sigmoid())
            candidate = tanh(torch.addcmul(n_input, reset, n_state))
            return {"reset": reset, "update": hold("update", z.sigmoid()), "candidate": hold("candidate", candidate)}
        return {"pre_activation": hold("pre_activation", parts[0])}


def joined(kind: str, weights: CellWeights) -> JoinedWeights:
    """The weights of a layer and direction for one product a step, or for all steps at once."""
    biases = weights.biases
    if kind != "GRU":
        bias = None if biases is None else biases[0] + biases[1]
        return JoinedWeights(kind, torch.cat([weights.input, weights.recurrent], 1), bias)
    shared = 2 * weights.recurrent.shape[1]  # the rows of the reset and the update gate
    of_input = torch.cat([weights.input, torch.zeros_like(weights.input[shared:])])
    of_state = torch.cat(
        [weights.recurrent[:shared], torch.zeros_like(weights.recurrent[shared:]), weights.recurrent[shared:]]
    )
    bias = None
    if biases is not None:
        of_gates = biases[0][:shared] + biases[1][:shared]
        bias = torch.cat([of_gates, biases[0][shared:], biases[1][shared:]])
    return JoinedWeights(kind, torch.cat([of_input, of_state], 1), bias)


def tanh(values: Tensor) -> Tensor:
    """``torch.tanh`` in half its time on a CPU, as exact: (e^2x − 1) / (e^2x + 1)."""
    if values.is_cuda:
        return values.tanh()
    grown = (2 * values).clamp_(max=60).expm1_()  # beyond, it is 1 in every precision; e^2x must stay finite
    return grown.div_(grown + 2)


def all_steps(inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """``F.linear`` of (time, batch, feature), at full speed on every processor.

    MKL leaves half of an AMD processor's vector width unused, oneDNN does not, and a 1x1 convolution is how PyTorch
    lets one call oneDNN in float32: measured 2.2 times as fast. Small products are not worth the detour.
    """
    if inputs.numel() < 2**16 or len(inputs) == 1 or inputs.shape[1] == 1 or not _wide_vectors(inputs):
        return functional.linear(inputs, weight, bias)
    images = inputs.unsqueeze(2).permute(0, 3, 1, 2)  # (time, feature, batch, 1), channels last
    return functional.conv2d(images, weight[:, :, None, None], bias).permute(0, 2, 3, 1).squeeze(2)


def _wide_vectors(inputs: Tensor) -> bool:
    return (
        inputs.device.type == "cpu"
        and inputs.dtype == torch.float32
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    )


def scan(factor: Tensor, addend: Tensor, initial: Tensor, direction: str) -> Tensor:
    """state[t] = factor[t] · state before t + addend[t], all (time, batch, unit), factors from 0 to 1."""
    if initial.numel() <= 512:  # a step costs more to start than to compute
        return _scan_by_doubling(factor, addend, initial, direction)
    states = torch.empty_like(addend, memory_format=torch.contiguous_format)
    steps = list(zip(factor.unbind(), addend.unbind(), states.unbind(), strict=True))
    state = initial
    for factor_now, addend_now, state_now in reversed(steps) if direction == "reverse" else steps:
        state = torch.addcmul(addend_now, factor_now, state, out=state_now)
    return states


def _scan_by_doubling(factor: Tensor, addend: Tensor, initial: Tensor, direction: str) -> Tensor:
    """All steps at once, as often as the number of steps can be halved (Hillis & Steele 1986).

    At any time a state is right for a start from 0 so many steps before it: 1, 2, 4, ….
    """
    if direction == "reverse":
        return _scan_by_doubling(factor.flip(0), addend.flip(0), initial, "forward").flip(0)
    states = torch.cat([torch.addcmul(addend[:1], factor[:1], initial), addend[1:]])
    reach = 1
    while reach < len(states):
        states = torch.cat([states[:reach], torch.addcmul(states[reach:], factor[reach:], states[:-reach])])
        factor = torch.cat([factor[:reach], factor[reach:] * factor[:-reach]])
        reach *= 2
    return states


def _state(kind: str, initial: Sequence[Tensor]) -> Tensor | tuple[Tensor, ...]:
    return tuple(initial) if kind == "LSTM" else initial[0]


@contextmanager
def _quiet_about_memory_layout() -> Iterator[None]:
    # one layer's weights out of several are never the single block of memory that cuDNN would like
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "RNN module weights are not part of single contiguous chunk")
        yield
