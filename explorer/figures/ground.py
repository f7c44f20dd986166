"""Figures on whatever ground a notebook has, light or dark; the pages of the dashboard have colours of their own."""

from typing import Any

import plotly.graph_objects as go

TEXT = "#757b86"  # the same contrast, 4.2 : 1, on white and on the dashboard's dark ground
LINE = "rgba(125, 138, 154, 0.35)"
NOTHING = "rgba(0,0,0,0)"


def on_any_ground(figure: go.Figure) -> go.Figure:
    """The same figure with words and lines that can be read on a light and on a dark ground, which shows through.

    ``figure.update_layout(font_color=…)`` gives the words another colour.
    """
    layout = figure.layout.to_plotly_json()
    axes = {name: _lined(axis) for name, axis in layout.items() if name.startswith(("xaxis", "yaxis"))}
    shapes = [_bare(shape, "fillcolor") for shape in layout.get("shapes", ())]
    notes = [_bare(note, "bgcolor") for note in layout.get("annotations", ())]
    figure.update_layout(font_color=TEXT, shapes=shapes, annotations=notes, **axes)
    return figure


def _lined(axis: dict[str, Any]) -> dict[str, Any]:
    return axis | dict.fromkeys(("gridcolor", "zerolinecolor", "linecolor", "tickcolor"), LINE)


def _bare(part: dict[str, Any], fill: str) -> dict[str, Any]:
    """A shape or note without a fill that names a colour of the dashboard's theme."""
    return part | {fill: NOTHING} if str(part.get(fill, "")).startswith("var(") else part
