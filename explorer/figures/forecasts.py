"""How good forecasts are: over a whole span, and with the distance."""

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import NEUTRAL, TEST, VALIDATION, Layout, figure, line_axes, vertical_line

BELOW: Layout = {"orientation": "h", "x": 0, "xanchor": "left", "y": -0.26, "yanchor": "top"}


def span_forecasts(
    times: np.ndarray,
    truth: np.ndarray,
    predicted: np.ndarray,
    persistence: np.ndarray,
    labels: tuple[str, str],
    title: str,
) -> go.Figure:
    """Every value of a span beside what was forecast for it, always from equally far away.

    Args:
        times: (place,) numbers or dates.
        truth: (place,) what was measured.
        predicted: (place,) what the network expected.
        persistence: (place,) the last value that it had read.
        labels: the titles of the time axis and of the value axis, with their units.
        title: what is seen.
    """
    lines = (
        ("truth", truth, TEST, "solid"),
        ("persistence", persistence, NEUTRAL, "dot"),
        ("predicted", predicted, VALIDATION, "dash"),
    )
    return figure(
        *(
            go.Scatter(
                x=times,
                y=values.astype(np.float32),
                name=name,
                mode="lines" if len(values) > 1 else "markers",
                line={"color": colour, "width": 2, "dash": dash},
                hovertemplate=f"{name}, %{{x}}: %{{y:.6g}}<extra></extra>",
            )
            for name, values, colour, dash in lines
        ),
        height=300,
        title=title,
        description=f"{title}: {len(truth)} values, what was forecast for them, and persistence",
        toolbar=True,
        showlegend=True,
        legend=BELOW,
        **line_axes(*labels),
    )


def errors_by_step(
    network: np.ndarray, persistence: np.ndarray, unit: str, title: str, chosen: int | None = None
) -> go.Figure:
    """The root mean squared error at each step ahead, of the network and of persistence.

    Args:
        network: (step,), the first one step ahead.
        persistence: (step,).
        unit: of the series.
        title: what is seen.
        chosen: the number of steps ahead to mark.
    """
    steps = np.arange(1, len(network) + 1, dtype=np.int32)
    lines = (("persistence", persistence, NEUTRAL, "dot"), ("network", network, VALIDATION, "solid"))
    return figure(
        *(
            go.Scatter(
                x=steps,
                y=values.astype(np.float32),
                name=name,
                mode="lines+markers",
                marker={"size": 5},
                line={"color": colour, "width": 2, "dash": dash},
                hovertemplate=f"{name}, %{{x}} ahead: %{{y:.5g}}<extra></extra>",
            )
            for name, values, colour, dash in lines
        ),
        height=300,
        title=title,
        description=f"{title}: from {network[0]:.4g} one step ahead to {network[-1]:.4g} {len(network)} ahead, "
        f"persistence from {persistence[0]:.4g} to {persistence[-1]:.4g} {unit}",
        toolbar=True,
        showlegend=True,
        legend=BELOW,
        shapes=vertical_line(chosen if len(network) > 1 else None),
        **line_axes(
            "steps ahead",
            f"error, {unit}",
            {"dtick": max(1, len(network) // 12), "range": [0.5, len(network) + 0.5]},
            {"rangemode": "tozero"},
        ),
    )
