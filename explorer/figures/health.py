"""How activations and weights are distributed over training, and which kernels moved."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import AMOUNT, figure, horizontal_line, line_axes, vertical_line


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
    return figure(
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
        shapes=horizontal_line(_place(names, chosen_step)),
        **line_axes(x_title, "training step", y={"type": "category", "nticks": 10}),
    )


def movement(changes: np.ndarray, steps: Sequence[int], title: str, chosen_step: int | None = None) -> go.Figure:
    """How far each kernel is from where it began: changes (channel, snapshot), relative to its first length."""
    names = [str(step) for step in steps]
    return figure(
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
            "cmax": float(changes.max()) or 1.0,  # where nothing has moved, all of it is at the scale's own 0
            "colorbar": {"thickness": 8, "outlinewidth": 0, "tickformat": ".0%", "nticks": 5},
        },
        shapes=vertical_line(_place(names, chosen_step)),
        **line_axes("training step", "output channel", {"type": "category", "nticks": 10}),
    )


def _place(names: list[str], step: int | None) -> int | None:
    """Where a step stands on a category axis."""
    return names.index(str(step)) if str(step) in names else None
