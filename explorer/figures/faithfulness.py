"""Deletion and insertion curves of attribution maps: Petsiuk and others 2018, arXiv:1806.07421."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.readings.faithfulness import beside_random
from explorer.figures.spread import band, spread
from explorer.figures.style import NEUTRAL, empty, figure, line_axes

LINE = 19  # pixels: the height of a line in the legend


class Curve(NamedTuple):
    """The score of one map, and how its line is drawn."""

    scores: np.ndarray  # (part,)
    colour: str
    dash: str


def score_curves(
    fractions: np.ndarray,
    curves: Mapping[str, Curve],
    random: np.ndarray,
    title: str,
    *,
    x_title: str,
    low_is_good: bool,
    unit: str = "probability of the class",
    limits: tuple[float, float] | None = None,
) -> go.Figure:
    """The score of the class against the fraction of pixels deleted or inserted: a curve per map, with its area.

    Args:
        fractions: (part,) of the pixels, from 0 to 1.
        curves: by the map's name.
        random: (order, part) the scores for pixels in random orders: their median as a dotted line, their range as a
            band.
        title: of the chart.
        x_title: of the horizontal axis.
        low_is_good: whether a small area is good, as of deletion; else a large one, as of insertion.
        unit: of the score.
        limits: the ends of the vertical axis; by default they fit the curves.
    """
    if not curves:
        return empty(f"{title}: no map to test")
    arbitrary = spread(random)
    name = f"Random order, median of {len(random)}"
    lines = [(name, *curve) for name, curve in curves.items()] + [(name, arbitrary.middle, NEUTRAL, "dot")]
    areas = {name: float(np.trapezoid(curve.scores, fractions)) for name, curve in curves.items()}
    traces = [
        marks.line(
            fractions.astype(np.float32),
            scores,
            f"{name}: area {np.trapezoid(scores, fractions):.3f}",
            colour,
            dash=dash,
            hover=f"{name}, %{{x:.0%}} of the pixels: %{{y:.4g}}",
        )
        for name, scores, colour, dash in lines
    ]
    return figure(
        *band(fractions, arbitrary, "random orders", NEUTRAL),
        *traces,
        height=330 + LINE * len(traces),
        title=title,
        description=f"{title}: the {unit}; {'; '.join(trace.name for trace in traces)}",
        reading=beside_random(areas, np.trapezoid(random, fractions, axis=1), low_is_good=low_is_good),
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
