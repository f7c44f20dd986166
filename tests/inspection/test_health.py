import numpy as np
import pytest
import torch
import torchvision
from torch import nn

from explorer.inspection import health, histogram


def with_biases(activation: nn.Module, biases: list[float]) -> nn.Sequential:
    """A layer whose unit j gives ``biases[j]``, whatever the input, before the activation."""
    linear = nn.Linear(2, len(biases))
    with torch.no_grad():
        linear.weight.zero_()
        linear.bias.copy_(torch.tensor(biases))
    return nn.Sequential(linear, activation)


@pytest.mark.parametrize(
    "activation", [nn.ReLU(), nn.ReLU(inplace=True), nn.LeakyReLU(), nn.GELU(), nn.SiLU(), nn.ELU()]
)
def test_a_unit_that_never_rises_above_zero_is_dead(activation: nn.Module) -> None:
    (layer,) = health(with_biases(activation, [-1.0, 1.0, -2.0, 3.0]), torch.randn(6, 2))
    assert (layer.name, layer.kind, layer.units) == ("1", type(activation).__name__, 4)
    assert layer.dead == 0.5
    assert layer.dead_channels == (0, 2)
    assert layer.saturated == 0


def test_a_channel_lives_that_fires_for_one_input_at_one_place() -> None:
    images = -torch.ones(3, 2, 4, 4)
    images[2, 1, 0, 3] = 0.5
    (layer,) = health(nn.Sequential(nn.ReLU()), images)
    assert layer.dead_channels == (0,)


@pytest.mark.parametrize(
    ("activation", "biases"), [(nn.Tanh(), [-3.0, 0.0, 3.0, 1.0]), (nn.Sigmoid(), [-4.0, 0, 4, 1])]
)
def test_values_close_to_an_end_of_the_range_are_saturated(activation: nn.Module, biases: list[float]) -> None:
    model = with_biases(activation, biases)
    (layer,) = health(model, torch.randn(5, 2))
    assert layer.saturated == 0.5
    assert layer.dead == 0
    assert health(model, torch.randn(5, 2), saturation=0.999)[0].saturated == 0


def test_mean_standard_deviation_and_histogram_are_numpys() -> None:
    values = torch.randn(50, 3)
    (layer,) = health(nn.Sequential(nn.LeakyReLU()), values)
    expected = nn.functional.leaky_relu(values).numpy()
    assert layer.mean == pytest.approx(expected.mean(), abs=1e-6)
    assert layer.std == pytest.approx(expected.std(), abs=1e-6)
    assert layer.histogram.counts.sum() == expected.size
    assert layer.histogram.edges[[0, -1]] == pytest.approx([expected.min(), expected.max()])


def test_a_shared_activation_has_one_entry_a_call() -> None:
    layers = health(torchvision.models.resnet18(), torch.randn(1, 3, 32, 32))
    assert [layer.name for layer in layers][:4] == ["relu", "layer1.0.relu#1", "layer1.0.relu#2", "layer1.1.relu#1"]
    assert len(layers) == 17


def test_a_histogram_counts_the_finite_values() -> None:
    counts, edges = histogram(torch.tensor([0.0, 1.0, 1.0, float("nan"), float("inf")]), bins=2)
    assert counts.tolist() == [1, 2]
    assert edges.tolist() == [0, 0.5, 1]
    assert histogram(np.array([]), bins=3).counts.tolist() == [0, 0, 0]
