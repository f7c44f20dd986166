"""The arithmetic behind one pixel of a feature map."""

from dataclasses import dataclass

from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.in_html import table
from explorer.inspection.activations import known_modules
from explorer.inspection.arithmetic import check_sum
from explorer.inspection.kernels import kernels
from explorer.inspection.layer_maps import layer_call, split_call
from explorer.inspection.layers import named_layers, original
from explorer.inspection.sliding import check_place, sliding_sum


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

    def _repr_html_(self) -> str:
        products = float(self.products.sum())
        return table(
            [{"sum of the products": products, "bias": self.bias, "value": self.value, "difference": self.difference}],
            f"{self.products.numel()} products of {'x'.join(map(str, self.products.shape))}",
        )

    @property
    def total(self) -> float:
        """The sum of the products and the bias, accumulated in float64."""
        return float(self.products.sum()) + self.bias

    @property
    def difference(self) -> float:
        """PyTorch's rounding error: ``value - total``."""
        return self.value - self.total


def explain_pixel(
    model: nn.Module, inputs: Tensor, channel: int, row: int, column: int, layer: str | None = None
) -> PixelSum:
    """The patch, the kernel and their products behind one pixel of a convolution's feature map.

    Any stride, padding, padding mode, dilation and groups (https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html).

    Args:
        model: an ``nn.Conv2d``, or a network around some.
        inputs: of an ``nn.Conv2d`` its input, (channel, row, column) or (1, channel, row, column); of a network one
            batch, of which the first example is used.
        channel: which feature map.
        row: where in it.
        column: where in it.
        layer: of a network, the name of the convolution; "conv#2" is the second call of "conv".

    Raises:
        ExplorerError: for another kind of layer, inputs that do not fit it, a position outside the output, and a layer
            that computes something else (a class derived from ``nn.Conv2d``, a hook), with the gap.
    """
    conv, inputs = _convolution(model, inputs, layer)
    sliding = sliding_sum(conv, inputs, channel)
    check_place(sliding.output[None], 0, row, column)
    rows, columns = sliding.taps(row, column)
    patch, kernel = sliding.padded[:, rows][:, :, columns].double(), sliding.kernel.double()
    products, value = patch * kernel, sliding.output[row, column]
    size = float(products.abs().sum()) + abs(sliding.bias)
    written = original(conv)
    check_sum(written, value, float(products.sum()) + sliding.bias, size, products.numel())
    kernels(written)  # one sum may agree by chance, or within the rounding of half precision: all are compared
    return PixelSum(
        patch=patch,
        kernel=kernel,
        products=products,
        bias=sliding.bias,
        value=value.item(),
        input_channels=sliding.input_channels,
        rows=tuple(tap - sliding.padding[0] for tap in rows),
        columns=tuple(tap - sliding.padding[1] for tap in columns),
    )


def _convolution(model: nn.Module, inputs: Tensor, layer: str | None) -> tuple[nn.Module, Tensor]:
    """A convolution of a network and its input; without a layer's name the model itself."""
    if layer is not None:
        (conv,) = known_modules(model, [split_call(layer)[0]]).values()
        return conv, layer_call(model, inputs, layer).entering
    names = [name for name, module in named_layers(model).items() if isinstance(module, nn.Conv2d) and name]
    if names:
        raise ExplorerError(f"Choose one of the convolutions {', '.join(names)}, such as layer={names[0]!r}.")
    return model, inputs
