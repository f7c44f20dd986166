"""A feature map as sums over places, against PyTorch's own convolution."""

from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.inspection import SumTerm, sliding_sum
from tests.inspection.convolution_cases import convolutions
from tests.inspection.test_activations import net_a

# PyTorch warns once that it copies the input for an even kernel with "same" padding
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


@given(convolutions(), st.data())
def test_the_last_running_sum_and_the_bias_are_pytorchs_value_at_every_place(
    example: tuple[nn.Conv2d, torch.Tensor], data: st.DataObject
) -> None:
    conv, inputs = example
    own = conv(inputs).detach()
    channel = data.draw(st.integers(0, len(own) - 1))
    sliding = sliding_sum(conv, inputs, channel)
    assert torch.equal(sliding.output, own[channel])
    precision = 1e-6 if conv.weight.dtype == torch.float32 else 1e-14
    for row, column in product(*map(range, sliding.output.shape)):
        terms = sliding.terms(row, column)
        scale = sum(abs(term.product) for term in terms) + abs(sliding.bias) + 1e-30
        assert abs(terms[-1].running + sliding.bias - own[channel, row, column].item()) <= precision * scale


@given(convolutions(), st.data())
def test_padded_input_and_kernel_alone_give_the_map_by_functional_conv2d(
    example: tuple[nn.Conv2d, torch.Tensor], data: st.DataObject
) -> None:
    conv, inputs = example
    sliding = sliding_sum(conv, inputs, data.draw(st.integers(0, conv.out_channels - 1)))
    found = functional.conv2d(
        sliding.padded[None].double(), sliding.kernel[None].double(), None, sliding.stride, 0, sliding.dilation
    )
    torch.testing.assert_close(found[0, 0] + sliding.bias, sliding.output.double(), rtol=1e-4, atol=1e-4)


@given(convolutions(), st.data())
def test_terms_follow_the_weights_and_say_where_the_input_or_its_padding_lies(
    example: tuple[nn.Conv2d, torch.Tensor], data: st.DataObject
) -> None:
    conv, inputs = example
    channel, row, column = (data.draw(st.integers(0, size - 1)) for size in conv(inputs).shape)
    terms = sliding_sum(conv, inputs, channel).terms(row, column)
    assert [term.weight for term in terms] == conv.weight[channel].double().flatten().tolist()
    total = 0.0
    for term in terms:
        assert term.product == term.value * term.weight
        total += term.product
        assert term.running == total
        assert term.is_padding == (not (0 <= term.row < inputs.shape[1] and 0 <= term.column < inputs.shape[2]))
        if not term.is_padding:
            assert term.value == inputs[term.channel, term.row, term.column].item()
        elif conv.padding_mode == "zeros":
            assert term.value == 0


def test_a_published_convolution_is_added_up_by_hand() -> None:
    sliding = sliding_sum(net_a().get_submodule("0"), torch.arange(16.0).reshape(1, 1, 4, 4), 1)
    terms = sliding.terms(0, 1)
    assert [term.value for term in terms] == [1, 2, 3, 5, 6, 7, 9, 10, 11]
    assert terms[-1].running + sliding.bias == -21  # 54 − 75
    assert terms[0] == SumTerm(0, 0, 1, False, 1, 1, 1, 1)


def test_the_first_place_of_a_padded_convolution_begins_in_its_padding() -> None:
    conv = nn.Conv2d(1, 1, 3, stride=2, padding=2, dilation=2, bias=False)
    nn.init.ones_(conv.weight)
    terms = sliding_sum(conv, torch.ones(1, 5, 5), 0).terms(0, 0)
    assert [(term.row, term.column) for term in terms] == [(row, column) for row in (-2, 0, 2) for column in (-2, 0, 2)]
    assert [term.is_padding for term in terms] == [True, True, True, True, False, False, True, False, False]
    assert [term.running for term in terms] == [0, 0, 0, 0, 1, 2, 2, 3, 4]


def test_a_place_or_a_channel_that_is_not_there_is_refused_with_the_sizes() -> None:
    with pytest.raises(ExplorerError, match="no channel 2: the output has 2; choose 0 to 1"):
        sliding_sum(nn.Conv2d(1, 2, 3), torch.ones(1, 4, 5), 2)
    with pytest.raises(ExplorerError, match="no row 2: the output has 2"):
        sliding_sum(nn.Conv2d(1, 2, 3), torch.ones(1, 4, 5), 0).terms(2, 0)
