"""One layer of a recurrent network in one direction: its weights and PyTorch's fused kernel."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

DIRECTIONS = ("forward", "reverse")


@dataclass(frozen=True, eq=False)
class CellWeights:
    """The weights of one layer and direction; the gates are stacked in PyTorch's order."""

    input: Tensor  # (gate·unit, feature)
    recurrent: Tensor  # (gate·unit, unit)
    biases: tuple[Tensor, Tensor] | None  # for the input and the recurrent weights, (gate·unit) each
    projection: Tensor | None = None  # of an LSTM with proj_size: (proj_size, unit); the hidden state has proj_size

    @property
    def units(self) -> int:
        """How many units every gate has; the hidden state has fewer behind a projection."""
        return (self.recurrent if self.projection is None else self.projection).shape[1]

    def flat(self) -> list[Tensor]:
        """The tensors in the order of PyTorch's kernels."""
        projection = () if self.projection is None else (self.projection,)
        return [self.input, self.recurrent, *(self.biases or ()), *projection]


def cell_weights(module: nn.RNNBase, layer: int, direction: str) -> CellWeights:
    """The weights of a layer and direction, detached."""
    suffix = f"l{layer}" + ("_reverse" if direction == "reverse" else "")

    def weight(name: str) -> Tensor:
        return Tensor.detach(getattr(module, f"{name}_{suffix}"))

    biases = (weight("bias_ih"), weight("bias_hh")) if module.bias else None
    projection = weight("weight_hr") if module.proj_size else None
    return CellWeights(weight("weight_ih"), weight("weight_hh"), biases, projection)


def directions(module: nn.RNNBase) -> tuple[str, ...]:
    """The directions of every layer, in PyTorch's order."""
    return DIRECTIONS if module.bidirectional else DIRECTIONS[:1]


def run_fused(
    kernel: Callable[..., Any],
    inputs: Tensor,
    initial: Sequence[Tensor],
    weights: Sequence[CellWeights],
    lengths: Tensor | None = None,
) -> tuple[Tensor, ...]:
    """Run one layer in all its directions through the module's own kernel, without dropout.

    Args:
        kernel: the cell's, such as ``torch.lstm``.
        inputs: (time, batch, feature).
        initial: (direction, batch, unit) each; a single state is passed to the kernel as a tensor, several as a tuple.
        weights: of each direction.
        lengths: (batch), on the CPU; None if no example is padded.

    Returns:
        The hidden states (time, batch, direction·unit), 0 in the padding; without lengths the final states follow.
    """
    training = torch.is_grad_enabled()  # cuDNN has no backward pass in eval mode
    options = (weights[0].biases is not None, 1, 0.0, training, len(weights) == 2)
    parameters = [tensor for cell in weights for tensor in cell.flat()]
    with _quiet() if inputs.is_cuda or weights[0].projection is not None else nullcontext():
        if lengths is None:
            outputs: tuple[Tensor, ...] = kernel(inputs, _state(initial), parameters, *options, False)
            return outputs
        packed = pack_padded_sequence(inputs, lengths, enforce_sorted=False)
        order = packed.sorted_indices
        assert order is not None
        state = _state([tensor.index_select(1, order) for tensor in initial])
        states = kernel(packed.data, packed.batch_sizes, state, parameters, *options)[0]
    output = PackedSequence(states, packed.batch_sizes, order, packed.unsorted_indices)
    return (pad_packed_sequence(output, total_length=len(inputs))[0],)


@dataclass(frozen=True, eq=False)
class JoinedWeights:
    """A cell's weights side by side: one product with (x_t, h_{t−1}) gives every pre-activation."""

    weight: Tensor  # (block·unit, feature + hidden)
    bias: Tensor | None  # (block·unit)
    units: int

    def blocks(self, inputs: Tensor, previous: Tensor) -> tuple[Tensor, ...]:
        """The pre-activations of all given steps at once, (time, batch, unit) for each block.

        Args:
            inputs: (time, batch, feature).
            previous: the hidden state before each step, (time, batch, hidden).
        """
        blocks = len(self.weight) // self.units
        return all_steps(torch.cat([inputs, previous], -1), self.weight, self.bias).chunk(blocks, -1)


def joined(weights: CellWeights) -> JoinedWeights:
    """One block for each gate, in PyTorch's order."""
    bias = None if weights.biases is None else weights.biases[0] + weights.biases[1]
    return JoinedWeights(torch.cat([weights.input, weights.recurrent], 1), bias, weights.units)


def tanh(values: Tensor) -> Tensor:
    """``torch.tanh``; of float32 and float64 in half the time on a CPU, equally exact: (e^2x − 1) / (e^2x + 1)."""
    if values.is_cuda or values.dtype not in (torch.float32, torch.float64):  # e^60 is infinite in float16
        return values.tanh()
    grown = (2 * values).clamp_(max=60).expm1_()  # above, tanh is 1 in both; e^2x must stay finite
    return grown.div_(grown + 2)


def all_steps(inputs: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """``F.linear`` of (time, batch, feature), at full speed on every processor.

    MKL uses half of an AMD processor's vector width, oneDNN all of it, and in float32 PyTorch calls oneDNN through a
    1x1 convolution: measured 2.2 times as fast. Small products are not worth it.
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


def _state(initial: Sequence[Tensor]) -> Tensor | tuple[Tensor, ...]:
    return tuple(initial) if len(initial) > 1 else initial[0]


@contextmanager
def _quiet() -> Iterator[None]:
    # the weights of one layer out of several are never the contiguous block that cuDNN expects, and oneDNN has no
    # projection: PyTorch then uses its own kernel, and warns
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "RNN module weights are not part of single contiguous chunk")
        warnings.filterwarnings("ignore", "LSTM with projections is not supported with oneDNN")
        yield
