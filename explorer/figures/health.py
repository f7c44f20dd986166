"""How activations and weights are distributed over training, and which kernels moved."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import AMOUNT, MARK, figure, line_axes


def distribution_over_training(
    counts: np.ndarray,
    edges: np.ndarray,
    steps: Sequence[int],
    title: str,
    x_title: str,
    chosen_step: int | None = None,
) -> go.Figure:
    """One histogram a snapshot, as a heat map: values to the right, snapshots upwards, brightness the share.

    Args:
        counts: (snapshot, bin).
        edges: (bin + 1,) shared by all snapshots.
        steps: the training step of each snapshot.
        title: which layer.
        x_title: what is counted.
        chosen_step: the snapshot to mark.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    centres = (edges[:-1] + edges[1:]) / 2
    names = [str(step) for step in steps]
    chart = figure(
        go.Heatmap(
            z=np.sqrt(shares).astype(np.float32),  # the root keeps rare values visible beside a tall peak
            customdata=shares.astype(np.float32),
            x=centres.astype(np.float32),
            y=names,
            coloraxis="coloraxis",
            hovertemplate="step %{y}, near %{x:.3g}: %{customdata:.2%}<extra></extra>",
        ),
        height=330,
        title=title,
        description=f"{title}: distribution at {len(names)} training steps",
        coloraxis={"colorscale": AMOUNT, "showscale": False, "cmin": 0},
    )
    line_axes(chart, x_title, "training step")
    chart.update_yaxes(type="category", nticks=10)
    if chosen_step is not None and str(chosen_step) in names:
        chart.add_hline(y=names.index(str(chosen_step)), line={"color": MARK, "width": 1.5, "dash": "dash"})
    return chart


def movement(changes: np.ndarray, steps: Sequence[int], title: str, chosen_step: int | None = None) -> go.Figure:
    """How far each kernel is from where it began: changes (channel, snapshot), relative to its first length."""
    names = [str(step) for step in steps]
    chart = figure(
        go.Heatmap(
            z=changes.astype(np.float32),
            x=names,
            y=np.arange(len(changes), dtype=np.int32),
            coloraxis="coloraxis",
            hovertemplate="step %{x}, channel %{y}: moved by %{z:.1%} of its length<extra></extra>",
        ),
        height=int(min(460, 120 + 9 * len(changes))),
        title=title,
        description=title,
        coloraxis={
            "colorscale": AMOUNT,
            "cmin": 0,
            "colorbar": {"thickness": 8, "outlinewidth": 0, "tickformat": ".0%", "nticks": 5},
        },
    )
    line_axes(chart, "training step", "output channel")
    chart.update_xaxes(type="category", nticks=10)
    if chosen_step is not None and str(chosen_step) in names:
        chart.add_vline(x=names.index(str(chosen_step)), line={"color": MARK, "width": 1.5, "dash": "dash"})
    return chart
