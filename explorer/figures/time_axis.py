"""The time axis of a sequence: what was read stands below its step, as long as there is room for it."""

from collections.abc import Sequence
from html import escape

import numpy as np

from explorer.figures.style import MARK, Layout

MOST_TICKS = 60  # more than these leave no room even for single characters
MOST_LONG_TICKS = 30  # words and numbers stand upright, and need the height of a line each


def readable(token: str) -> str:
    """A token as it can be seen: line breaks as ⏎, spaces as ·, and nothing that Plotly would take for markup."""
    visible = token.replace("\n", "⏎").replace("\t", "⇥").replace(" ", "·")
    return escape(visible, quote=False)


def time_axis(count: int, ticks: Sequence[str] | None = None) -> Layout:
    """An axis over ``count`` time steps, with the tokens or values that were read as its ticks where they fit."""
    axis: Layout = {
        "title": {"text": "time step", "standoff": 6},
        "range": [-0.5, count - 0.5],
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
    }
    told = ticks is not None and list(ticks) != [str(step) for step in range(count)]  # more than the steps' numbers
    if ticks is None or not told or count > MOST_TICKS:
        return axis  # Plotly writes as many numbers as there is room for
    long = max((len(tick) for tick in ticks), default=0) > 2
    every = -(-count // MOST_LONG_TICKS) if long else 1
    return axis | {
        "tickmode": "array",
        "tickvals": np.arange(0, count, every, dtype=np.int32),
        "ticktext": [readable(tick) for tick in ticks[::every]],
        "tickangle": -90 if long and count > 8 else 0,
        "tickfont": {"size": 8 if count > 40 else 10, "family": "monospace"},
    }


def step_hover(count: int, ticks: Sequence[str] | None) -> list[str]:
    """How each time step is called on hover: its number, and what was read."""
    if ticks is None:
        return [f"step {step}" for step in range(count)]
    return [f"step {step}, {readable(tick)}" for step, tick in enumerate(ticks)]


def chosen_cell(time: int, row: int) -> list[Layout]:
    """The frame around one cell of a heatmap."""
    place = {"x0": time - 0.5, "x1": time + 0.5, "y0": row - 0.5, "y1": row + 0.5}
    lines = ({"color": "#ffffff", "width": 5}, {"color": MARK, "width": 2.5})  # it stands out from dark cells too
    return [{"type": "rect", "line": line, **place} for line in lines]
