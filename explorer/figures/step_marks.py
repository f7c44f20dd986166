"""What stands out along the training step: the best step, and what happened at a step."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.style import NEUTRAL, VALIDATION, Layout

NEAREST = 50  # a label needs a fiftieth of the axis to the next one


class Event(NamedTuple):
    """What happened at a training step, in a few words."""

    step: int
    words: str


def best_point(checks: pd.DataFrame, column: str, best: int | None) -> list[go.Scatter]:
    """A star at the best step, with its number in the legend; nothing where it was not measured.

    Args:
        checks: the columns step and ``column``.
        column: drawn against the step.
        best: the step.
    """
    found = checks.loc[checks["step"] == best, column] if best is not None else checks[column][:0]
    if found.empty:
        return []
    star = marks.points(
        np.array([best]),
        found.to_numpy(),
        hover=f"step {best:,}: %{{y:.4f}}<extra>lowest validation loss</extra>",
        name=f"best, step {best:,}",
        marker={"symbol": "star", "size": 13, "color": VALIDATION, "line": {"width": 1, "color": "#ffffff"}},
    )
    return [star]


def event_lines(events: Sequence[Event], total: int) -> list[Layout]:
    """A dotted vertical line at each event, its words along it; of events close to each other the last has words."""
    gaps = np.diff([event.step for event in events], append=np.inf)
    return [_event_line(event, gap * NEAREST >= total) for event, gap in zip(events, gaps, strict=True)]


def _event_line(event: Event, named: bool) -> Layout:
    words = {"text": event.words, "textangle": -90, "textposition": "end", "xanchor": "right", "font": {"size": 10}}
    return {
        "type": "line",
        "x0": event.step,
        "x1": event.step,
        "y0": 0,
        "y1": 1,
        "yref": "y domain",
        "line": {"color": NEUTRAL, "width": 1, "dash": "dot"},
    } | ({"label": words} if named else {})
