"""Gradients and updates during training: a line per parameter, and the effect of gradient clipping."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.curves import MOST_POINTS
from explorer.figures.style import (
    NEUTRAL,
    TRAINING,
    VALIDATION,
    empty,
    figure,
    horizontal_line,
    legend_below,
    line_axes,
    line_colour,
    line_dash,
    log_axis,
    vertical_line,
)

SMALLEST = 1e-6  # of the largest value: the last updates of a decaying schedule must not compress the rest of the axis


def lines_by_layer(
    frame: pd.DataFrame,
    value: str,
    title: str,
    y_title: str,
    guide: float | None = None,
    chosen_step: int | None = None,
) -> go.Figure:
    """One line per parameter on a logarithmic axis.

    Args:
        frame: with the columns step, parameter and ``value``.
        value: the column.
        title: of the chart.
        y_title: of the vertical axis.
        guide: a value marked by a dotted line.
        chosen_step: the selected snapshot, marked by a line.
    """
    if frame.empty:
        return empty(f"{title}: nothing recorded yet")
    lines = [
        marks.line(
            rows["step"].to_numpy(np.int32),
            rows[value].to_numpy(),
            str(name),
            line_colour(number),
            marker=4,
            width=None,
            dash=line_dash(number),
            hover=f"{name}<br>step %{{x}}: %{{y:.3g}}",
        )
        for number, (name, rows) in enumerate(frame.groupby("parameter", sort=False))
    ]
    visible = [*frame[value][frame[value] > float(frame[value].max()) * SMALLEST], *([guide] if guide else [])]
    low, high = np.log10(min(visible)), np.log10(max(visible))
    return figure(
        *lines,
        height=340,
        title=title,
        toolbar=True,
        legend=legend_below(0.28),
        shapes=[*horizontal_line(guide, {"color": NEUTRAL, "dash": "dot"}), *vertical_line(chosen_step)],
        **line_axes("training step", y_title, y=log_axis((), (low - 0.2, high + 0.2))),
    )


def gradient_clipping(metrics: pd.DataFrame, clip: float, total: int, chosen_step: int | None = None) -> go.Figure:
    """The total norm of the gradients before and after clipping, at every step, on a logarithmic axis.

    In a long run each point is the maximum over neighbouring steps, because clipping acts on the largest norms.

    Args:
        metrics: one row per step with the columns step and gradient_norm (before clipping; NaN: not measured).
        clip: the maximum norm; 0 for no clipping.
        total: steps of the whole run.
        chosen_step: the selected snapshot, marked by a line.
    """
    measured = metrics.dropna(subset=["gradient_norm"])
    if measured.empty:
        return empty("Gradient norm: nothing recorded yet")
    steps, norms = _largest(measured["step"].to_numpy(), measured["gradient_norm"].to_numpy())
    curves = [("before clipping" if clip else "no clipping", norms, VALIDATION)]
    if clip:
        curves.append(("after clipping", np.minimum(norms, clip), TRAINING))
    lines = [
        marks.line(
            steps,
            values,
            name,
            colour,
            mode=None,
            width=1.5,
            dash="solid",
            hover=f"step %{{x}}: %{{y:.4g}}<extra>{name}, maximum over nearby steps</extra>",
        )
        for name, values, colour in curves
    ]
    if clip:
        lines.append(marks.level(clip, (0, max(total, 1)), f"maximum norm, {clip:.4g}", f"maximum norm: {clip:.6g}"))
    return figure(
        *lines,
        height=280,
        title="Total gradient norm",
        description="The total norm of the gradients before and after clipping, against the training step",
        toolbar=True,
        showlegend=True,
        legend=legend_below(0.28),
        shapes=vertical_line(chosen_step),
        **line_axes("training step", "norm", {"range": [0, max(total, 1)]}, log_axis(norms)),
    )


def _largest(steps: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The maximum over each run of neighbouring steps, at most ``MOST_POINTS`` of them."""
    starts = np.arange(0, len(steps), max(1, -(-len(steps) // MOST_POINTS)))
    return steps[starts].astype(np.int32), np.maximum.reduceat(values, starts)
