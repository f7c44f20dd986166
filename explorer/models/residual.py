"""The small residual network that ships with its weights (He et al. 2016, https://arxiv.org/abs/1512.03385).

The weights, their class names and the model card lie in sample_data/pretrained; sample_data/make_pretrained.py makes
them.
"""

import torch
from torch import Tensor, nn

from explorer.places import SAMPLE_DATA

SHAPES_RESNET = SAMPLE_DATA / "pretrained" / "shapes_resnet.safetensors"  # the .json beside it tells what was learnt


class ResidualBlock(nn.Module):
    """Two convolutions whose output is added to the input: what is learnt is the difference.

    Where the shape changes, a 1x1 convolution makes the input fit. Every non-linearity is a module of its own that
    leaves its input alone, so that each can be looked at.
    """

    def __init__(self, in_channels: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.convolution1 = nn.Conv2d(in_channels, channels, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.activation1 = nn.ReLU()
        self.convolution2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or in_channels != channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_channels, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )
        self.activation2 = nn.ReLU()

    def forward(self, maps: Tensor) -> Tensor:
        """Feature maps (batch, in_channel, row, column) to (batch, channel, row / stride, column / stride)."""
        inner = self.activation1(self.norm1(self.convolution1(maps)))
        outer: Tensor = self.activation2(self.norm2(self.convolution2(inner)) + self.shortcut(maps))
        return outer


class ShapesResNet(nn.Module):
    """A stem and six residual blocks: three pairs, each pair at half the size and twice the channels.

    Its initial weights come from the process's generator, like those of any module; :func:`fresh` fixes them by a seed.

    Args:
        classes: logits to give.
        width: channels of the first pair of blocks; the features before the head are four times as many.
    """

    def __init__(self, classes: int, width: int = 16) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )  # (batch, width, 32, 32)
        self.blocks = nn.Sequential(
            ResidualBlock(width, width, stride=2),
            ResidualBlock(width, width),  # (batch, width, 16, 16)
            ResidualBlock(width, 2 * width, stride=2),
            ResidualBlock(2 * width, 2 * width),  # (batch, 2 width, 8, 8)
            ResidualBlock(2 * width, 4 * width, stride=2),
            ResidualBlock(4 * width, 4 * width),  # (batch, 4 width, 4, 4)
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(4 * width, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):  # what ReLU halves, the weights make up for (He et al. 2015)
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Normalised images (batch, 3, 32, 32) to logits (batch, class); other sizes work too."""
        maps = self.blocks(self.stem(images))
        logits: Tensor = self.head(self.pool(maps).flatten(1))
        return logits


def fresh(classes: int, seed: int, width: int = 16) -> ShapesResNet:
    """The network with untrained weights that a seed fixes; the process's random state stays as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ShapesResNet(classes, width)
