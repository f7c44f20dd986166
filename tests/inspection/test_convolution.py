from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.inspection import explain_pixel
from tests.inspection.convolution_cases import convolutions
from tests.inspection.test_activations import net_a

# PyTorch warns once that it copies the input for an even kernel with "same" padding
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


@given(convolutions(), st.data())
def test_products_and_bias_add_up_to_the_layers_own_output(
    example: tuple[nn.Conv2d, torch.Tensor], data: st.DataObject
) -> None:
    conv, inputs = example
    output = conv(inputs).detach()
    channel, row, column = (data.draw(st.integers(0, size - 1)) for size in output.shape)
    pixel = explain_pixel(conv, inputs, channel, row, column)
    assert pixel.value == output[channel, row, column].item()
    scale = float(pixel.products.abs().sum()) + abs(pixel.bias) + 1e-30
    precision = 1e-6 if conv.weight.dtype == torch.float32 else 1e-14
    assert abs(float((pixel.patch * pixel.kernel).sum()) + pixel.bias - pixel.value) <= precision * scale
    assert pixel.difference == pixel.value - pixel.total
    assert pixel.patch.shape == pixel.kernel.shape == pixel.products.shape == conv.weight.shape[1:]
    assert torch.equal(pixel.kernel, conv.weight.detach()[channel].double())
    assert (len(pixel.rows), len(pixel.columns)) == conv.kernel_size


@given(convolutions(), st.data())
def test_every_tap_within_the_input_is_the_input_at_its_coordinates(
    example: tuple[nn.Conv2d, torch.Tensor], data: st.DataObject
) -> None:
    conv, inputs = example
    channel, row, column = (data.draw(st.integers(0, size - 1)) for size in conv(inputs).shape)
    pixel = explain_pixel(conv, inputs[None], channel, row, column)
    for place_row, input_row in enumerate(pixel.rows):
        for place_column, input_column in enumerate(pixel.columns):
            tap = pixel.patch[:, place_row, place_column]
            if 0 <= input_row < inputs.shape[1] and 0 <= input_column < inputs.shape[2]:
                expected = inputs[pixel.input_channels.start : pixel.input_channels.stop, input_row, input_column]
                assert torch.equal(tap, expected.double())
            elif conv.padding_mode == "zeros":
                assert (tap == 0).all()


def test_a_published_convolution_is_explained() -> None:
    conv = net_a().get_submodule("0")
    pixel = explain_pixel(conv, torch.arange(16.0).reshape(1, 1, 4, 4), 1, 0, 1)
    assert pixel.patch.tolist() == [[[1, 2, 3], [5, 6, 7], [9, 10, 11]]]
    assert (pixel.bias, pixel.value, pixel.total, pixel.difference) == (-75, -21, -21, 0)
    assert (pixel.rows, pixel.columns, pixel.input_channels) == ((0, 1, 2), (1, 2, 3), range(1))


def test_padding_has_coordinates_outside_the_input() -> None:
    pixel = explain_pixel(nn.Conv2d(1, 1, 3, padding=2, dilation=2), torch.ones(1, 4, 4), 0, 3, 0)
    assert (pixel.rows, pixel.columns) == ((1, 3, 5), (-2, 0, 2))
    assert pixel.patch.tolist() == [[[0, 1, 1], [0, 1, 1], [0, 0, 0]]]


def test_a_group_reads_its_own_channels() -> None:
    assert explain_pixel(nn.Conv2d(6, 4, 1, groups=2), torch.ones(6, 1, 1), 2, 0, 0).input_channels == range(3, 6)


@pytest.mark.parametrize(
    ("place", "message"),
    [((2, 0, 0), "channel 2: the output has 2"), ((0, -1, 0), "row -1: .* 2;"), ((0, 0, 5), "column 5: .* 0 to 2")],
)
def test_a_place_outside_the_output_is_refused_with_its_sizes(place: tuple[int, int, int], message: str) -> None:
    with pytest.raises(ExplorerError, match=message):
        explain_pixel(nn.Conv2d(1, 2, 3), torch.ones(1, 4, 5), *place)


@pytest.mark.parametrize("shape", [(4, 4), (2, 1, 4, 4), (2, 4, 4), (1, 2, 2)])
def test_inputs_that_do_not_fit_are_refused_with_their_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(ExplorerError, match=r"\(4, 4\)|\(2, 1, 4, 4\)|reads 1 channels, .* have 2|\(1, 2, 2\)"):
        explain_pixel(nn.Conv2d(1, 1, 3), torch.ones(shape), 0, 0, 0)


def test_only_two_dimensional_convolutions_are_explained() -> None:
    with pytest.raises(ExplorerError, match="not for Linear"):
        explain_pixel(nn.Linear(2, 2), torch.ones(1, 2, 2), 0, 0, 0)


class Halved(nn.Conv2d):
    """A weight of its own."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(images, self.weight / 2, self.bias)


class SamePadded(nn.Conv2d):
    """Padding of its own, as TensorFlow's: one row below and one column to the right."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return super().forward(functional.pad(images, (0, 1, 0, 1)))


class Inherited(nn.Conv2d):
    """Nothing of its own."""


def test_a_convolution_that_computes_something_else_is_refused_with_the_gap() -> None:
    conv = Halved(1, 1, 2, bias=False)
    nn.init.ones_(conv.weight)
    with pytest.raises(ExplorerError, match=r"Halved gives 2, but its weights and inputs give 4; the gap of 2"):
        explain_pixel(conv, torch.ones(1, 3, 3), 0, 0, 0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_in_half_precision_too_where_one_sum_could_be_rounding(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    conv = Halved(64, 4, 3, dtype=dtype)
    with pytest.raises(ExplorerError, match=r"Halved.* more than rounding|not those that it computes with"):
        explain_pixel(conv, torch.randn(64, 5, 5, dtype=dtype), 1, 1, 1)


def test_a_convolution_with_a_hook_that_changes_its_output_is_refused() -> None:
    conv = nn.Conv2d(1, 1, 2)
    conv.register_forward_hook(lambda _module, _inputs, output: output + 1)
    with pytest.raises(ExplorerError, match="the gap of 1 is more than rounding"):
        explain_pixel(conv, torch.ones(1, 3, 3), 0, 0, 0)


def test_a_convolution_with_padding_of_its_own_is_refused_at_every_place() -> None:
    conv = SamePadded(1, 1, 3, stride=2)
    for row, column in product(range(3), range(3)):
        with pytest.raises(ExplorerError, match="gives a map of 3x3, but its kernel, stride and padding give 2x2"):
            explain_pixel(conv, torch.randn(1, 6, 6), 0, row, column)


def test_a_derived_convolution_that_keeps_its_forward_pass_is_explained() -> None:
    pixel = explain_pixel(Inherited(2, 2, 3), torch.randn(2, 5, 5), 1, 2, 2)
    assert abs(pixel.difference) < 1e-5


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("width", [1, 64, 512])
def test_rounding_is_never_taken_for_another_computation(dtype: torch.dtype, width: int) -> None:
    for seed in range(10):
        torch.manual_seed(seed)
        conv = nn.Conv2d(width, 2, 3, dtype=dtype)
        pixel = explain_pixel(conv, (10 ** (seed - 5) * torch.randn(width, 4, 4)).to(dtype), 1, 1, 1)
        assert pixel.products.shape == (width, 3, 3)
