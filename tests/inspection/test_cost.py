"""The cost of a layer, against PyTorch's own counter of operations and against numbers worked out by hand."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from explorer.inspection import layer_table
from explorer.inspection.cost import FREE, multiply_adds

# PyTorch says so once, when an LSTM with a projection runs on a CPU
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
MODULES = [kind for kind in vars(nn).values() if isinstance(kind, type) and issubclass(kind, nn.Module)]
TORCH_LAYERS = [kind for kind in MODULES if not kind.__name__.startswith(("Lazy", "Transformer"))]
COUNTED: list[tuple[nn.Module, tuple[int, ...]]] = [
    (nn.Conv1d(4, 6, 3, 2, 1, groups=2), (2, 4, 9)),
    (nn.Conv2d(4, 6, (3, 2), dilation=2), (2, 4, 9, 8)),
    (nn.Conv3d(2, 3, 2), (1, 2, 4, 5, 6)),
    (nn.ConvTranspose1d(3, 2, 3, 2), (2, 3, 5)),
    (nn.ConvTranspose2d(4, 6, 3, 2, 1, groups=2), (2, 4, 5, 4)),
    (nn.ConvTranspose3d(2, 3, 2), (1, 2, 3, 3, 3)),
    (nn.Linear(5, 7), (3, 4, 5)),
    (nn.RNN(3, 5, 2, bidirectional=True), (4, 2, 3)),
    (nn.LSTM(3, 5, proj_size=2), (4, 2, 3)),
    (nn.GRU(3, 5, batch_first=True), (2, 4, 3)),
    (nn.LSTMCell(3, 5), (2, 3)),
    (nn.MultiheadAttention(8, 2, batch_first=True), (2, 5, 8)),
    (nn.MultiheadAttention(8, 2), (5, 2, 8)),
]


def first(output: Any) -> Tensor:
    return output if isinstance(output, Tensor) else first(output[0])


@pytest.mark.parametrize(("layer", "shape"), COUNTED, ids=lambda value: type(value).__name__)
@torch.no_grad()
def test_a_cost_is_half_the_operations_that_pytorch_counts(layer: nn.Module, shape: tuple[int, ...]) -> None:
    inputs = torch.randn(shape)
    arguments = (inputs, inputs, inputs) if isinstance(layer, nn.MultiheadAttention) else (inputs,)
    layer.train()  # in eval mode attention runs in one fused operation that the counter does not know
    with FlopCounterMode(display=False) as counter:
        output = first(layer(*arguments))
    assert multiply_adds(layer, shape, tuple(output.shape)) == counter.get_total_flops() / 2


def test_a_bilinear_layer_multiplies_both_inputs_by_its_weights() -> None:
    # for each of 2 examples and 5 outputs: 3·4 products with the matrix, then 4 with the second input
    assert multiply_adds(nn.Bilinear(3, 4, 5), (2, 3), (2, 5)) == 2 * 5 * (3 * 4 + 4)


def test_a_transposed_convolution_multiplies_every_input_by_its_kernel() -> None:
    (row,) = layer_table(nn.Sequential(nn.ConvTranspose2d(3, 1, 2, 2)), (3, 2, 2))
    assert (row.parameters, row.multiply_adds) == (13, 3 * 2 * 2 * 1 * 2 * 2)


def made(kind: type[nn.Module]) -> nn.Module | None:
    """A layer of this kind, with the first arguments that it takes."""
    for arguments in ((), (4,), (4, 4), (4, 4, 2), (2, 4), (4, [2]), (4, 2, 4)):
        try:
            return kind(*arguments)
        except (TypeError, ValueError, AssertionError, AttributeError):
            continue
    return None


@pytest.mark.filterwarnings("ignore::FutureWarning")  # some kinds are deprecated
@pytest.mark.parametrize("kind", TORCH_LAYERS, ids=lambda kind: kind.__name__)
def test_every_layer_of_pytorch_with_weights_has_a_cost_or_is_named_as_uncounted(kind: type[nn.Module]) -> None:
    layer = made(kind)
    if layer is None or layer._modules:
        return  # its parts are counted
    cost = multiply_adds(layer, (2, 4, 6, 6), (2, 4, 6, 6))
    weighs = any(weight.dim() > 1 for weight in layer.parameters())
    assert cost is None or (cost > 0) == (weighs and not isinstance(layer, FREE))


class Own(nn.Conv2d):
    def forward(self, images: Tensor) -> Tensor:
        return super().forward(super().forward(images))


def test_a_layer_with_a_forward_pass_of_its_own_is_named_as_uncounted() -> None:
    (row,) = layer_table(nn.Sequential(Own(1, 1, 3)), (1, 8, 8))
    assert row.multiply_adds is None
    assert row.output_shape == (1, 4, 4)


def test_attention_has_a_row_with_all_its_weights_and_the_table_adds_up() -> None:
    encoder = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
    model = nn.Sequential(nn.Conv2d(1, 8, 1), nn.Flatten(2), Turned(), encoder)
    rows = {row.name: row for row in layer_table(model, (1, 3, 3))}
    assert rows["3.self_attn"].multiply_adds == 4 * 9 * 8 * 8 + 2 * 9 * 9 * 8
    assert sum(row.parameters for row in rows.values()) == sum(weight.numel() for weight in model.parameters())


class Turned(nn.Module):
    def forward(self, values: Tensor) -> Tensor:
        return values.transpose(1, 2)
