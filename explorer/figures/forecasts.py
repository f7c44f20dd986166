"""Forecasts of a series: from one place, over the whole test span, and their error by the forecast horizon."""

from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.readings.ahead import errors_ahead, shifted
from explorer.figures.style import BAND, MARK, NEUTRAL, TEST, VALIDATION, figure, legend_below, line_axes, vertical_line

SEASONAL = MARK


class Interval(NamedTuple):
    """An interval around forecasts."""

    name: str  # "90 % interval"
    low: np.ndarray  # (place,)
    high: np.ndarray  # (place,)


def forecast(
    times: np.ndarray,
    history: np.ndarray,
    truth: np.ndarray | None,
    predicted: np.ndarray,
    persistence: np.ndarray,
    labels: tuple[str, str],
    seasonal: np.ndarray | None = None,
    interval: Interval | None = None,
) -> go.Figure:
    """The values read of a series and how it continues: measured, forecast, and by the simple forecasts.

    Args:
        times: (history + horizon,) of all values.
        history: (history,) the values the network has read.
        truth: (horizon,) the measured values; None if they are unknown.
        predicted: (horizon,) the network's forecasts.
        persistence: (horizon,) the baseline, the last value read.
        labels: the titles of the time axis and of the value axis, with their units.
        seasonal: (horizon,) the values of the last season; None if there is no season.
        interval: around the forecasts.
    """
    past, ahead = times[: len(history)], times[len(history) :]
    parts = (
        ("history", past, history, NEUTRAL, "solid"),
        ("truth", ahead, truth, TEST, "solid"),
        ("persistence", ahead, persistence, NEUTRAL, "dot"),
        ("last season", ahead, seasonal, SEASONAL, "dot"),
        ("predicted", ahead, predicted, VALIDATION, "dash"),
    )
    return figure(
        *_band(_exact(ahead), interval),
        *(
            _line(_exact(place[: len(values)]), values, name, colour, dash)
            for name, place, values, colour, dash in parts
            if values is not None
        ),
        height=300,
        title="Forecast",
        description=f"{labels[1]}: {len(history)} values read, {len(predicted)} forecast, against persistence",
        toolbar=True,
        showlegend=True,
        legend=legend_below(0.24),
        **line_axes(*labels),
    )


def span_forecasts(
    times: np.ndarray,
    truth: np.ndarray,
    predicted: np.ndarray,
    persistence: np.ndarray,
    labels: tuple[str, str],
    title: str,
    seasonal: np.ndarray | None = None,
    interval: Interval | None = None,
) -> go.Figure:
    """Every value of a span and its forecasts, all with the same horizon.

    Args:
        times: (place,) numbers or dates.
        truth: (place,) the measured values.
        predicted: (place,) the network's forecasts.
        persistence: (place,) the last value the network had read.
        labels: the titles of the time axis and of the value axis, with their units.
        title: of the chart.
        seasonal: (place,) the values a season before; None if there is no season.
        interval: around the forecasts.
    """
    lines = (
        ("truth", truth, TEST, "solid"),
        ("persistence", persistence, NEUTRAL, "dot"),
        ("last season", seasonal, SEASONAL, "dot"),
        ("predicted", predicted, VALIDATION, "dash"),
    )
    return figure(
        *_band(times, interval),
        *(_line(times, values, name, colour, dash) for name, values, colour, dash in lines if values is not None),
        height=300,
        title=title,
        description=f"{title}: {len(truth)} values, their forecasts, and persistence",
        reading=shifted(truth, predicted, persistence),
        toolbar=True,
        showlegend=True,
        legend=legend_below(0.26),
        **line_axes(*labels),
    )


def errors_by_step(
    network: np.ndarray,
    persistence: np.ndarray,
    unit: str,
    title: str,
    chosen: int | None = None,
    seasonal: np.ndarray | None = None,
) -> go.Figure:
    """The root mean squared error of the network and of the simple forecasts at each number of steps ahead.

    Args:
        network: (step,) the errors, beginning one step ahead.
        persistence: (step,) likewise.
        unit: of the series.
        title: of the chart.
        chosen: the number of steps ahead to mark.
        seasonal: (step,) the errors of the last season; None if there is no season.
    """
    steps = np.arange(1, len(network) + 1, dtype=np.int32)
    lines = (
        ("persistence", persistence, NEUTRAL, "dot"),
        ("last season", seasonal, SEASONAL, "dot"),
        ("network", network, VALIDATION, "solid"),
    )
    return figure(
        *(
            marks.line(steps, values, name, colour, marker=5, dash=dash, hover=f"{name}, %{{x}} ahead: %{{y:.5g}}")
            for name, values, colour, dash in lines
            if values is not None
        ),
        height=300,
        title=title,
        description=f"{title}: from {network[0]:.4g} one step ahead to {network[-1]:.4g} {len(network)} ahead, "
        f"persistence from {persistence[0]:.4g} to {persistence[-1]:.4g} {unit}",
        reading=errors_ahead(network, {name: values for name, values, *_ in lines[:2] if values is not None}),
        toolbar=True,
        showlegend=True,
        legend=legend_below(0.26),
        shapes=vertical_line(chosen if len(network) > 1 else None),
        **line_axes(
            "steps ahead",
            f"root mean squared error, {unit}",
            {"dtick": max(1, len(network) // 12), "range": [0.5, len(network) + 0.5]},
            {"rangemode": "tozero"},
        ),
    )


def _band(times: np.ndarray, interval: Interval | None) -> tuple[go.Scatter, ...]:
    """The area between the ends of an interval; a single place has a line between them."""
    if interval is None:
        return ()
    if len(times) == 1:
        ends = np.concatenate((interval.low, interval.high))
        return (_line(np.repeat(times, 2), ends, interval.name, VALIDATION, "solid"),)
    edge: dict[str, Any] = {"width": 0, "hover": f"{interval.name}, %{{x}}: %{{y:.6g}}"}
    return (
        marks.line(times, interval.low, "", VALIDATION, showlegend=False, **edge),
        marks.line(times, interval.high, interval.name, VALIDATION, fill="tonexty", fillcolor=BAND, **edge),
    )


def _line(times: np.ndarray, values: np.ndarray, name: str, colour: str, dash: str) -> go.Scatter:
    """A line over time; a single value is a marker."""
    mode = "lines" if len(values) > 1 else "markers"
    return marks.line(times, values, name, colour, mode=mode, dash=dash, hover=f"{name}, %{{x}}: %{{y:.6g}}")


def _exact(times: np.ndarray) -> np.ndarray:
    """Numbers as 64-bit floats, in which every year with its fraction is exact; dates unchanged."""
    return times.astype(np.float64) if np.issubdtype(times.dtype, np.number) else times
