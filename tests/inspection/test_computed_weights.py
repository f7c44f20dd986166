"""Layers that compute their weights are shown with the weights that they will use."""

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from captum.attr import Saliency
from torch import Tensor, nn

from explorer.inspection import (
    ATTRIBUTION_METHODS,
    Trace,
    attribute,
    capture,
    cell_step,
    clamped_trace,
    default_layer,
    edit_weight,
    explain_pixel,
    gradients_through_time,
    health,
    kernels,
    layer_table,
    network_graph,
    penultimate,
    randomisation_check,
    rank_channels,
    trace,
)
from explorer.inspection.stand_in import stand_in
from tests.inspection.reparametrised_cases import EVERY, PARAMETRISED, network, step

IMAGES = torch.randn(2, 1, 6, 6, generator=torch.Generator().manual_seed(1))
SEQUENCES = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(2))
every_kind = pytest.mark.parametrize("kind", EVERY)
every_change = pytest.mark.parametrize("change", ["a step", "loading"])


Cell = Callable[..., nn.RNNBase]


def outdated(kind: str, change: str) -> nn.Sequential:
    """A network whose weights have changed since its last forward pass."""
    model = network(kind)
    if change == "a step":
        step(model, IMAGES)
    else:
        model.load_state_dict(network(kind, seed=7).state_dict())
    return model


def used_kernels(convolution: nn.Module) -> Tensor:
    """The kernels (2, 1, 3, 3) that a convolution uses: its answers to unit impulses, less its bias."""
    impulses = torch.eye(9).reshape(9, 1, 3, 3)
    with torch.no_grad():
        answers = convolution(impulses) - convolution(torch.zeros(1, 1, 3, 3))
    rows: Tensor = answers[:, :, 0, 0].T
    return rows.reshape(2, 1, 3, 3)


@every_change
@every_kind
def test_kernels_are_those_of_the_next_call(kind: str, change: str) -> None:
    model = outdated(kind, change)
    shown = kernels(model)
    assert list(shown) == ["0"]
    torch.testing.assert_close(shown["0"], used_kernels(model[0]))


@every_change
@every_kind
def test_a_pixel_is_explained_with_the_kernel_of_the_next_call(kind: str, change: str) -> None:
    model = outdated(kind, change)
    pixel = explain_pixel(model[0], IMAGES[0], 1, 2, 3)
    torch.testing.assert_close(pixel.kernel.float(), used_kernels(model[0])[1])
    assert pixel.total == pytest.approx(pixel.value, abs=1e-5)
    assert pixel.value == pytest.approx(model[0](IMAGES[:1])[0, 1, 2, 3].item(), abs=1e-6)


def test_kernels_of_a_network_in_training_are_shown_without_a_step_of_its_power_iteration() -> None:
    model = network("spectral_norm").train()
    before = {name: buffer.clone() for name, buffer in model.named_buffers()}
    kernels(model)
    assert all(torch.equal(buffer, before[name]) for name, buffer in model.named_buffers())


# ── recurrent networks ───────────────────────────────────────────────────────────────────────────────────────────────
def recurrent(kind: str, cell: Cell, change: str) -> nn.RNNBase:
    torch.manual_seed(0)
    module: nn.RNNBase = EVERY[kind](cell(3, 4, batch_first=True), "weight_hh_l0").eval()
    if change == "a step":
        step(module, SEQUENCES)
    else:
        torch.manual_seed(7)
        module.load_state_dict(EVERY[kind](cell(3, 4, batch_first=True), "weight_hh_l0").state_dict())
    return module


LOOKS: dict[str, Callable[[nn.RNNBase], Trace]] = {
    "trace": lambda module: trace(module, SEQUENCES),
    "clamped_trace": lambda module: clamped_trace(module, SEQUENCES, []),
}


@pytest.mark.parametrize("cell", [nn.RNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize("look", LOOKS)
@every_change
@every_kind
def test_a_trace_is_of_the_weights_of_the_next_call(kind: str, change: str, look: str, cell: Cell) -> None:
    module = recurrent(kind, cell, change)
    shown = LOOKS[look](module).output
    torch.testing.assert_close(shown, module(SEQUENCES)[0].detach())


@every_change
@every_kind
def test_gradients_and_equations_are_of_the_weights_of_the_next_call(kind: str, change: str) -> None:
    module = recurrent(kind, nn.LSTM, change)
    found = gradients_through_time(module, SEQUENCES, lambda output: output[:, -1].square().sum())
    found_step = cell_step(recurrent(kind, nn.LSTM, change), SEQUENCES, 4, 1)
    module(SEQUENCES)  # now the weights are up to date
    plain = nn.LSTM(3, 4, batch_first=True)
    with torch.no_grad():
        for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"):
            getattr(plain, name).copy_(getattr(module, name))
    output, _ = plain(SEQUENCES)
    assert found.loss == pytest.approx(output[:, -1].square().sum().item(), rel=1e-5)
    assert found_step.found["hidden"] == pytest.approx(output[0, 4, 1].item(), abs=1e-6)
    for equation in found_step.equations:
        assert equation.value == pytest.approx(equation.pytorch, abs=1e-5)
    expected = gradients_through_time(plain, SEQUENCES, lambda output: output[:, -1].square().sum())
    for name, gradient in expected.layers[0].quantities.items():
        torch.testing.assert_close(found.layers[0].quantities[name], gradient)


# ── the layers of the network, not those of the weights ──────────────────────────────────────────────────────────────
@every_kind
def test_the_layers_are_those_of_the_network_without_computed_weights(kind: str) -> None:
    model = network(kind)
    outputs = capture(model, IMAGES)
    assert list(outputs) == ["0", "1", "2", "3"]
    assert torch.equal(outputs["0"], model[0](IMAGES).detach())
    assert torch.equal(outputs["3"], model(IMAGES).detach())
    assert [row.name for row in layer_table(model, (1, 6, 6))] == ["0", "1", "2", "3"]
    assert [row.kind for row in layer_table(model, (1, 6, 6))] == ["Conv2d 3x3", "ReLU", "Flatten", "Linear"]
    assert [one.name for one in health(model, IMAGES)] == ["1"]
    nodes = network_graph(model, IMAGES).nodes
    assert [(node.id, node.kind) for node in nodes] == [
        *[("input", "Input"), ("0", "Conv2d 3x3"), ("1", "ReLU"), ("2", "Flatten"), ("3", "Linear")]
    ]
    assert default_layer(model, IMAGES) == "1"
    assert torch.equal(penultimate(model, IMAGES), outputs["2"])
    assert list(edit_weight(model, IMAGES, "0.bias", (0,), 1.0).changes) == ["0", "1", "2", "3"]


def test_a_spectrally_normed_convolution_has_its_own_output_parameters_and_cost() -> None:
    convolution = PARAMETRISED["spectral_norm"](nn.Conv2d(1, 2, 3), "weight")
    assert capture(convolution, IMAGES[:1])[""].shape == (1, 2, 4, 4)
    model = nn.Sequential(convolution)
    assert {name: tuple(output.shape) for name, output in capture(model, IMAGES[:1]).items()} == {"0": (1, 2, 4, 4)}
    (row,) = layer_table(model, (1, 6, 6))
    assert (row.name, row.kind, row.output_shape) == ("0", "Conv2d 3x3", (2, 4, 4))
    assert (row.parameters, row.multiply_adds) == (2 * 9 + 2, 2 * 16 * 9)


# ── copies ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@every_change
@every_kind
def test_a_network_can_be_attributed_after_a_step_of_training(kind: str, change: str) -> None:
    model = outdated(kind, change)
    shown = attribute(model, IMAGES, 2, "saliency").values
    expected = Saliency(model).attribute(IMAGES.clone().requires_grad_(), target=2, abs=False)
    torch.testing.assert_close(shown, expected)


class Keeping(nn.Module):
    """Keeps what it computed in its last forward pass, with the gradient's history."""

    def __init__(self, store: Callable[[nn.Module, Tensor], None]) -> None:
        super().__init__()
        self.head, self.store = nn.Linear(36, 3), store

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head(images.flatten(1))
        self.store(self, logits)
        return logits


@pytest.mark.parametrize(
    "store",
    [
        lambda module, values: setattr(module, "latest", values),
        lambda module, values: setattr(module, "latest", [values]),
        lambda module, values: setattr(module, "latest", {"logits": (values, 2)}),
    ],
    ids=["as an attribute", "in a list", "in a dict"],
)
def test_a_network_that_keeps_what_it_computed_in_training_can_be_copied(
    store: Callable[[nn.Module, Tensor], None],
) -> None:
    model = Keeping(store)
    step(model, IMAGES)
    expected = model.head.weight[1].detach().reshape(1, 1, 6, 6).expand(2, 1, 6, 6)
    torch.testing.assert_close(attribute(model, IMAGES, 1, "saliency").values, expected)


@pytest.mark.sample(4)
@pytest.mark.parametrize("method", ATTRIBUTION_METHODS)
@every_kind
def test_every_method_gives_the_map_of_a_plain_network_with_the_same_weights(kind: str, method: str) -> None:
    model = outdated(kind, "a step")
    with torch.no_grad():
        model(IMAGES)
    plain = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(32, 3)).eval()
    with torch.no_grad():
        for place in (0, 3):
            for name in ("weight", "bias"):
                getattr(plain[place], name).copy_(getattr(model[place], name))
    shown = attribute(model, IMAGES, 1, method)
    expected = attribute(plain, IMAGES, 1, method)
    torch.testing.assert_close(shown.values, expected.values)
    assert shown.layer == expected.layer


@every_kind
def test_a_recurrent_network_can_be_copied_after_a_step_of_training(kind: str) -> None:
    module = recurrent(kind, nn.LSTM, "a step")
    double = stand_in(module)
    torch.testing.assert_close(double(SEQUENCES)[0], module(SEQUENCES)[0].detach())


@every_kind
def test_every_layer_is_randomised(kind: str) -> None:
    """A layer that went on computing its old weight would keep its map."""
    model = network(kind)
    stages = list(randomisation_check(model, IMAGES[:1], 1, "input_x_gradient"))
    assert [stage.layers for stage in stages] == [(), ("3",), ("0",)]
    for before, after in pairwise(stages):
        assert not torch.allclose(before.maps, after.maps)


@every_kind
def test_channels_rank_as_without_each_of_them(kind: str) -> None:
    model = outdated(kind, "a step")
    ranked = rank_channels(model, IMAGES, "0", 2)
    with torch.no_grad():
        logits = model(IMAGES)
        for channel in range(2):
            hidden = model[0](IMAGES)
            hidden[:, channel] = 0
            torch.testing.assert_close(ranked[:, channel], (model[1:](hidden) - logits)[:, 2])
