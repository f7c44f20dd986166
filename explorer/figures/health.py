"""Distributions of activations and weights over training, and the distance of each kernel from its start."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.readings.parameters import distributions, movements
from explorer.figures.style import AMOUNT, colour_bar, figure, horizontal_line, line_axes, vertical_line


def distribution_over_training(
    counts: np.ndarray,
    edges: np.ndarray,
    steps: Sequence[int],
    title: str,
    x_title: str,
    chosen_step: int | None = None,
) -> go.Figure:
    """One histogram per snapshot as a heatmap: values along the horizontal axis, snapshots along the vertical axis.

    Args:
        counts: (snapshot, bin).
        edges: (bin + 1,) of all snapshots.
        steps: the training step of each snapshot.
        title: of the chart.
        x_title: of the axis of values.
        chosen_step: the snapshot to mark.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    centres = (edges[:-1] + edges[1:]) / 2
    names = [str(step) for step in steps]
    return figure(
        marks.heatmap(
            np.sqrt(shares),  # the root keeps rare values visible beside a tall peak
            hover="step %{y}, near %{x:.3g}: %{customdata:.2%}",
            customdata=shares.astype(np.float32),
            x=centres.astype(np.float32),
            y=names,
        ),
        height=330,
        title=title,
        description=f"{title}: distribution at {len(names)} training steps",
        reading=distributions(counts, edges, steps, x_title, chosen_step),
        coloraxis={"colorscale": AMOUNT, "showscale": False, "cmin": 0},
        shapes=horizontal_line(_place(names, chosen_step)),
        **line_axes(x_title, "training step", y={"type": "category", "nticks": 10}),
    )


def movement(changes: np.ndarray, steps: Sequence[int], title: str, chosen_step: int | None = None) -> go.Figure:
    """The distance (channel, snapshot) of each kernel from its initial value, relative to its initial norm."""
    names = [str(step) for step in steps]
    return figure(
        marks.heatmap(
            changes,
            hover="step %{x}, channel %{y}: moved by %{z:.1%} of its initial norm",
            x=names,
            y=np.arange(len(changes), dtype=np.int32),
        ),
        height=int(min(460, 120 + 9 * len(changes))),
        title=title,
        description=title,
        reading=movements(changes, steps, chosen_step),
        coloraxis={
            "colorscale": AMOUNT,
            "cmin": 0,
            "cmax": float(changes.max()) or 1.0,  # if no kernel has moved, every cell has the colour of 0
            "colorbar": colour_bar("moved, of the initial norm", tickformat=".0%"),
        },
        shapes=vertical_line(_place(names, chosen_step)),
        **line_axes("training step", "output channel", {"type": "category", "nticks": 10}),
    )


def _place(names: list[str], step: int | None) -> int | None:
    """The position of a step on a category axis."""
    return names.index(str(step)) if str(step) in names else None
