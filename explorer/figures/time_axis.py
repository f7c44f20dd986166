"""The time axis of a sequence, with the input of each step as its tick if there is room."""

from collections.abc import Sequence
from html import escape

import numpy as np

from explorer.figures.style import MARK, Layout

MOST_TICKS = 120  # more than these leave no room even for single characters
MOST_LONG_TICKS = 30  # words and numbers are rotated, and each needs the height of a line


def readable(token: str) -> str:
    """A token with visible white space (line breaks as ⏎, spaces as ·) and escaped markup."""
    visible = token.replace("\n", "⏎").replace("\t", "⇥").replace(" ", "·")
    return escape(visible, quote=False)


def time_axis(count: int, ticks: Sequence[str] | None = None) -> Layout:
    """An axis over ``count`` time steps, with the tokens or values of the input as its ticks if they fit."""
    axis: Layout = {
        "title": {"text": "time step", "standoff": 6},
        "range": [-0.5, count - 0.5],
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
    }
    only_numbers = ticks is None or list(ticks) == [str(step) for step in range(count)]
    if ticks is None or only_numbers or count > MOST_TICKS:
        return axis  # Plotly draws as many step numbers as fit
    long = max((len(tick) for tick in ticks), default=0) > 2
    every = -(-count // MOST_LONG_TICKS) if long else 1
    return axis | {
        "tickmode": "array",
        "tickvals": np.arange(0, count, every, dtype=np.int32),
        "ticktext": [readable(tick) for tick in ticks[::every]],
        "tickangle": -90 if long and count > 8 else 0,
        "tickfont": {"size": 6 if count > 70 else 8 if count > 40 else 10, "family": "monospace"},
    }


def step_name(step: int, join: int = 0) -> str:
    """A time step in words: "step 3", or of an encoder-decoder on one axis "the decoder's step 3".

    Args:
        step: on the axis.
        join: the encoder's steps, which come first; 0 where there is no encoder.
    """
    if not join:
        return f"step {step}"
    return f"the encoder's step {step}" if step < join else f"the decoder's step {step - join}"


def step_hover(count: int, ticks: Sequence[str] | None, join: int = 0) -> list[str]:
    """The hover text of each time step: its name and its input."""
    names = [step_name(step, join) for step in range(count)]
    return names if ticks is None else [f"{name}, {readable(tick)}" for name, tick in zip(names, ticks, strict=True)]


def chosen_cell(time: int, row: int) -> list[Layout]:
    """The frame around one cell of a heatmap."""
    place = {"x0": time - 0.5, "x1": time + 0.5, "y0": row - 0.5, "y1": row + 0.5}
    lines = ({"color": "#ffffff", "width": 5}, {"color": MARK, "width": 2.5})  # visible on dark cells too
    return [{"type": "rect", "line": line, **place} for line in lines]
