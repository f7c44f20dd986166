"""One feature map of a convolution as its kernel computes it: place by place, product by product."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.inspection.activations import undisturbed
from explorer.inspection.layers import original


class SumTerm(NamedTuple):
    """One product of a convolution's sum, and the sum up to and including it, in float64."""

    channel: int  # of the layer's input
    row: int  # of the layer's input; below 0 or beyond its last row: padding
    column: int
    is_padding: bool
    value: float  # of the input, or of the padding
    weight: float
    product: float
    running: float  # the sum of all products so far, without the bias


@dataclass(frozen=True)
class SlidingSum:
    """Everything that one feature map is computed from: each value is a sum over a window of the padded input.

    The tensors are the layer's own numbers, in its own precision.
    """

    padded: Tensor  # (channel of the group, row, column): the input with its padding
    kernel: Tensor  # (channel of the group, kernel row, kernel column)
    bias: float  # 0 for a layer without a bias
    output: Tensor  # (row, column): the layer's own output, by PyTorch
    input_channels: range  # the input channels that this output channel's group reads
    input_size: tuple[int, int]  # rows and columns, without padding
    padding: tuple[int, int]  # rows above and columns left of the input
    stride: tuple[int, int]
    dilation: tuple[int, int]

    def taps(self, row: int, column: int) -> tuple[list[int], list[int]]:
        """The rows and the columns of the padded input under the kernel, for one place of the output."""
        rows, columns = (
            [place * stride + tap * dilation for tap in range(size)]
            for place, stride, dilation, size in zip(
                (row, column), self.stride, self.dilation, self.kernel.shape[1:], strict=True
            )
        )
        return rows, columns

    def terms(self, row: int, column: int) -> list[SumTerm]:
        """The products behind one value in the order of the weights (channel, row, column), with their running sum.

        The last running sum plus ``bias`` is ``output[row, column]``, except for rounding: PyTorch adds in the layer's
        precision and in another order.

        Raises:
            ExplorerError: for a place outside the output.
        """
        check_place(self.output[None], 0, row, column)
        rows, columns = self.taps(row, column)
        patch, kernel = self.padded[:, rows][:, :, columns].double().tolist(), self.kernel.double().tolist()
        found, running = [], 0.0
        for place, channel in enumerate(self.input_channels):
            for u, tap_row in enumerate(rows):
                for v, tap_column in enumerate(columns):
                    own_row, own_column = tap_row - self.padding[0], tap_column - self.padding[1]
                    within = 0 <= own_row < self.input_size[0] and 0 <= own_column < self.input_size[1]
                    value, weight = patch[place][u][v], kernel[place][u][v]
                    running += value * weight
                    found.append(
                        SumTerm(channel, own_row, own_column, not within, value, weight, value * weight, running)
                    )
        return found


def sliding_sum(conv: nn.Module, inputs: Tensor, channel: int) -> SlidingSum:
    """One feature map of a convolution, with the padded input and the kernel that it is computed from.

    Any stride, padding, padding mode, dilation and groups (https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html).

    Args:
        conv: an ``nn.Conv2d``.
        inputs: the layer's input: (channel, row, column) or (1, channel, row, column).
        channel: which feature map.

    Raises:
        ExplorerError: for another kind of layer, inputs that do not fit it, a channel that it does not have, and a
            layer whose output has another size than its kernel, stride and padding give.
    """
    conv = original(conv)
    if not isinstance(conv, nn.Conv2d):
        raise ExplorerError(f"Pixels are explained for Conv2d layers, not for {type(conv).__name__}.")
    image = single_image(inputs, conv.in_channels)  # (channel, row, column)
    with torch.no_grad(), undisturbed(conv):
        try:
            output = conv(image[None])[0]  # (channel, row, column)
        except RuntimeError as error:
            raise ExplorerError(f"{conv} cannot read inputs of shape {tuple(image.shape)}: {error}") from error
        check_place(output, channel, 0, 0)
        weight, bias = conv.weight.detach(), conv.bias  # read here: the call has computed a weight that is computed
        padded, group = _padded(conv, image, channel)
        _check_size(conv, padded, output)
    rows, columns = image.shape[1:]
    left, _, top, _ = _padding(conv)
    return SlidingSum(
        padded=padded,
        kernel=weight[channel],
        bias=0.0 if bias is None else bias[channel].item(),
        output=output[channel],
        input_channels=group,
        input_size=(rows, columns),
        padding=(top, left),
        stride=(conv.stride[0], conv.stride[1]),
        dilation=(conv.dilation[0], conv.dilation[1]),
    )


def _padded(conv: nn.Conv2d, image: Tensor, channel: int) -> tuple[Tensor, range]:
    """The padded input channels that an output channel's group reads, and which they are."""
    width = conv.in_channels // conv.groups
    first = channel // (conv.out_channels // conv.groups) * width
    mode = "constant" if conv.padding_mode == "zeros" else conv.padding_mode
    group = range(first, first + width)
    return functional.pad(image[None, first : first + width], _padding(conv), mode=mode)[0], group


def single_image(inputs: Tensor, channels: int | None = None) -> Tensor:
    """One image as (channel, row, column).

    Raises:
        ExplorerError: if it is not one image, or has another number of channels.
    """
    image = inputs.detach()
    if image.dim() == 4 and len(image) == 1:
        image = image[0]
    if image.dim() != 3:
        raise ExplorerError(
            f"Give one image, (channel, row, column) or (1, channel, row, column), not {tuple(inputs.shape)}."
        )
    if channels is not None and len(image) != channels:
        raise ExplorerError(f"The layer reads {channels} channels, but the inputs have {len(image)}.")
    return image


def check_place(output: Tensor, channel: int, row: int, column: int) -> None:
    """Refuse a position outside an output (channel, row, column)."""
    for what, index, size in zip(("channel", "row", "column"), (channel, row, column), output.shape, strict=True):
        if not 0 <= index < size:
            raise ExplorerError(f"There is no {what} {index}: the output has {size}; choose 0 to {size - 1}.")


def _check_size(conv: nn.Conv2d, padded: Tensor, output: Tensor) -> None:
    """Refuse a layer whose output has another size than its kernel, stride and padding give."""
    sizes = tuple(
        (side - dilation * (kernel - 1) - 1) // stride + 1
        for side, kernel, stride, dilation in zip(
            padded.shape[1:], conv.kernel_size, conv.stride, conv.dilation, strict=True
        )
    )
    if tuple(output.shape[1:]) != sizes:
        own, expected = ("x".join(map(str, shape)) for shape in (output.shape[1:], sizes))
        raise ExplorerError(
            f"This {type(conv).__name__} gives a map of {own}, but its kernel, stride and padding give {expected}: it "
            "has a forward pass of its own, which this arithmetic does not follow; choose another layer."
        )


def _padding(conv: nn.Conv2d) -> tuple[int, int, int, int]:
    """Pixels added (left, right, top, bottom)."""
    if isinstance(conv.padding, str) or conv.padding_mode != "zeros":
        left, right, top, bottom = conv._reversed_padding_repeated_twice
        return left, right, top, bottom
    rows, columns = conv.padding
    return columns, columns, rows, rows
