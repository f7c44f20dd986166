"""Where a unit's gradient falls on the picture."""

import numpy as np
import plotly.graph_objects as go

from explorer.figures.maps import frame_around
from explorer.figures.style import AMOUNT, figure, image_axes


def gradient_on_picture(
    gradient: np.ndarray, title: str, window: tuple[int, int, int, int] | None = None, height: int = 300
) -> go.Figure:
    """|d unit / d pixel| (row, column); ``window`` (first and last row, first and last column) is framed."""
    frames = []
    if window is not None:
        first_row, last_row, first_column, last_column = window
        frames = [frame_around(first_row, first_column, last_row - first_row + 1, last_column - first_column + 1)]
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
        title=title,
        description=f"{title}: {gradient.shape[0]} by {gradient.shape[1]} pixels",
        margin={"l": 4, "r": 4, "t": 30, "b": 6},
        shapes=frames,
        **image_axes(),
    )
