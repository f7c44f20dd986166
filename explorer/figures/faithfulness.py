"""Whether maps point at what the network used: the score while pixels leave, or come, a curve for each map."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import NEUTRAL, SEQUENCE, Layout, empty, figure, line_axes, line_colour

DASHES = ("solid", "dash")  # when the colours are used up
LINE = 19  # pixels that a line of the legend is high


def score_curves(
    fractions: np.ndarray,
    curves: Mapping[str, np.ndarray],
    random: np.ndarray,
    title: str,
    *,
    x_title: str,
    unit: str = "probability of the class",
    limits: tuple[float, float] | None = None,
) -> go.Figure:
    """A curve for each map over the share of pixels that left or came, with its area, and the random order dotted.

    Args:
        fractions: (part,) from 0 to 1.
        curves: by the map's name, the score (part,).
        random: (part,) the score in random order.
        title: what is seen.
        x_title: what the share is of.
        unit: what the score is.
        limits: lowest and highest score that can be seen; what there is unless given.
    """
    if not curves:
        return empty(f"{title}: no map to test")
    lines: list[tuple[str, np.ndarray, Layout]] = [
        (name, scores, {"color": line_colour(number), "width": 2, "dash": DASHES[number // len(SEQUENCE)]})
        for number, (name, scores) in enumerate(curves.items())
    ]
    lines.append(("Random order", random, {"color": NEUTRAL, "width": 2, "dash": "dot"}))
    traces = [
        go.Scatter(
            x=fractions.astype(np.float32),
            y=scores.astype(np.float32),
            name=f"{name}: area {np.trapezoid(scores, fractions):.3f}",
            mode="lines",
            line=line,
            hovertemplate=f"{name}, %{{x:.0%}} of the pixels: %{{y:.4g}}<extra></extra>",
        )
        for name, scores, line in lines
    ]
    return figure(
        *traces,
        height=330 + LINE * len(traces),
        title=title,
        description=f"{title}: the {unit}; {'; '.join(trace.name for trace in traces)}",
        toolbar=True,
        margin={"l": 52, "r": 12, "t": 34, "b": 84 + LINE * len(traces)},
        legend={"x": 0, "xanchor": "left", "y": 0, "yref": "container", "yanchor": "bottom"},
        **line_axes(
            x_title,
            unit,
            x={"tickformat": ".0%", "range": [-0.01, 1.01], "tickvals": [0, 0.25, 0.5, 0.75, 1]},
            y={} if limits is None else {"range": list(limits)},
        ),
    )
