"""Networks whose attributions are known, or that are small enough for a naive reference."""

import torch
from hypothesis import strategies as st
from torch import Tensor, nn
from torchvision.models.vision_transformer import VisionTransformer


class NetA(nn.Module):
    """Captum's basic test model: a convolution and a linear layer with known weights, its ReLUs in place."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(1, 2, 3)
        self.first = nn.ReLU(inplace=True)
        self.linear = nn.Linear(8, 4)
        self.second = nn.ReLU(inplace=True)
        with torch.no_grad():
            self.convolution.weight.fill_(1)
            self.convolution.bias.copy_(torch.tensor([-50.0, -75.0]))  # type: ignore[union-attr]
            self.linear.weight.copy_(torch.tensor([[1.0] * 5 + [-1.0] * 3] * 4))
            self.linear.bias.zero_()

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.second(self.linear(self.first(self.convolution(images)).flatten(1)))
        return logits


X = torch.arange(16.0).reshape(1, 1, 4, 4)


def net_b() -> nn.Sequential:
    """Three linear layers of ones around a ReLU."""
    network = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    weights = [torch.eye(3), torch.ones(4, 3), torch.ones(2, 4)]
    biases = [torch.zeros(3), torch.tensor([-10.0, 1, 1, 1]), torch.tensor([-1.0, 1.0])]
    linear = [module for module in network if isinstance(module, nn.Linear)]
    with torch.no_grad():
        for module, weight, bias in zip(linear, weights, biases, strict=True):
            module.weight.copy_(weight)
            module.bias.copy_(bias)
    return network


def small_network(seed: int, channels: int, activation: type[nn.Module], *, pooled: bool = False) -> nn.Sequential:
    """Two convolutions and a linear layer for pictures of 6 x 6, random by seed."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(channels, 3, 3, padding=1),
        activation(),
        *([nn.MaxPool2d(2)] if pooled else []),
        nn.Conv2d(3, 4, 3, padding=1),
        nn.BatchNorm2d(4),
        activation(),
        nn.AvgPool2d(3),
        nn.Dropout2d(0.5),
        nn.Flatten(),
        nn.Linear(4 if pooled else 16, 3),
    ).eval()


@st.composite
def small_networks(draw: st.DrawFn, *activations: type[nn.Module]) -> tuple[nn.Sequential, Tensor]:
    """A small network and a batch of pictures for it."""
    channels = draw(st.integers(1, 3))
    network = small_network(draw(st.integers(0, 999)), channels, draw(st.sampled_from(activations or (nn.ReLU,))))
    return network, torch.randn(draw(st.integers(1, 3)), channels, 6, 6)


def tiny_vision_transformer(layers: int = 2) -> VisionTransformer:
    """A vision transformer on pictures of 32 x 32, with a head that is not all zeros as torchvision's is at first."""
    torch.manual_seed(5)
    network = VisionTransformer(32, 8, layers, num_heads=2, hidden_dim=8, mlp_dim=16, num_classes=5)
    nn.init.normal_(network.heads.head.weight)
    return network.eval()
