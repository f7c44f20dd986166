"""Learning curves: loss and accuracy during training, of one run or of several."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.readings.curves import compared, learning
from explorer.figures.spread import Spread, band
from explorer.figures.step_marks import Event, best_point, event_lines
from explorer.figures.style import (
    ACCURACY_AXIS,
    NEUTRAL,
    TRAINING,
    VALIDATION,
    Layout,
    empty,
    figure,
    line_axes,
    line_colour,
    log_axis,
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
    unit: str = "",
    best: int | None = None,
    events: Sequence[Event] = (),
) -> go.Figure:
    """``loss`` or ``accuracy`` against the training step, for the training batches and the validation split.

    Args:
        metrics: one row per step with the columns step, ``quantity`` and ``validation_quantity`` (NaN: not measured).
        quantity: the column.
        total: steps of the whole run, so that the axis does not move during training.
        chosen_step: the selected snapshot, marked by a line.
        baseline: the value reached without learning, drawn as a dotted line.
        baseline_name: of the baseline in the legend, beside its value.
        unit: of the quantity; by default nats of the cross-entropy, or "accuracy".
        best: the step with the lowest validation loss, marked by a star.
        events: what happened at a step, marked by lines.
    """
    title = {"loss": "Loss", "accuracy": "Accuracy"}[quantity]
    if metrics.empty:
        return empty(f"{title} appears here with the first updates", height=250)
    batches = metrics.dropna(subset=[quantity])
    steps, values = thin(batches["step"].to_numpy(), batches[quantity].to_numpy())
    checks = metrics.dropna(subset=[f"validation_{quantity}"])
    checked = checks[f"validation_{quantity}"].to_numpy(np.float32)
    is_loss = quantity == "loss"
    return figure(
        marks.line(
            steps,
            values,
            "training",
            TRAINING,
            mode=None,
            width=1.5,
            hover="step %{x}: %{y:.4f}<extra>training, mean of nearby batches</extra>",
        ),
        marks.line(
            checks["step"].to_numpy(np.int32),
            checked,
            "validation",
            VALIDATION,
            marker=5,
            hover="step %{x}: %{y:.4f}<extra>validation</extra>",
        ),
        *best_point(checks, f"validation_{quantity}", best),
        *_baseline(baseline, baseline_name, total),
        height=250,
        title=title,
        description=f"{title} against the training step, for training batches and the validation split",
        reading=learning(metrics, quantity, baseline, baseline_name),
        toolbar=True,
        **event_lines(events, chosen_step, total),
        **line_axes(
            "training step",
            unit or ("cross-entropy, nats" if is_loss else "accuracy"),
            {"range": [0, max(total, 1)]},
            log_axis(np.append(values, checked)) if is_loss else ACCURACY_AXIS,
        ),
    )


def learning_rate_curve(
    metrics: pd.DataFrame,
    total: int,
    chosen_step: int | None = None,
    *,
    schedule: np.ndarray | None = None,
    events: Sequence[Event] = (),
) -> go.Figure:
    """The learning rate of every update; logarithmic where it spans a power of ten or more.

    Args:
        metrics: one row per step with the columns step and learning_rate (NaN: no update).
        total: steps of the whole run, so that the axis does not move during training.
        chosen_step: the selected snapshot, marked by a line.
        schedule: (total,) the rates that are planned for the updates from the first on, drawn as a dotted line.
        events: what happened at a step, marked by lines.
    """
    updates = metrics.dropna(subset=["learning_rate"])
    if updates.empty:
        return empty("The learning rate appears here with the first updates", height=250)
    steps, rates = updates["step"].to_numpy(), updates["learning_rate"].to_numpy()
    drawn = _places(len(steps), np.searchsorted(steps, [event.step for event in events]))
    lines = [marks.line(steps[drawn], rates[drawn], "learning rate", TRAINING, hover="step %{x}: %{y:.3g}")]
    shown = rates
    if schedule is not None:
        planned = _places(len(schedule))
        lines.insert(
            0,
            marks.line(
                planned + 1,
                schedule[planned],
                "schedule",
                NEUTRAL,
                width=1.5,
                dash="dot",
                hover="step %{x}: %{y:.3g}<extra>schedule</extra>",
            ),
        )
        shown = np.append(rates, schedule)
    return figure(
        *lines,
        height=250,
        title="Learning rate",
        description="Learning rate against the training step",
        toolbar=True,
        **event_lines(events, chosen_step, total),
        **line_axes("training step", "learning rate", {"range": [0, max(total, 1)]}, _rate_axis(shown)),
    )


def compare_runs(
    runs: Mapping[str, pd.DataFrame],
    column: str,
    title: str,
    unit: str,
    baseline: float | None = None,
    colours: Mapping[str, str] | None = None,
) -> go.Figure:
    """One line per run for a column of its metrics, and a dotted baseline.

    Args:
        runs: by name, the metrics with the columns step and ``column`` (NaN: not measured). If a step occurs more than
            once, as in the metrics of several seeds, the line is the median and a band the range.
        column: an accuracy, drawn from 0 to 1, or a loss, drawn on a logarithmic axis.
        title: of the chart.
        unit: of the column.
        baseline: the value reached without learning.
        colours: by the runs' names.
    """
    measured = {name: metrics.dropna(subset=[column]) for name, metrics in runs.items()}
    lines, bands, medians = [], [], {}
    for number, (name, rows) in enumerate(measured.items()):
        by_step = rows.groupby("step")[column].agg(["min", "median", "max"])
        steps, colour = by_step.index.to_numpy(np.int32), line_colour(number, name, colours)
        found = Spread(*(by_step[part].to_numpy() for part in ("min", "median", "max")))
        hover = f"{name}<br>step %{{x}}: %{{y:.4g}}"
        lines.append(marks.line(steps, found.middle, name, colour, marker=5, hover=hover))
        medians[name] = pd.DataFrame({"step": steps, column: found.middle})
        bands += band(steps, found, name, colour)
    total = max([1, *(int(rows["step"].max()) for rows in measured.values() if len(rows))])
    values = [value for line in (*lines, *bands) for value in line.y] + ([baseline] if baseline else [])
    return figure(
        *bands,
        *lines,
        *_baseline(baseline, "baseline", total),
        height=300,
        title=title,
        reading=compared(medians, column, baseline),
        toolbar=True,
        showlegend=True,
        **line_axes("training step", unit, y=ACCURACY_AXIS if column.endswith("accuracy") else log_axis(values)),
    )


def thin(steps: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over runs of neighbouring steps, at most ``MOST_POINTS`` of them; short curves are not changed."""
    run = max(1, -(-len(steps) // MOST_POINTS))
    starts = np.arange(0, len(steps), run)
    if len(starts) == 0:
        return steps.astype(np.int32), values.astype(np.float32)
    counts = np.diff(np.append(starts, len(steps)))
    means = np.add.reduceat(values, starts) / counts
    return steps[np.minimum(starts + counts - 1, len(steps) - 1)].astype(np.int32), means.astype(np.float32)


def _places(count: int, besides: np.ndarray | None = None) -> np.ndarray:
    """At most ``MOST_POINTS`` of ``count`` places, evenly, the last included; and the ends of each jump besides."""
    even = np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(np.int32)
    jumps = np.asarray([] if besides is None else besides, np.int32)
    return np.union1d(even, np.clip([*(jumps - 1), *jumps], 0, count - 1)).astype(np.int32)


def _rate_axis(rates: np.ndarray) -> Layout:
    positive = rates[rates > 0]
    if len(positive) and positive.max() >= 10 * positive.min():
        return log_axis(positive)
    return {"rangemode": "tozero", "exponentformat": "none"}


def _baseline(value: float | None, name: str, total: int) -> list[go.Scatter]:
    if value is None:
        return []
    return [marks.level(value, (0, max(total, 1)), f"{name}, {value:.4g}", f"{name}: {value:.6g}")]
