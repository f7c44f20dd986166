"""The marks that charts are made of: lines, points, arrows, texts, bars and heatmaps.

Values travel to the browser as float32 (heatmaps as uint8 if they are given so), which Plotly encodes as typed arrays.
Horizontal places of lines are only narrowed if they are integers: a year with its fraction needs 64 bits.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import NEUTRAL, Layout

Places = np.ndarray | Sequence[Any]


def line(
    x: Places,
    y: np.ndarray,
    name: str,
    colour: str,
    *,
    hover: str,
    mode: str | None = "lines",
    marker: float | Layout | None = None,
    width: float | None = 2,
    dash: str | None = None,
    **more: Any,
) -> go.Scatter:
    """A line; ``marker`` is a size or Plotly's marker, and adds markers to it."""
    if marker is not None:
        mode = "lines+markers"
        more["marker"] = {"size": marker} if isinstance(marker, float | int) else marker
    return go.Scatter(
        x=_narrow(x),
        y=np.asarray(y, np.float32),
        name=name or None,
        mode=mode,
        line={"color": colour, "width": width, "dash": dash},
        hovertemplate=_hover(hover),
        **more,
    )


def level(y: float, ends: tuple[float, float], name: str, hover: str) -> go.Scatter:
    """A dotted horizontal line; as a trace rather than a shape it is in the legend, and the axis always reaches it."""
    x = np.asarray(ends, np.int32)
    return line(x, np.full(2, y), name, NEUTRAL, width=1.5, dash="dot", hover=hover)


def points(x: Places, y: Places, *, hover: str | None = None, **more: Any) -> go.Scatter:
    """Markers at places; without ``hover`` they do not respond to the pointer."""
    reaction = {"hoverinfo": "skip"} if hover is None else {"hovertemplate": _hover(hover)}
    return go.Scatter(**{"x": _short(x), "y": _short(y), "mode": "markers"} | reaction | more)


def arrows(
    x: Places, y: np.ndarray, line: Layout, sizes: np.ndarray, standoff: np.ndarray | None = None, **more: Any
) -> go.Scatter:
    """Lines with an arrow at every point of a positive size, its tip ``standoff`` pixels before the point."""
    head = {"symbol": "arrow", "angleref": "previous", "size": sizes, "standoff": standoff, "color": line["color"]}
    marker = head | {"opacity": 1, "line": {"width": 0}}
    x, y = _narrow(x), np.asarray(y, np.float32)
    return go.Scatter(x=x, y=y, mode="lines+markers", line=line, marker=marker, hoverinfo="skip", **more)


def texts(x: Places, y: Places, words: Sequence[str], size: float, **more: Any) -> go.Scatter:
    """Words at places, which do not respond to the pointer."""
    return points(x, y, **{"text": list(words), "mode": "text", "textfont": {"size": size}} | more)


def bars(values: np.ndarray, places: Places, *, hover: str, across: bool = False, **more: Any) -> go.Bar:
    """Upright bars, or horizontal ones (``across``)."""
    lengths = np.asarray(values, np.float32)
    x, y = (lengths, places) if across else (places, lengths)
    return go.Bar(x=x, y=y, orientation="h" if across else None, hovertemplate=_hover(hover), **more)


def heatmap(values: np.ndarray, *, hover: str | None = None, **more: Any) -> go.Heatmap:
    """A cell for each value (row, column), coloured by the figure's colour axis unless a ``colorscale`` is given.

    Without ``hover`` nothing is shown at the pointer, but a click is still reported.
    """
    reaction = {"hoverinfo": "none"} if hover is None else {"hovertemplate": _hover(hover)}
    scale = {} if "colorscale" in more else {"coloraxis": "coloraxis"}
    z = values if values.dtype == np.uint8 else values.astype(np.float32)
    return go.Heatmap(**{"z": z} | scale | reaction | more)


def _narrow(places: Places) -> Places:
    if isinstance(places, np.ndarray) and np.issubdtype(places.dtype, np.integer):
        return places.astype(np.int32)
    return places


def _short(places: Places) -> Places:
    """Integer arrays as int32, other numbers as float32, names of categories as they are."""
    if len(places) and isinstance(places[0], str):
        return places
    narrow = _narrow(places)
    return narrow if isinstance(narrow, np.ndarray) and narrow.dtype == np.int32 else np.asarray(places, np.float32)


def _hover(template: str) -> str:
    """The template, without Plotly's box for the trace's name unless the template fills it."""
    return template if "<extra>" in template else f"{template}<extra></extra>"
