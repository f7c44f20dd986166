"""The house style of all charts: colours with one meaning everywhere, scales, axes, margins, and the empty chart.

The scales are perceptually uniform and safe for colour-blind readers: blue and red around neutral for signed values,
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
BAND = "rgba(217, 115, 26, 0.2)"  # around values in the colour of validation
MARK = "#b8478f"
NEUTRAL = "#7d8a9a"
WRONG = "#c4504a"
SEQUENCE = ("#2f7cc0", "#d9731a", "#3a9a75", "#b8478f", "#8f7a1e", "#6a6fc4", "#c4504a", "#3f9aa8")
DASHES = ("solid", "dash", "dot")  # once the colours of the sequence are used up

# the colour of each kind of network, by the name of its model; none resembles MARK, which stands in the same charts
NETWORKS = {
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
SPARE_COLOURS = ("#b06ab3", "#4f8a8b", "#a8763e", "#5d7fb9")  # for kinds of networks that are not listed above
SPARE_SYMBOL = "hexagon"

# the colour of each part of a recurrent cell, by its name in a trace: a contrast of at least 3 : 1 on both grounds,
# and distinct for colour-blind readers too
CELL_PARTS = {
    "input_gate": "#529ace",
    "forget_gate": "#d2786e",
    "output_gate": "#8574ef",
    "candidate": "#8b9d00",
    "cell": "#bf1a78",
    "hidden": "#8a7426",
    "reset": "#0a7891",
    "update": "#985056",
}

SIGNED_LIGHT = ((0.0, "#14508f"), (0.25, "#7aa9d6"), (0.5, "#f4f5f7"), (0.75, "#e79a7f"), (1.0, "#a3241f"))
SIGNED_DARK = ((0.0, "#7db7f5"), (0.25, "#32669c"), (0.5, "#1c2430"), (0.75, "#a5503f"), (1.0, "#ff9c85"))
AMOUNT = "Cividis"
FAULTS_LIGHT = ((0.0, "#f1f3f6"), (1.0, "#ee9a80"))
FAULTS_DARK = ((0.0, "#1b2330"), (1.0, "#a04a3a"))
GREYS = ((0.0, "#000000"), (1.0, "#ffffff"))

Layout = dict[str, Any]
Scale = Sequence[tuple[float, str]]

MARK_LINE: Layout = {"color": MARK, "width": 1.5, "dash": "dash"}
PICTURE_MARGIN: Layout = {"l": 4, "r": 4, "t": 30, "b": 6}
BAR_ROOM: Layout = {"b": 48}  # pixels below a picture for its colour bar, which takes nothing of its width there
BAR_HEIGHT = 42  # pixels that it adds to a picture
ZERO = ", 0 white"  # ends the name of a scale around 0; the dark theme, whose scales are dark at 0, says so
HIDDEN_AXIS: Layout = {"visible": False, "fixedrange": True}
ACCURACY_AXIS: Layout = {"tickformat": ".0%", "range": [0, 1.02]}


PLAIN: Layout = {"data": {"scatter": [{"type": "scatter"}]}}  # Plotly's template "none"


def figure(
    *traces: Any,
    height: int,
    title: str = "",
    description: str = "",
    reading: str = "",
    toolbar: bool = False,
    dark_scale: Scale | None = None,
    aspect: float | None = None,
    numbers_above: int = 0,
    **layout: Any,
) -> go.Figure:
    """A figure in the house style, created in one call: every later update would cost milliseconds.

    Args:
        traces: the marks.
        height: in pixels; for a picture the maximum height.
        title: of the chart.
        description: alternative text for screen readers; the title by default.
        reading: what the drawn numbers say, from ``figures/readings``; without, the page shows the line of the kind.
        toolbar: whether the reader can zoom.
        dark_scale: replaces the figure's colour scale in the dark theme.
        aspect: a picture's height divided by its width; the page lowers the height to match the available width.
        numbers_above: rows of cells that the texts of a picture have to themselves; the page leaves the texts out where
            these rows are lower than a text.
        layout: entries of Plotly's layout, such as ``xaxis`` and ``shapes``.
    """
    house: Layout = {
        "height": height,
        "margin": {"l": 44, "r": 12, "t": 34 if title else 10, "b": 38},
        "title": {"text": title, "font": {"size": 14}, "x": 0, "xref": "container", "y": 0.99, "yanchor": "top"},
        "font": {"size": 12},
        "template": PLAIN,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hoverlabel": {"font": {"size": 12}},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        "meta": {
            "description": description or title,
            "reading": reading,
            "toolbar": toolbar,
            "dark_scale": dark_scale,
            "aspect": aspect,
            "numbers_above": numbers_above,
        },
        "dragmode": "zoom" if toolbar else False,
    }
    # what the traces hold is checked already; checking each entry of the layout too would double the time
    return go.Figure({"data": traces, "layout": house | layout}, _validate=False)


def colour_bar(name: str, **place: Any) -> Layout:
    """A colour bar beside the chart, with the name of what its colours are."""
    house: Layout = {
        "thickness": 8,
        "len": 0.9,
        "outlinewidth": 0,
        "tickfont": {"size": 10},
        "nticks": 5,
        "title": {"text": name, "side": "right", "font": {"size": 11}},
    }
    return house | place


def bar_below(name: str) -> Layout:
    """A colour bar below a picture, whose margin has ``BAR_ROOM``, and its name above it."""
    place = {"orientation": "h", "x": 0.04, "xanchor": "left", "y": 0, "yanchor": "top", "len": 0.7, "nticks": 4}
    return colour_bar(name, **place, xpad=2, ypad=4, title={"text": name, "side": "top", "font": {"size": 11}})


def signed_axis(limit: float, bar: Layout | None = None) -> Layout:
    """A colour axis that is symmetric around zero, with a colour bar whose name says what the colours are, or none."""
    limit = limit if limit > 0 else 1.0
    return {
        "colorscale": SIGNED_LIGHT,
        "cmin": -limit,
        "cmax": limit,
        "showscale": bar is not None,
        "colorbar": bar and bar | named_ticks([-limit, 0, limit], [f"−{limit:.2g}", "0", f"{limit:.2g}"]),
    }


def image_axes() -> Layout:
    """Axes of a picture: square cells, the first row at the top, no ticks."""
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


def named_ticks(places: Sequence[float] | np.ndarray, names: Sequence[str]) -> Layout:
    """An axis with a name at each place."""
    return {"tickmode": "array", "tickvals": places, "ticktext": list(names)}


def legend_below(gap: float) -> Layout:
    """A horizontal legend under the plot; ``gap`` is its distance from the plot as a fraction of the plot's height."""
    return {"orientation": "h", "x": 0, "xanchor": "left", "y": -gap, "yanchor": "top"}


def line_colour(number: int, name: str = "", colours: Mapping[str, str] | None = None) -> str:
    """The colour listed for the name, or else the colour of the sequence for line ``number``, counted from 0."""
    return (colours or {}).get(name, SEQUENCE[number % len(SEQUENCE)])


def line_dash(number: int) -> str:
    """The dash of line ``number``, which changes each time the sequence of colours starts again."""
    return DASHES[number // len(SEQUENCE) % len(DASHES)]


def network_colour(model: str) -> str:
    """The colour of a kind of network in every chart; a kind that is not listed always gets the same spare colour."""
    return NETWORKS.get(model, SPARE_COLOURS[sum(model.encode()) % len(SPARE_COLOURS)])


def log_axis(values: Sequence[float] | np.ndarray, span: tuple[float, float] | None = None) -> Layout:
    """A logarithmic axis with ticks at powers of ten, and at 2 and 5 as well if it spans few of them.

    Args:
        values: the data; only positive values count.
        span: the ends of the axis as powers of ten; Plotly chooses them by default.
    """
    positive = [float(value) for value in values if np.isfinite(value) and value > 0]
    low, high = span or ((np.log10(min(positive)), np.log10(max(positive))) if positive else (0.0, 0.0))
    axis: Layout = {"type": "log"} | ({"range": list(span)} if span else {})
    if high - low >= 2:
        return axis | {"exponentformat": "power", "dtick": max(1, round((high - low) / 6))}
    # Plotly's default writes 0.5 as a small 5
    return axis | {"tickformat": "~g"} | ({} if high - low < 0.5 else {"dtick": "D2"})


def log_ends(values: Sequence[float]) -> list[float]:
    """The ends of a logarithmic axis with room around the positive values, as powers of ten."""
    logs = np.log10([value for value in values if value > 0] or [1.0])
    room = max(0.15, 0.08 * float(np.ptp(logs)))
    return [float(logs.min()) - room, float(logs.max()) + room]


def vertical_line(x: float | None, line: Layout | None = None) -> list[Layout]:
    """A vertical line, at the selected step unless another is given; no shape for None."""
    if x is None:
        return []
    return [{"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "y domain", "line": line or MARK_LINE}]


def horizontal_line(y: float | None, line: Layout | None = None) -> list[Layout]:
    """A line across the chart at a level; no shape for None."""
    if y is None:
        return []
    return [{"type": "line", "x0": 0, "x1": 1, "xref": "x domain", "y0": y, "y1": y, "line": line or MARK_LINE}]


def empty(message: str, height: int = 220) -> go.Figure:
    """An empty chart with a message in its place."""
    note = {"text": message, "showarrow": False, "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper"}
    return figure(
        height=height,
        description=message,
        xaxis={"visible": False},
        yaxis={"visible": False},
        annotations=[note],
    )
