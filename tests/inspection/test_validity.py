"""Methods refuse networks for which they are invalid."""

from functools import cache
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.inspection import ATTRIBUTION_METHODS, attribute

PICTURES = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))


@cache  # inspection never changes a model
def network(name: str) -> nn.Module:
    quick: dict[str, Any] = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    module: nn.Module = torchvision.models.get_model(name, weights=None, **quick)
    return module


class Gated(nn.Module):
    """Two branches multiplied: linear in each, but not in both."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.head = nn.Conv2d(3, 4, 3), nn.Conv2d(3, 4, 3), nn.Linear(4, 2)

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.head((self.first(images) * self.second(images)).mean((2, 3)))
        return logits


class Reused(nn.Module):
    """A convolution and a ReLU that are used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution, self.activation, self.head = nn.Conv2d(3, 3, 3), nn.ReLU(), nn.Linear(3, 2)

    def forward(self, images: Tensor) -> Tensor:
        once = self.activation(self.convolution(images))
        logits: Tensor = self.head(self.activation(self.convolution(once)).mean((2, 3)))
        return logits


@pytest.mark.sample(4)
@pytest.mark.parametrize(
    ("name", "method", "words"),
    [
        ("googlenet", "guided_backprop", "the relu function outside of any layer"),
        ("googlenet", "deep_lift", "the relu function"),
        ("resnet18", "deep_lift", r"layer1\.0\.relu \(ReLU, 2 times\)"),
        ("resnet18", "guided_backprop", r"layer1\.0\.relu \(ReLU, 2 times\)"),
        ("resnet18", "lrp", "the add function"),
        ("efficientnet_b0", "guided_backprop", r"no effect at features\.0\.2 \(SiLU\)"),
        ("efficientnet_b0", "deep_lift", "the mul function"),
        ("mobilenet_v2", "guided_backprop", "ReLU6"),
        ("mobilenet_v2", "deep_lift", r"no rule for features\.0\.2 \(ReLU6\)"),
        ("convnext_tiny", "lrp", r"no rule for the layer features\.0\.1 \(LayerNorm2d\)"),
        ("convnext_tiny", "deep_lift", "LayerNorm2d"),
    ],
)
def test_a_network_for_which_a_method_is_invalid_is_refused_by_name(name: str, method: str, words: str) -> None:
    with pytest.raises(ExplorerError, match=words) as refused:
        attribute(network(name), PICTURES, 0, method)
    assert "Choose integrated gradients" in str(refused.value)


@pytest.mark.parametrize("name", ["alexnet", "squeezenet1_1"])
@pytest.mark.parametrize("method", ["guided_backprop", "deep_lift", "deep_lift_corrected", "lrp"])
def test_networks_with_modules_in_place_are_explained(name: str, method: str) -> None:
    found = attribute(network(name), PICTURES, 0, method)
    assert torch.isfinite(found.values).all()
    if method == "deep_lift_corrected":  # their pools are 3 wide, 2 apart
        assert found.relative_residual is not None
        assert found.relative_residual.item() < 1e-3


def test_guided_backprop_cuts_every_negative_gradient_at_in_place_activations() -> None:
    convolution, linear = nn.Conv2d(3, 4, 3), nn.Linear(4 * 36, 2)
    network = nn.Sequential(convolution, nn.ReLU(inplace=True), nn.Flatten(), linear)
    images = torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        before = convolution(images)
        gradient = functional.relu(linear.weight[1].reshape(4, 6, 6) * (before > 0))
        expected = functional.conv_transpose2d(gradient, convolution.weight)
    torch.testing.assert_close(attribute(network, images, 1, "guided_backprop").values, expected)


def test_products_of_branches_are_refused_by_deep_lift_but_sums_are_not() -> None:
    with pytest.raises(ExplorerError, match="the mul function"):
        attribute(Gated(), PICTURES, 0, "deep_lift")
    shuffled = network("regnet_x_400mf")  # adds its branches, each ReLU a module of its own
    found = attribute(shuffled, PICTURES, 0, "deep_lift_corrected")
    assert found.relative_residual is not None
    assert found.relative_residual.item() < 1e-3


def test_layers_used_twice_are_refused() -> None:
    with pytest.raises(ExplorerError, match=r"activation \(ReLU, 2 times\)"):
        attribute(Reused(), PICTURES, 0, "guided_backprop")
    with pytest.raises(ExplorerError, match="more than once"):
        attribute(Reused(), PICTURES, 0, "grad_cam", layer="convolution")


def test_guided_backprop_without_any_relu_is_refused() -> None:
    linear = nn.Sequential(nn.Flatten(), nn.Linear(3 * 64 * 64, 2))
    with pytest.raises(ExplorerError, match="Choose saliency"):
        attribute(linear, PICTURES, 0, "guided_backprop")
    with pytest.raises(ExplorerError, match="feature maps"):
        attribute(linear, PICTURES, 0, "grad_cam")


@pytest.mark.parametrize("method", ATTRIBUTION_METHODS)
def test_recurrent_networks_are_refused_by_every_method(method: str) -> None:
    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.memory, self.head = nn.LSTM(8, 4, batch_first=True), nn.Linear(4, 2)

        def forward(self, rows: Tensor) -> Tensor:
            logits: Tensor = self.head(self.memory(rows)[0][:, -1])
            return logits

    with pytest.raises(ExplorerError, match=r"recurrent \(memory\)"):
        attribute(Reader(), torch.randn(1, 8, 8), 0, method)
