"""Several runs of one network, which differ in their seeds: their median as the line, their range as a band."""

from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks

OPACITY = 0.18


class Spread(NamedTuple):
    """The smallest, the median and the largest value over the runs at each place, (place,) each."""

    low: np.ndarray
    middle: np.ndarray
    high: np.ndarray


def spread(values: np.ndarray) -> Spread:
    """The spread of values (place,) of one run, or (run, place) of several; a NaN stays one."""
    rows = np.atleast_2d(np.asarray(values, np.float64))
    return Spread(rows.min(axis=0), np.median(rows, axis=0), rows.max(axis=0))


def band(x: np.ndarray, found: Spread, name: str, colour: str) -> list[go.Scatter]:
    """The area between the smallest and the largest value; none for a single run."""
    known = np.isfinite(found.low) & np.isfinite(found.high)
    if not known.any() or np.array_equal(found.low[known], found.high[known]):
        return []
    edge = np.concatenate([x[known], x[known][::-1]])
    outline = np.concatenate([found.high[known], found.low[known][::-1]])
    area = marks.line(
        edge, outline, f"{name}, range over seeds", colour, hover="", width=0, fill="toself",
        fillcolor=colour, opacity=OPACITY, showlegend=False,
    )  # fmt: skip
    return [area.update(hovertemplate=None, hoverinfo="skip")]
