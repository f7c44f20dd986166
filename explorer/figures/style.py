"""What all charts share: colours that mean the same thing everywhere, scales, margins, and the way a figure is made.

The scales are perceptually even and safe for colour-blind readers: blue and red around neutral for signed values,
cividis for amounts (Nuñez, Anderton and Renslow 2018, doi:10.1371/journal.pone.0199239).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas  # noqa: F401  Plotly looks for it among the loaded modules, where another thread may have it half loaded
import plotly.graph_objects as go

TRAINING = "#2f7cc0"
VALIDATION = "#d9731a"
TEST = "#3a9a75"
MARK = "#b8478f"
NEUTRAL = "#7d8a9a"
SEQUENCE = ("#2f7cc0", "#d9731a", "#3a9a75", "#b8478f", "#8f7a1e", "#6a6fc4", "#c4504a", "#3f9aa8")

NETWORKS = {  # by the names of models; none is like MARK, which stands in the same charts
    "cnn": "#3591c9",
    "pretrained": "#d9731a",
    "rnn": "#38a04b",
    "lstm": "#7d3cf0",
    "gru": "#8a7a66",
    "mlp": "#c0282f",
}

NETWORK_SYMBOLS = {
    "cnn": "circle",
    "pretrained": "diamond",
    "rnn": "square",
    "lstm": "cross",
    "gru": "triangle-up",
    "mlp": "star",
}
SPARE_COLOURS = ("#b06ab3", "#4f8a8b", "#a8763e", "#5d7fb9")  # of networks that are not listed above
SPARE_SYMBOL = "hexagon"

# the parts of a recurrent cell: at least 3 : 1 on both grounds, and apart for colour-blind readers too
INPUT_GATE = "#529ace"
FORGET_GATE = "#d2786e"
OUTPUT_GATE = "#8574ef"
CANDIDATE = "#8b9d00"
CELL = "#bf1a78"
HIDDEN = "#8a7426"
RESET = "#0a7891"
UPDATE = "#985056"
CELL_PARTS = {  # by the names of a trace
    "input_gate": INPUT_GATE,
    "forget_gate": FORGET_GATE,
    "output_gate": OUTPUT_GATE,
    "candidate": CANDIDATE,
    "cell": CELL,
    "hidden": HIDDEN,
    "reset": RESET,
    "update": UPDATE,
}

SIGNED_LIGHT = ((0.0, "#14508f"), (0.25, "#7aa9d6"), (0.5, "#f4f5f7"), (0.75, "#e79a7f"), (1.0, "#a3241f"))
SIGNED_DARK = ((0.0, "#7db7f5"), (0.25, "#32669c"), (0.5, "#1c2430"), (0.75, "#a5503f"), (1.0, "#ff9c85"))
MARK_LINE = {"color": MARK, "width": 1.5, "dash": "dash"}
AMOUNT = "Cividis"
FAULTS_LIGHT = ((0.0, "#f1f3f6"), (1.0, "#ee9a80"))
FAULTS_DARK = ((0.0, "#1b2330"), (1.0, "#a04a3a"))


def network_colour(model: str) -> str:
    """The colour of a kind of network in every chart; a kind that is not listed always gets the same spare colour."""
    return NETWORKS.get(model, SPARE_COLOURS[sum(model.encode()) % len(SPARE_COLOURS)])


Layout = dict[str, Any]
Scale = Sequence[tuple[float, str]]


def figure(
    *traces: Any,
    height: int,
    title: str = "",
    description: str = "",
    toolbar: bool = False,
    dark_scale: Scale | None = None,
    aspect: float | None = None,
    **layout: Any,
) -> go.Figure:
    """A figure in the house style, made in one go: every later update would cost milliseconds.

    Args:
        traces: what is drawn.
        height: in pixels; of a picture the most that it may have.
        title: what is seen.
        description: what a screen reader says of it; the title unless given.
        toolbar: whether it can be zoomed.
        dark_scale: the colour scale that replaces the figure's own in the dark theme.
        aspect: of a picture, height over width: it is no higher than its width on the page asks for.
        layout: Plotly's layout, such as ``xaxis`` and ``shapes``.
    """
    house: Layout = {
        "height": height,
        "margin": {"l": 44, "r": 12, "t": 34 if title else 10, "b": 38},
        "title": {"text": title, "font": {"size": 14}, "x": 0, "xref": "container", "y": 0.99, "yanchor": "top"},
        "font": {"size": 12},
        "template": "none",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hoverlabel": {"font": {"size": 12}},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        "meta": {
            "description": description or title,
            "toolbar": toolbar,
            "dark_scale": dark_scale,
            "aspect": aspect,
        },
        "dragmode": "zoom" if toolbar else False,
    }
    return go.Figure({"data": traces, "layout": house | layout})


def signed_axis(limit: float, *, bar: bool = True) -> Layout:
    """A colour axis that is symmetric around zero."""
    limit = limit if limit > 0 else 1.0
    return {
        "colorscale": SIGNED_LIGHT,
        "cmin": -limit,
        "cmax": limit,
        "showscale": bar,
        "colorbar": {"thickness": 8, "len": 0.9, "outlinewidth": 0, "tickfont": {"size": 10}, "nticks": 5},
    }


def image_axes() -> Layout:
    """Square cells, the first row on top, no ticks."""
    return {
        "xaxis": {"visible": False, "constrain": "domain"},
        "yaxis": {
            "visible": False,
            "scaleanchor": "x",
            "autorange": "reversed",
            "constrain": "domain",
            "constraintoward": "top",
        },
    }


def line_axes(x_title: str, y_title: str, x: Layout | None = None, y: Layout | None = None) -> Layout:
    """Titled axes with light grid lines; ``x`` and ``y`` add to them."""
    return {
        "xaxis": {
            "title": {"text": x_title, "standoff": 6},
            "showgrid": False,
            "zeroline": False,
            "showline": True,
            "automargin": True,
            **(x or {}),
        },
        "yaxis": {
            "title": {"text": y_title, "standoff": 6},
            "gridwidth": 1,
            "zeroline": False,
            "automargin": True,
            **(y or {}),
        },
    }


def line_colour(number: int, name: str = "", colours: Mapping[str, str] | None = None) -> str:
    """The colour that a line's name has, else the next of the sequence: ``number`` counts the lines from 0."""
    return (colours or {}).get(name, SEQUENCE[number % len(SEQUENCE)])


def log_axis(values: Sequence[float] | np.ndarray, span: tuple[float, float] | None = None) -> Layout:
    """A logarithmic axis with ticks at powers of ten, or of few of them at 2 and 5 too, written in full.

    Args:
        values: what is drawn; only positive numbers count.
        span: the ends of the axis, as powers of ten; unless given, Plotly's own.
    """
    positive = [float(value) for value in values if np.isfinite(value) and value > 0]
    low, high = span or ((np.log10(min(positive)), np.log10(max(positive))) if positive else (0.0, 0.0))
    axis: Layout = {"type": "log"} | ({"range": list(span)} if span else {})
    if high - low >= 2:
        return axis | {"exponentformat": "power", "dtick": max(1, round((high - low) / 6))}
    # by itself Plotly writes 0.5 as a small 5
    return axis | {"tickformat": "~g"} | ({} if high - low < 0.5 else {"dtick": "D2"})


def vertical_line(x: float | None) -> list[Layout]:
    """The line of the chosen step; none where none is chosen."""
    if x is None:
        return []
    return [{"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "y domain", "line": MARK_LINE}]


def horizontal_line(y: float | None, line: Layout | None = None) -> list[Layout]:
    """A line across the chart; none where there is no level."""
    if y is None:
        return []
    return [{"type": "line", "x0": 0, "x1": 1, "xref": "x domain", "y0": y, "y1": y, "line": line or MARK_LINE}]


def empty(message: str, height: int = 220) -> go.Figure:
    """An empty titled chart: what will be here, in words."""
    note = {"text": message, "showarrow": False, "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper"}
    return figure(
        height=height,
        description=message,
        xaxis={"visible": False},
        yaxis={"visible": False},
        annotations=[note],
    )
