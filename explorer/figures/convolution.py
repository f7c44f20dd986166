"""One output value of a convolution: the patch, the kernel and their products, channel by channel."""

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.style import PICTURE_MARGIN, SIGNED_DARK, figure, image_axes, signed_axis
from explorer.figures.tiling import Tiles, height_for, map_numbers, tile

MOST_COLUMNS_WITH_NUMBERS = 7  # more cells side by side leave no room for digits


def product_maps(
    values: np.ndarray, title: str, channels: Sequence[int], decimals: int = 3, shown: np.ndarray | None = None
) -> go.Figure:
    """Small maps (input channel, row, column) with their values written into the cells if there is room.

    Args:
        values: the patch, the kernel or the products.
        title: of the chart.
        channels: the numbers of the input channels.
        decimals: decimal places of the written values.
        shown: the values to write instead of ``values``, for instance rounded so that they add up.
    """
    count, height, width = values.shape
    per_row = 1 if count == 1 else 2 if count <= 4 else math.ceil(math.sqrt(count))
    tiles = tile(values, per_row)
    rows, columns = tiles.values.shape
    written = columns <= MOST_COLUMNS_WITH_NUMBERS
    digits = tiles.values if shown is None else tile(shown, per_row).values
    return figure(
        marks.heatmap(
            tiles.values,
            customdata=_channel_of(tiles, channels),
            hover="input channel %{customdata:d}: %{z:.6g}",
            text=_digits(digits, decimals) if written else None,
            texttemplate="%{text}" if written else None,
            textfont={"size": 10},
            hoverongaps=False,
        ),
        map_numbers(tiles, width, channels),
        height=height_for(tiles, 436, PICTURE_MARGIN),
        numbers_above=tiles.above,
        aspect=rows / columns,
        title=title,
        description=f"{title}: {count} input channels of {height} by {width} values",
        coloraxis=signed_axis(float(np.abs(values).max(initial=0))),
        margin=PICTURE_MARGIN,
        showlegend=False,
        dark_scale=SIGNED_DARK,
        **image_axes(),
    )


def _channel_of(tiles: Tiles, channels: Sequence[int]) -> np.ndarray:
    places = np.nan_to_num(tiles.maps, nan=0).astype(np.int64)
    return np.where(np.isnan(tiles.maps), -1, np.asarray(channels, np.int16)[places]).astype(np.int16)


def _digits(values: np.ndarray, decimals: int) -> list[list[str]]:
    return [["" if np.isnan(value) else f"{value:.{decimals}f}" for value in row] for row in values]
