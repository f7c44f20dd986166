"""Where a unit's gradient falls on the picture."""

import numpy as np
import plotly.graph_objects as go

from explorer.figures.maps import frame_around
from explorer.figures.style import AMOUNT, figure, image_axes

SMALL = 2  # times the drawn part fits into the picture, at least, for it to be enlarged


def gradient_on_picture(
    gradient: np.ndarray, title: str, window: tuple[int, int, int, int] | None = None, height: int = 300
) -> go.Figure:
    """|d unit / d pixel| (row, column); ``window`` (first and last row, first and last column) is framed.

    Around a window that is small within the picture only a part of it is drawn, as the title then says.
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
        go.Heatmap(
            z=gradient.astype(np.float32),
            colorscale=AMOUNT,
            zmin=0,
            zmax=float(gradient.max(initial=0)) or 1.0,
            colorbar={"thickness": 8, "len": 0.9, "outlinewidth": 0, "tickfont": {"size": 10}, "nticks": 5},
            hovertemplate="row %{y}, column %{x}: %{z:.6g}<extra></extra>",
        ),
        height=height,
        aspect=aspect,
        title=title,
        description=f"{title}: {gradient.shape[0]} by {gradient.shape[1]} pixels",
        margin={"l": 4, "r": 4, "t": 30, "b": 6},
        shapes=frames,
        **axes,
    )
