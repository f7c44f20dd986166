import math

import pytest
import torch
from torch import Tensor, nn

from explorer.inspection import network_graph
from explorer.inspection.downstream import follow

PICTURE = torch.arange(16.0).reshape(1, 1, 4, 4) - 8  # row r, column c holds 4r + c − 8


def identity() -> nn.Conv2d:
    """A 1x1 convolution whose output is its input."""
    convolution = nn.Conv2d(1, 1, 1, bias=False)
    nn.init.ones_(convolution.weight)
    return convolution


def sentences(model: nn.Module, row: int, column: int, inputs: Tensor = PICTURE) -> list[str]:
    model.eval()
    return follow(model, network_graph(model, inputs), inputs, "0", (0, row, column))


def test_an_activation_is_written_with_its_input_and_output() -> None:
    assert sentences(nn.Sequential(identity(), nn.ReLU()), 0, 1) == ["**1** (ReLU): -7 becomes **0**."]


def test_batch_norm_is_written_with_its_running_statistics() -> None:
    norm = nn.BatchNorm2d(1, eps=0.5)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.fill_(1)
    norm.running_var.fill_(3.5)
    nn.init.constant_(norm.weight, 2)
    nn.init.constant_(norm.bias, -1)
    (sentence,) = sentences(nn.Sequential(identity(), norm), 3, 3)
    assert "(7 − 1) / √(3.5 + 0.5) · 2 + (-1) = **5**" in sentence  # 6 / 2 · 2 − 1


@pytest.mark.parametrize(
    ("pool", "said"),
    [
        (nn.MaxPool2d(2), "maximum of its 2x2 window, 2, 3, 6, 7: **7**"),
        (nn.AvgPool2d(2), "mean of its 2x2 window, 2, 3, 6, 7: **4.5**"),
    ],
)
def test_pooling_lists_its_window_and_ends_the_list(pool: nn.Module, said: str) -> None:
    assert [said in sentence for sentence in sentences(nn.Sequential(identity(), pool, nn.ReLU()), 3, 3)] == [True]


def test_a_value_outside_every_pooling_window_is_skipped() -> None:
    (sentence,) = sentences(nn.Sequential(identity(), nn.MaxPool2d(3)), 3, 3)
    assert sentence == "**Pooling** skips this value: no 3x3 window covers it in the 4x4 input."


def test_several_layers_are_followed_in_order() -> None:
    model = nn.Sequential(identity(), nn.Dropout(), nn.Sigmoid(), nn.AvgPool2d(4))
    first, second = sentences(model, 2, 1)
    assert first == f"**2** (Sigmoid): 1 becomes **{1 / (1 + math.exp(-1)):.6g}**."
    assert "16 values" in second


def test_an_unchanged_value_is_said_to_be_unchanged() -> None:
    assert sentences(nn.Sequential(identity(), identity()), 0, 0) == ["The next layer reads this value unchanged."]


class Branching(nn.Sequential):
    """The first layer's output is added to itself after the second."""

    def forward(self, images: Tensor) -> Tensor:
        maps: Tensor = self[0](images)
        added: Tensor = maps + self[1](maps)
        return added


def test_a_value_that_several_layers_read_is_followed_no_further() -> None:
    (sentence,) = sentences(Branching(identity(), identity()), 0, 0)
    assert sentence.startswith("Several layers read this value: ")
    assert "**1**" in sentence


def test_an_addition_names_both_of_its_inputs() -> None:
    model = Branching(identity(), identity()).eval()
    graph = network_graph(model, PICTURE)
    (sentence,) = follow(model, graph, PICTURE, "1", (0, 0, 0))
    assert "adds it to the output of the other branch: its inputs are 0 and 1." in sentence
