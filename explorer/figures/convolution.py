"""One output value of a convolution: the patch, the kernel, and their products, channel by channel."""

import math

import numpy as np
import plotly.graph_objects as go

from explorer.figures.maps import tile
from explorer.figures.style import figure, image_axes, signed, signed_axis


def product_maps(values: np.ndarray, title: str, first_channel: int = 0, decimals: int = 3) -> go.Figure:
    """Small maps (input channel, row, column) with their numbers written into the cells where there are few.

    Args:
        values: the patch, the kernel or the products.
        title: which of them.
        first_channel: the number of the first input channel (more than 0 in grouped convolutions).
        decimals: digits behind the point that are written into the cells.
    """
    count, height, width = values.shape
    tiles = tile(values, per_row=min(count, 4) if count <= 16 else math.ceil(math.sqrt(count)))
    rows, columns = tiles.values.shape
    written = count * height * width <= 60
    chart = figure(
        go.Heatmap(
            z=tiles.values,
            customdata=tiles.maps + first_channel,
            coloraxis="coloraxis",
            hovertemplate="input channel %{customdata:d}: %{z:.6g}<extra></extra>",
            texttemplate=f"%{{z:.{decimals}f}}" if written else None,
            textfont={"size": 10},
            hoverongaps=False,
        ),
        go.Scatter(
            x=(tiles.origins[:, 1] + (width - 1) / 2).astype(np.float32),
            y=(tiles.origins[:, 0] - 0.95).astype(np.float32),
            text=[str(first_channel + number) for number in range(count)],
            mode="text",
            textfont={"size": 9},
            hoverinfo="skip",
        ),
        height=int(min(420, max(190, 300 * rows / columns))) + 36,
        title=title,
        description=f"{title}: {count} input channels of {height} by {width} values",
        coloraxis=signed_axis(float(np.abs(values).max(initial=0)), bar=False),
        margin={"l": 4, "r": 4, "t": 30, "b": 6},
        showlegend=False,
    )
    return signed(image_axes(chart))
