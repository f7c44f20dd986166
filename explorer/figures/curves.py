"""Loss and accuracy while a network learns, and the lines of gradients and updates."""

from collections.abc import Mapping

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
    line_colour,
    log_axis,
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
        baseline_name: what the baseline is, in the legend beside its level.
        unit: what the loss is measured in; accuracy is a share.
    """
    title = {"loss": "Loss", "accuracy": "Accuracy"}[quantity]
    if metrics.empty:
        return empty(f"{title} appears here with the first updates", height=250)
    batches = metrics.dropna(subset=[quantity])
    steps, values = thin(batches["step"].to_numpy(), batches[quantity].to_numpy())
    checks = metrics.dropna(subset=[f"validation_{quantity}"])
    checked = checks[f"validation_{quantity}"].to_numpy(np.float32)
    y_axis = log_axis(np.append(values, checked)) if quantity == "loss" else {"tickformat": ".0%", "range": [0, 1.02]}
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
            y=checked,
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
            name=f"{name}, {level:.4g}",
            mode="lines",
            line={"color": NEUTRAL, "width": 1.5, "dash": "dot"},
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
                "color": line_colour(number),
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
    y_axis = log_axis((), (low - 0.2, high + 0.2))
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
    runs: Mapping[str, pd.DataFrame],
    column: str,
    title: str,
    unit: str,
    baseline: float | None = None,
    colours: Mapping[str, str] | None = None,
) -> go.Figure:
    """One line a run, where ``column`` was measured: rows with ``step`` and ``column``; a dotted baseline.

    An accuracy is a share, on an axis from 0 to 1; everything else is a loss, on a logarithmic one. ``colours`` are by
    the runs' names.
    """
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
                line={"color": line_colour(number, name, colours), "width": 2},
                hovertemplate=f"{name}<br>step %{{x}}: %{{y:.4g}}<extra></extra>",
            )
        )
    return figure(
        *traces,
        *_baseline(baseline, "baseline", total),
        height=300,
        title=title,
        toolbar=True,
        showlegend=True,
        **line_axes(
            "training step",
            unit,
            y={"tickformat": ".0%", "range": [0, 1.02]}
            if column.endswith("accuracy")
            else log_axis([number for trace in traces for number in trace.y] + ([baseline] if baseline else [])),
        ),
    )


def against_length(
    lines: dict[str, tuple[np.ndarray, np.ndarray]],
    title: str,
    axes: tuple[str, str],
    *,
    share: bool = False,
    baselines: tuple[np.ndarray, np.ndarray] | None = None,
    baseline_name: str = "baseline",
    trained_at: float | None = None,
    colours: Mapping[str, str] | None = None,
) -> go.Figure:
    """A loss or a share of each network against the length of the sequences it is asked about.

    Args:
        lines: name of the network -> lengths and values, (length,) each.
        title: what is seen.
        axes: the titles of the axis of lengths and of that of values, with their units.
        share: whether values are shares, from 0 to 1; losses have a logarithmic axis.
        baselines: lengths and the loss without learning at each.
        baseline_name: what that is.
        trained_at: the length that the networks were trained on, to be marked.
        colours: by the networks' names.
    """
    drawn = [
        go.Scatter(
            x=lengths.astype(np.int32),
            y=values.astype(np.float32),
            name=name,
            mode="lines+markers",
            marker={"size": 6},
            line={"color": line_colour(number, name, colours), "width": 2},
            hovertemplate=f"{name}, length %{{x}}: %{{y:{'.2%' if share else '.4g'}}}<extra></extra>",
        )
        for number, (name, (lengths, values)) in enumerate(lines.items())
    ]
    if baselines is not None:
        drawn.append(
            go.Scatter(
                x=baselines[0].astype(np.int32),
                y=baselines[1].astype(np.float32),
                name=baseline_name,
                mode="lines",
                line={"color": NEUTRAL, "width": 1.5, "dash": "dot"},
                hovertemplate=f"{baseline_name}, length %{{x}}: %{{y:.4g}}<extra></extra>",
            )
        )
    y_axis = {"tickformat": ".0%", "range": [-0.02, 1.02]} if share else log_axis(np.concatenate([t.y for t in drawn]))
    return figure(
        *drawn,
        height=320,
        title=title,
        description=f"{title}: {', '.join(lines)}",
        toolbar=True,
        showlegend=True,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": -0.24, "yanchor": "top"},
        shapes=vertical_line(trained_at),
        **line_axes(*axes, {"rangemode": "tozero"}, y_axis),
    )


def gradient_clipping(metrics: pd.DataFrame, clip: float, total: int, chosen_step: int | None = None) -> go.Figure:
    """The norm of all gradients together before and after clipping, at every update, on a logarithmic axis.

    Of a long run each point is the largest of some neighbouring updates: a clip is there for the largest.

    Args:
        metrics: a row an update, with the columns step and gradient_norm (before clipping; NaN: not measured).
        clip: the norm that longer gradients are shortened to; 0 leaves all as they are.
        total: steps of the whole run.
        chosen_step: where to draw the line of the chosen snapshot.
    """
    measured = metrics.dropna(subset=["gradient_norm"])
    if measured.empty:
        return empty("Gradient norm: nothing recorded yet")
    steps, norms = _largest(measured["step"].to_numpy(), measured["gradient_norm"].to_numpy())
    lines = [("before clipping" if clip else "never clipped", norms, VALIDATION, "solid")]
    if clip:
        lines.append(("after clipping", np.minimum(norms, clip), TRAINING, "solid"))
    return figure(
        *(
            go.Scatter(
                x=steps,
                y=values.astype(np.float32),
                name=name,
                line={"color": colour, "width": 1.5, "dash": dash},
                hovertemplate=f"step %{{x}}: %{{y:.4g}}<extra>{name}, largest of nearby updates</extra>",
            )
            for name, values, colour, dash in lines
        ),
        *_baseline(clip or None, "clipped at", total),
        height=280,
        title="Norm of all gradients together",
        description="The norm of the gradient before and after clipping, against the training step",
        toolbar=True,
        showlegend=True,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": -0.28, "yanchor": "top"},
        shapes=vertical_line(chosen_step),
        **line_axes("training step", "norm", {"range": [0, max(total, 1)]}, log_axis(norms)),
    )


def _largest(steps: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The largest of each run of neighbouring steps, at most ``MOST_POINTS`` of them."""
    starts = np.arange(0, len(steps), max(1, -(-len(steps) // MOST_POINTS)))
    return steps[starts].astype(np.int32), np.maximum.reduceat(values, starts)
