from collections.abc import Callable

import numpy as np
import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.inspection import activation, functional_activations, health, histogram, network_graph
from explorer.inspection.health import ACTIVATION_TYPES, BOUNDED, in_words


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


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_0", "mobilenet_v2"])
def test_every_activation_that_is_listed_can_be_read_by_its_name(name: str) -> None:
    model, inputs = torchvision.models.get_model(name, weights=None), torch.randn(2, 3, 32, 32)
    for layer in health(model, inputs):
        values = activation(model, inputs, layer.name)
        assert values.shape[1] == layer.units
        assert values.double().mean().item() == pytest.approx(layer.mean)


def test_a_call_that_does_not_happen_is_refused_with_those_that_do() -> None:
    relu = nn.ReLU()
    model = nn.Sequential(relu, nn.Linear(2, 2), relu)
    with pytest.raises(ExplorerError, match=r"no activation '0#3'; choose one of 0#1, 0#2"):
        activation(model, torch.randn(1, 2), "0#3")


@pytest.mark.parametrize(
    "function",
    [
        *(functional.relu, functional.gelu, functional.silu, torch.tanh, torch.sigmoid, functional.elu),
        *(functional.leaky_relu, functional.relu6, functional.hardtanh, functional.hardswish, functional.softplus),
    ],
    ids=lambda function: function.__name__,
)
def test_an_activation_that_is_a_function_is_named(function: Callable[[Tensor], Tensor]) -> None:
    class Functional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(4, 3)

        def forward(self, inputs: Tensor) -> Tensor:
            return function(self.linear(inputs))

    inputs = torch.randn(2, 4)
    assert health(Functional(), inputs) == []
    assert len(functional_activations(network_graph(Functional(), inputs))) == 1
    layered = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    assert functional_activations(network_graph(layered, inputs)) == []


@pytest.mark.parametrize("kind", ACTIVATION_TYPES, ids=lambda kind: str(kind.__name__))
def test_a_unit_is_called_dead_only_if_pytorch_sends_no_gradient_through_it(kind: type[nn.Module]) -> None:
    module = kind()
    inputs = torch.full((4, 2), -1.0, requires_grad=True)
    outputs = module(inputs)
    [layer] = health(nn.Sequential(module), inputs.detach())
    if layer.is_bounded or (outputs > 0).any():  # it saturates, or is above 0 everywhere
        assert layer.dead == 0
        return
    torch.autograd.backward(outputs.sum())
    assert inputs.grad is not None
    blocked = not inputs.grad.any()
    assert ("no gradient reaches their weights" in in_words([layer])) == blocked
    assert ("a gradient can still reach their weights" in in_words([layer])) == (not blocked)
    assert in_words([layer]).startswith("2 of the 2 units of")


@pytest.mark.parametrize("kind", BOUNDED, ids=lambda kind: str(kind.__name__))
def test_the_slope_at_a_saturated_value_is_as_the_sentence_says(kind: type[nn.Module]) -> None:
    low, high = BOUNDED[kind]
    inputs = torch.linspace(-200, 200, 400_001, dtype=torch.float64, requires_grad=True)
    outputs = kind()(inputs)
    torch.autograd.backward(outputs.sum())
    assert inputs.grad is not None
    saturated = inputs.grad[(outputs <= low + 0.05) | (outputs >= high - 0.05)].max() / inputs.grad.max()
    [layer] = health(nn.Sequential(kind()), torch.full((2, 2), 300.0))
    assert ("at most a fifth" in in_words([layer])) == bool(saturated <= 0.2)
    assert "100.0% of the values" in in_words([layer])
    [calm] = health(nn.Sequential(kind()), torch.zeros(2, 2))
    assert "0.0% of the values" in in_words([calm])
