"""The gradient of a unit by the pixels of the picture, with the receptive field."""

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.maps import frame_around
from explorer.figures.style import AMOUNT, BAR_HEIGHT, BAR_ROOM, PICTURE_MARGIN, bar_below, figure, image_axes

SMALL = 2  # the picture is at least this many times as large as the part that is enlarged


def gradient_on_picture(
    gradient: np.ndarray, title: str, window: tuple[int, int, int, int] | None = None, height: int = 300
) -> go.Figure:
    """|d unit / d pixel| (row, column) with a frame around ``window`` (first row, last row, first column, last column).

    If the window is small, only its surroundings are drawn, and the title says so.
    """
    frames, axes = [], image_axes()
    aspect = gradient.shape[0] / gradient.shape[1]
    if window is not None and window[0] <= window[1] and window[2] <= window[3]:
        first_row, last_row, first_column, last_column = window
        rows, columns = last_row - first_row + 1, last_column - first_column + 1
        frames = [frame_around(first_row, first_column, rows, columns)]
        side = 2 * max(rows, columns)
        if side * SMALL <= min(gradient.shape):
            middle_row, middle_column = (first_row + last_row) / 2, (first_column + last_column) / 2
            axes["yaxis"] |= {"autorange": False, "range": [middle_row + side / 2, middle_row - side / 2]}
            axes["xaxis"] |= {"range": [middle_column - side / 2, middle_column + side / 2]}
            title += ", enlarged"
            aspect = 1.0
    return figure(
        marks.heatmap(
            gradient,
            hover="row %{y}, column %{x}: %{z:.6g}",
            colorscale=AMOUNT,
            zmin=0,
            zmax=float(gradient.max(initial=0)) or 1.0,
            colorbar=bar_below("|gradient|"),
        ),
        height=height + BAR_HEIGHT,
        aspect=aspect,
        title=title,
        description=f"{title}: {gradient.shape[0]} by {gradient.shape[1]} pixels",
        margin=PICTURE_MARGIN | BAR_ROOM,
        shapes=frames,
        **axes,
    )
