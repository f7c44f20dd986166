"""The sum of a convolution, played: what the browser needs to slide the kernel over the input by itself."""

import json

import numpy as np
import torch

from explorer.figures.style import MARK, SIGNED_DARK, SIGNED_LIGHT
from explorer.inspection import SlidingSum
from explorer.ui.chart.sum_player import sum_player

MOST_VALUES = 400_000  # of the padded input: 1.6 MB
ALIGNED = 8  # bytes: numbers begin at a multiple of their size


def draw(sliding: SlidingSum, row: int, column: int, layer: str, channel: int, decimals: int) -> None:
    """Draw the player, at a place of the output."""
    sum_player(message(sliding, row, column, f"{layer}, output channel {channel}", decimals), "sum-player")


def message(sliding: SlidingSum, row: int, column: int, name: str, decimals: int) -> bytes:
    """Everything that the player shows, as a line of JSON and three arrays.

    Args:
        sliding: the padded input, the kernel and the output.
        row: where it begins.
        column: where it begins.
        name: of the output.
        decimals: digits after the point in the written sum.
    """
    first, end = played_rows(sliding, row)
    top, bottom = sliding.taps(first, 0)[0][0], sliding.taps(end - 1, 0)[0][-1] + 1
    width = np.float64 if sliding.padded.dtype == torch.float64 else np.float32
    arrays = {
        "padded": sliding.padded[:, top:bottom],  # (channel, row, column)
        "kernel": sliding.kernel,  # (channel, row, column)
        "output": sliding.output,  # (row, column)
    }
    rows = sliding.output.shape[0]
    facts = {
        "array": "Float64Array" if width is np.float64 else "Float32Array",
        "shapes": {key: list(values.shape) for key, values in arrays.items()},
        "firstRow": top,
        "rows": [first, end],
        "start": [row, column],
        "padding": sliding.padding,
        "inputSize": sliding.input_size,
        "stride": sliding.stride,
        "dilation": sliding.dilation,
        "channels": list(sliding.input_channels),
        "bias": sliding.bias,
        "precision": torch.finfo(sliding.padded.dtype).eps,
        "decimals": decimals,
        "scales": {"light": SIGNED_LIGHT, "dark": SIGNED_DARK, "mark": MARK},
        "title": "The sum, step by step",
        "outputName": name,
        "note": f"The input is too large to be played whole: rows {first} to {end - 1} of {rows} are."
        if end - first < rows
        else "",
    }
    line = json.dumps(facts)
    line += " " * (-(len(line.encode()) + 1) % ALIGNED)
    numbers = [np.ascontiguousarray(values.detach().double().numpy(), width).tobytes() for values in arrays.values()]
    return b"".join([line.encode(), b"\n", *numbers])


def played_rows(sliding: SlidingSum, row: int) -> tuple[int, int]:
    """The rows of the output that are played, [first, end): all, or those from a row on that are few enough values."""
    channels, _, width = sliding.padded.shape
    rows = sliding.output.shape[0]
    if sliding.padded.numel() <= MOST_VALUES:
        return 0, rows
    taps = sliding.taps(0, 0)[0]
    room = MOST_VALUES // (channels * width) - (taps[-1] + 1)  # rows of the input besides those of the first place
    return row, min(rows, row + 1 + max(0, room) // sliding.stride[0])
