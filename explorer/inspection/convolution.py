"""The arithmetic behind one pixel of a feature map."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.inspection.activations import undisturbed
from explorer.inspection.arithmetic import check_sum
from explorer.inspection.kernels import check_used
from explorer.inspection.layers import has_own_way, original


@dataclass(frozen=True)
class PixelSum:
    """``value = sum(patch * kernel) + bias``: one output of a convolution.

    The tensors are (channel of the group, kernel row, kernel column), float64: the layer's own numbers, exactly.
    """

    patch: Tensor  # the input under the kernel, padding included
    kernel: Tensor
    products: Tensor
    bias: float  # 0 for a layer without a bias
    value: float  # the layer's own output, by PyTorch
    input_channels: range  # the input channels that this output channel's group reads
    rows: tuple[int, ...]  # input row under each kernel row; below 0 or beyond the last row: padding
    columns: tuple[int, ...]

    @property
    def total(self) -> float:
        """The sum of the products and the bias, accumulated in float64."""
        return float(self.products.sum()) + self.bias

    @property
    def difference(self) -> float:
        """PyTorch's rounding error: ``value - total``."""
        return self.value - self.total


def explain_pixel(conv: nn.Module, inputs: Tensor, channel: int, row: int, column: int) -> PixelSum:
    """The patch, the kernel and their products behind one pixel of a convolution's feature map.

    Any stride, padding, padding mode, dilation and groups (https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html).

    Args:
        conv: an ``nn.Conv2d``.
        inputs: the layer's input: (channel, row, column) or (1, channel, row, column).
        channel: which feature map.
        row: where in it.
        column: where in it.

    Raises:
        ExplorerError: for another kind of layer, inputs that do not fit it, a position outside the output, and a layer
            that computes something else (a class derived from ``nn.Conv2d``, a hook), with the gap.
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
        check_place(output, channel, row, column)
        weight, bias = conv.weight.detach(), conv.bias  # read here: the call has computed a weight that is computed
        found = _pixel(conv, image, output, weight, bias, (channel, row, column))
        if has_own_way(conv):
            check_used(conv, weight)  # one sum may agree by chance, or within the rounding of half precision
    return found


def _pixel(
    conv: nn.Conv2d, image: Tensor, output: Tensor, weight: Tensor, bias: Tensor | None, place: tuple[int, int, int]
) -> PixelSum:
    channel, row, column = place
    width = conv.in_channels // conv.groups
    first = channel // (conv.out_channels // conv.groups) * width
    left, right, top, bottom = _padding(conv)
    mode = "constant" if conv.padding_mode == "zeros" else conv.padding_mode
    padded = functional.pad(image[None, first : first + width], (left, right, top, bottom), mode=mode)[0]
    rows = _taps(row, conv.stride[0], conv.kernel_size[0], conv.dilation[0])
    columns = _taps(column, conv.stride[1], conv.kernel_size[1], conv.dilation[1])
    _check_size(conv, padded, output)
    patch = padded[:, rows][:, :, columns].double()
    kernel = weight[channel].double()
    products, shift, value = patch * kernel, 0.0 if bias is None else bias[channel].item(), output[channel, row, column]
    size = float(products.abs().sum()) + abs(shift)
    check_sum(conv, value, float(products.sum()) + shift, size, products.numel())
    return PixelSum(
        patch=patch,
        kernel=kernel,
        products=products,
        bias=shift,
        value=value.item(),
        input_channels=range(first, first + width),
        rows=tuple(tap - top for tap in rows),
        columns=tuple(tap - left for tap in columns),
    )


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


def _taps(index: int, stride: int, size: int, dilation: int) -> list[int]:
    return [index * stride + tap * dilation for tap in range(size)]


def _padding(conv: nn.Conv2d) -> tuple[int, int, int, int]:
    """Pixels added (left, right, top, bottom)."""
    if isinstance(conv.padding, str) or conv.padding_mode != "zeros":
        left, right, top, bottom = conv._reversed_padding_repeated_twice
        return left, right, top, bottom
    rows, columns = conv.padding
    return columns, columns, rows, rows
