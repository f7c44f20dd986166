"""A convolutional network of one to four blocks, shaped by its configuration."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from explorer.config import CnnModel, ConvolutionBlock
from explorer.datasets.splits import Shaped
from explorer.errors import ExplorerError

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "elu": nn.ELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
POOLINGS: dict[str, type[nn.MaxPool2d] | type[nn.AvgPool2d]] = {"max": nn.MaxPool2d, "average": nn.AvgPool2d}


class Cnn(nn.Module):
    """Blocks of convolution, then a head of linear layers."""

    def __init__(self, config: CnnModel, input_shape: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        channels, height, width = input_shape
        for number, block in enumerate(config.blocks, start=1):
            height, width = _check(number, block, config, channels, height, width)
            self.add_module(f"block{number}", _block(block, config, channels))
            channels = block.channels
        self.head = _head(config, channels * height * width, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Images (batch, channel, row, column) to logits (batch, class)."""
        for module in self.children():
            images = module(images)
        return images


def build(config: CnnModel, splits: Shaped) -> Cnn:
    """The network for this data set, its initial weights fixed by ``config.seed``.

    Raises:
        ExplorerError: where a kernel or a pooling window does not fit what reaches it.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        facts = splits.shape_facts()
        channels, height, width = facts.input_shape
        return Cnn(config, (channels, height, width), len(facts.class_names))


def _block(block: ConvolutionBlock, config: CnnModel, in_channels: int) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["convolution"] = nn.Conv2d(
        in_channels,
        block.channels,
        block.kernel_size,
        stride=block.stride,
        padding=block.padding,
        dilation=block.dilation,
        groups=block.groups,
        bias=config.bias,
        padding_mode=config.padding_mode,
    )
    if config.batch_norm:
        layers["norm"] = nn.BatchNorm2d(block.channels)
    layers["activation"] = ACTIVATIONS[config.activation]()
    if block.pooling != "none":
        layers["pooling"] = POOLINGS[block.pooling](2)
    if config.dropout:  # whole maps: neighbouring values of one map know each other (Tompson et al. 2015)
        layers["dropout"] = nn.Dropout2d(config.dropout)
    return nn.Sequential(layers)


def _head(config: CnnModel, features: int, classes: int) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    if config.head_size:
        layers["hidden"] = nn.Linear(features, config.head_size)
        layers["activation"] = ACTIVATIONS[config.activation]()
        if config.dropout:
            layers["dropout"] = nn.Dropout(config.dropout)
        features = config.head_size
    layers["logits"] = nn.Linear(features, classes)
    return nn.Sequential(layers)


def _check(
    number: int, block: ConvolutionBlock, config: CnnModel, channels: int, height: int, width: int
) -> tuple[int, int]:
    """The height and width after the block, or an error that says what does not fit and what to choose."""
    if channels % block.groups or block.channels % block.groups:
        raise ExplorerError(
            f"Block {number}: {block.groups} groups do not divide both its {channels} input channels and its "
            f"{block.channels} output channels evenly; choose a number that divides both, such as 1."
        )
    smallest = min(height, width)
    # PyTorch: reflection needs padding < size, wrapping needs padding <= size
    widest = {"reflect": smallest - 1, "circular": smallest}.get(config.padding_mode)
    if widest is not None and block.padding > widest:
        raise ExplorerError(
            f"Block {number}: {config.padding_mode} padding of {block.padding} is more than the {height}x{width} input "
            f"can give; choose {widest} or less."
        )
    reach = block.dilation * (block.kernel_size - 1) + 1  # pixels from the first tap to the last
    room = smallest + 2 * block.padding
    if reach > room:
        fitting = (room - 1) // block.dilation + 1
        raise ExplorerError(
            f"Block {number}: a {block.kernel_size}x{block.kernel_size} kernel with dilation {block.dilation} spans "
            f"{reach} pixels and does not fit the {height}x{width} input with padding {block.padding}; "
            f"choose a kernel of {fitting} or less, a smaller dilation, or more padding."
        )
    height, width = ((side + 2 * block.padding - reach) // block.stride + 1 for side in (height, width))
    if block.pooling == "none":
        return height, width
    if min(height, width) < 2:
        raise ExplorerError(
            f"Block {number}: its {height}x{width} feature maps are too small for a 2x2 pooling window; "
            "choose pooling none, fewer blocks, a smaller stride, or more padding."
        )
    return height // 2, width // 2
