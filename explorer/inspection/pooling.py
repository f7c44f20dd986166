"""The arithmetic behind one pixel of a pooled feature map."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import first_tensor
from explorer.inspection.arithmetic import check_sum
from explorer.inspection.layers import original
from explorer.inspection.sliding import check_place, single_image


@dataclass(frozen=True)
class PoolingWindow:
    """The window behind one output of a pooling layer: ``max(values)``, or ``sum(values) / divisor``."""

    values: Tensor  # (window row, window column), float64; padding is -inf for a maximum and 0 for an average
    rows: tuple[int, ...]  # input row of each window row; below 0 or beyond the last row: padding
    columns: tuple[int, ...]
    value: float  # the layer's own output, by PyTorch
    divisor: int  # 1 for a maximum


def pooling_window(pool: nn.Module, inputs: Tensor, channel: int, row: int, column: int) -> PoolingWindow:
    """The window behind one pixel of a ``MaxPool2d`` or ``AvgPool2d`` output.

    A window that reaches beyond the padding (``ceil_mode``) is cut off there, as PyTorch does.

    Args:
        pool: the layer, with any kernel, stride, padding, dilation, ``ceil_mode`` and ``count_include_pad``.
        inputs: the layer's input: (channel, row, column) or (1, channel, row, column).
        channel: which feature map.
        row: where in the output.
        column: where in the output.

    Raises:
        ExplorerError: for another kind of layer, inputs that do not fit it, a position outside the output, and a layer
            that computes something else.
    """
    pool = original(pool)
    if not isinstance(pool, (nn.MaxPool2d, nn.AvgPool2d)):
        raise ExplorerError(f"Windows are explained for MaxPool2d and AvgPool2d layers, not for {type(pool).__name__}.")
    image = single_image(inputs)
    with torch.no_grad():
        try:
            output = first_tensor(pool(image))
        except RuntimeError as error:
            raise ExplorerError(f"{pool} cannot read inputs of shape {tuple(image.shape)}: {error}") from error
    assert output is not None  # a pooling layer returns a tensor, or a tensor and its indices
    check_place(output, channel, row, column)
    rows = _coordinates(pool, 0, row, image.shape[1])
    columns = _coordinates(pool, 1, column, image.shape[2])
    row_index, column_index = torch.tensor(rows)[:, None], torch.tensor(columns)[None]
    height, width = image.shape[1:]
    inside = (row_index >= 0) & (row_index < height) & (column_index >= 0) & (column_index < width)
    under = image[channel, row_index.clamp(0, height - 1), column_index.clamp(0, width - 1)].double()
    if isinstance(pool, nn.MaxPool2d):
        values, divisor = torch.where(inside, under, -torch.inf), 1
    else:
        values = torch.where(inside, under, 0.0)
        divisor = pool.divisor_override or (inside.numel() if pool.count_include_pad else int(inside.sum()))
    value = output[channel, row, column]
    expected = values.max() if divisor == 1 and isinstance(pool, nn.MaxPool2d) else values.sum() / divisor
    check_sum(pool, value, float(expected), float(values[inside].abs().sum()) / divisor, values.numel())
    return PoolingWindow(values, rows, columns, value.item(), divisor)


def _coordinates(pool: nn.MaxPool2d | nn.AvgPool2d, axis: int, index: int, size: int) -> tuple[int, ...]:
    """The input coordinates of one window along one axis."""
    kernel, padding = _along(pool.kernel_size, axis), _along(pool.padding, axis)
    stride = _along(pool.stride, axis)
    dilation = _along(pool.dilation, axis) if isinstance(pool, nn.MaxPool2d) else 1
    first = index * stride - padding
    return tuple(tap for tap in range(first, first + kernel * dilation, dilation) if tap < size + padding)


def _along(setting: int | tuple[int, ...], axis: int) -> int:
    return setting if isinstance(setting, int) else setting[axis % len(setting)]
