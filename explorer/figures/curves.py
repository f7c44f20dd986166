"""Loss and accuracy while a network learns, and the lines of gradients and updates."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.figures.style import (
    NEUTRAL,
    SEQUENCE,
    TRAINING,
    VALIDATION,
    empty,
    figure,
    horizontal_line,
    line_axes,
    vertical_line,
)

MOST_POINTS = 600


def learning_curve(
    metrics: pd.DataFrame,
    quantity: str,
    total: int,
    chosen_step: int | None = None,
    *,
    baseline: float | None = None,
    baseline_name: str = "baseline",
    unit: str = "cross-entropy, nats",
) -> go.Figure:
    """``loss`` or ``accuracy`` against the training step, for the batches and the validation split.

    Args:
        metrics: a row an update with the columns step, ``quantity`` and ``validation_quantity`` (NaN: not measured).
        quantity: the column.
        total: steps of the whole run, so that the axis does not move while it trains.
        chosen_step: where to draw the line of the chosen snapshot.
        baseline: what is reached without learning, drawn as a dotted line.
        baseline_name: what the baseline is, written onto its line.
        unit: what the loss is measured in; accuracy is a share.
    """
    title = {"loss": "Loss", "accuracy": "Accuracy"}[quantity]
    if metrics.empty:
        return empty(f"{title} appears here with the first updates", height=250)
    batches = metrics.dropna(subset=[quantity])
    steps, values = thin(batches["step"].to_numpy(), batches[quantity].to_numpy())
    checks = metrics.dropna(subset=[f"validation_{quantity}"])
    y_axis = (
        {"type": "log", "exponentformat": "power"} if quantity == "loss" else {"tickformat": ".0%", "range": [0, 1.02]}
    )
    y_title = unit if quantity == "loss" else "share right"
    return figure(
        go.Scatter(
            x=steps,
            y=values,
            name="training",
            line={"color": TRAINING, "width": 1.5},
            hovertemplate="step %{x}: %{y:.4f}<extra>training, mean of nearby batches</extra>",
        ),
        go.Scatter(
            x=checks["step"].to_numpy(np.int32),
            y=checks[f"validation_{quantity}"].to_numpy(np.float32),
            name="validation",
            mode="lines+markers",
            marker={"size": 5},
            line={"color": VALIDATION, "width": 2},
            hovertemplate="step %{x}: %{y:.4f}<extra>validation</extra>",
        ),
        *_baseline(baseline, baseline_name, total),
        height=250,
        title=title,
        description=f"{title} against the training step, for training batches and the validation split",
        toolbar=True,
        shapes=vertical_line(chosen_step),
        **line_axes("training step", y_title, {"range": [0, max(total, 1)]}, y_axis),
    )


def _baseline(level: float | None, name: str, total: int) -> list[go.Scatter]:
    """A trace rather than a shape, so that the axis always reaches to it."""
    if level is None:
        return []
    return [
        go.Scatter(
            x=np.array([0, max(total, 1)], np.int32),
            y=np.array([level, level], np.float32),
            name=name,
            mode="lines+text",
            text=["", f"{name} {level:.4g}"],
            textposition="top left",
            textfont={"size": 11},
            line={"color": NEUTRAL, "width": 1.5, "dash": "dot"},
            showlegend=False,
            hovertemplate=f"{name}: {level:.6g}<extra></extra>",
        )
    ]


def lines_by_layer(
    frame: pd.DataFrame,
    value: str,
    title: str,
    y_title: str,
    guide: float | None = None,
    chosen_step: int | None = None,
) -> go.Figure:
    """One logarithmic line for each parameter: columns step, parameter and ``value``; ``guide`` is a dotted level."""
    if frame.empty:
        return empty(f"{title}: nothing recorded yet")
    traces = [
        go.Scatter(
            x=rows["step"].to_numpy(np.int32),
            y=rows[value].to_numpy(np.float32),
            name=str(name),
            mode="lines+markers",
            marker={"size": 4},
            line={
                "color": SEQUENCE[number % len(SEQUENCE)],
                "dash": ("solid", "dash", "dot")[number // len(SEQUENCE) % 3],
            },
            hovertemplate=f"{name}<br>step %{{x}}: %{{y:.3g}}<extra></extra>",
        )
        for number, (name, rows) in enumerate(frame.groupby("parameter", sort=False))
    ]
    # the last updates of a falling schedule are next to nothing: they must not squeeze all others
    largest = float(frame[value].max())
    shown = [*frame[value][frame[value] > largest * 1e-6], *([guide] if guide else [])]
    low, high = np.log10(min(shown)), np.log10(max(shown))
    y_axis = {"type": "log", "exponentformat": "power", "range": [low - 0.2, high + 0.2]}
    return figure(
        *traces,
        height=340,
        title=title,
        toolbar=True,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": -0.28, "yanchor": "top"},
        shapes=[*horizontal_line(guide, {"color": NEUTRAL, "dash": "dot"}), *vertical_line(chosen_step)],
        **line_axes("training step", y_title, y=y_axis),
    )


def thin(steps: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over runs of neighbouring steps, at most ``MOST_POINTS`` of them; short curves stay as they are."""
    run = max(1, -(-len(steps) // MOST_POINTS))
    starts = np.arange(0, len(steps), run)
    if len(starts) == 0:
        return steps.astype(np.int32), values.astype(np.float32)
    counts = np.diff(np.append(starts, len(steps)))
    means = np.add.reduceat(values, starts) / counts
    return steps[np.minimum(starts + counts - 1, len(steps) - 1)].astype(np.int32), means.astype(np.float32)


def compare_runs(
    runs: dict[str, pd.DataFrame], column: str, title: str, unit: str, baseline: float | None = None
) -> go.Figure:
    """One line a run, where ``column`` was measured: rows with ``step`` and ``column``; a dotted baseline."""
    traces = []
    total = 1
    for number, (name, metrics) in enumerate(runs.items()):
        measured = metrics.dropna(subset=[column])
        total = max(total, int(measured["step"].max()) if len(measured) else 1)
        traces.append(
            go.Scatter(
                x=measured["step"].to_numpy(np.int32),
                y=measured[column].to_numpy(np.float32),
                name=name,
                mode="lines+markers",
                marker={"size": 5},
                line={"color": SEQUENCE[number % len(SEQUENCE)], "width": 2},
                hovertemplate=f"{name}<br>step %{{x}}: %{{y:.4g}}<extra></extra>",
            )
        )
    return figure(
        *traces,
        *_baseline(baseline, "baseline", total),
        height=300,
        title=title,
        toolbar=True,
        **line_axes("training step", unit, y={"type": "log", "exponentformat": "power"}),
    )
