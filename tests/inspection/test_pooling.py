import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn

from explorer.errors import ExplorerError
from explorer.inspection import pooling_window

PAIR = st.tuples(st.integers(1, 4), st.integers(1, 4))


@st.composite
def poolings(draw: st.DrawFn) -> tuple[nn.MaxPool2d | nn.AvgPool2d, torch.Tensor]:
    kernel, stride = draw(st.one_of(st.integers(1, 4), PAIR)), draw(st.one_of(st.none(), st.integers(1, 4), PAIR))
    smallest = kernel if isinstance(kernel, int) else min(kernel)
    padding, ceil_mode = draw(st.integers(0, smallest // 2)), draw(st.booleans())
    pool: nn.MaxPool2d | nn.AvgPool2d
    if draw(st.booleans()):
        indices = draw(st.booleans())
        pool = nn.MaxPool2d(kernel, stride, padding, draw(st.integers(1, 2)), indices, ceil_mode)
    else:
        divisor = draw(st.sampled_from([None, 3]))
        pool = nn.AvgPool2d(kernel, stride, padding, ceil_mode, draw(st.booleans()), divisor)
    torch.manual_seed(draw(st.integers(0, 99)))
    inputs = torch.randn(2, *draw(st.tuples(st.integers(3, 9), st.integers(3, 9))))
    try:
        pool(inputs)
    except RuntimeError:  # the window is larger than the input
        assume(False)
    return pool, inputs


@given(poolings(), st.data())
def test_a_window_gives_the_layers_own_output(
    example: tuple[nn.MaxPool2d | nn.AvgPool2d, torch.Tensor], data: st.DataObject
) -> None:
    pool, inputs = example
    output = pool(inputs)
    output = output[0] if isinstance(output, tuple) else output
    channel, row, column = (data.draw(st.integers(0, size - 1)) for size in output.shape)
    window = pooling_window(pool, inputs, channel, row, column)
    assert window.value == output[channel, row, column].item()
    if isinstance(pool, nn.MaxPool2d):
        assert window.values.max().item() == window.value
    else:
        assert float(window.values.sum()) / window.divisor == pytest.approx(window.value, rel=1e-5, abs=1e-6)
    for place_row, input_row in enumerate(window.rows):
        for place_column, input_column in enumerate(window.columns):
            value = window.values[place_row, place_column].item()
            inside = 0 <= input_row < inputs.shape[1] and 0 <= input_column < inputs.shape[2]
            padding = float("-inf") if isinstance(pool, nn.MaxPool2d) else 0.0
            assert value == (inputs[channel, input_row, input_column].item() if inside else padding)


def test_a_window_by_hand() -> None:
    window = pooling_window(nn.MaxPool2d(2), torch.arange(16.0).reshape(1, 4, 4), 0, 1, 0)
    assert window.values.tolist() == [[8, 9], [12, 13]]
    assert (window.rows, window.columns, window.value, window.divisor) == ((2, 3), (0, 1), 13, 1)


def test_other_layers_have_no_window() -> None:
    with pytest.raises(ExplorerError, match="not for AdaptiveAvgPool2d"):
        pooling_window(nn.AdaptiveAvgPool2d(1), torch.zeros(1, 4, 4), 0, 0, 0)


def test_a_place_outside_the_output_is_refused() -> None:
    with pytest.raises(ExplorerError, match="row 2: the output has 2"):
        pooling_window(nn.MaxPool2d(2), torch.zeros(1, 4, 4), 0, 2, 0)


class Blurred(nn.AvgPool2d):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return 0.9 * super().forward(images)


def test_a_pooling_that_computes_something_else_is_refused_with_the_gap() -> None:
    with pytest.raises(ExplorerError, match=r"Blurred gives 0.9, but its weights and inputs give 1; the gap of 0.1"):
        pooling_window(Blurred(2), torch.ones(1, 4, 4), 0, 0, 0)
