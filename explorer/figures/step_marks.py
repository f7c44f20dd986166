"""What stands out along the training step: the best step, and what happened at a step."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.style import NEUTRAL, VALIDATION, Layout, vertical_line

NEAREST = 50  # a label needs a fiftieth of the axis to the next one
CHOSEN_STEP = "chosen step"  # the name of the line that the browser moves
EVENT_LINE: Layout = {"color": NEUTRAL, "width": 1, "dash": "dot"}


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


def event_lines(events: Sequence[Event], chosen_step: int | None, total: int) -> Layout:
    """Entries of a layout: a dotted vertical line at each event, its words along it, and the line of the chosen step.

    Of events that are too close to each other for the words of both, the last has words.
    """
    gaps = np.diff([event.step for event in events], append=np.inf)
    named = [event for event, gap in zip(events, gaps, strict=True) if gap * NEAREST >= total]
    lines = [line | {"line": EVENT_LINE} for event in events for line in vertical_line(event.step)]
    chosen = [line | {"name": CHOSEN_STEP} for line in vertical_line(chosen_step)]
    return {"shapes": [*lines, *chosen], "annotations": [_along_its_line(event) for event in named]}


def _along_its_line(event: Event) -> Layout:
    return {
        "text": event.words,
        "textangle": -90,
        "font": {"size": 10},
        "showarrow": False,
        "x": event.step,
        "xanchor": "right",
        "y": 1,
        "yref": "y domain",
        "yanchor": "top",
        "borderpad": 0,
        "bgcolor": "var(--st-background-color)",  # the curve shines through, and the words can be read
        "opacity": 0.8,
    }
