"""What a network reads, in its own form, as a strip under a chart over time: a picture row by row, values, marks."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.style import GREYS

AXIS = "yaxis9"  # no chart over time has nine axes of its own
ROW, MOST_HEIGHT, GAP = 13, 110, 10  # pixels
MOST_NAMED = 4


class InputStrip(NamedTuple):
    """The numbers that are read at each time step."""

    values: np.ndarray  # (feature, time)
    names: Sequence[str]


def with_strip(chart: go.Figure, strip: InputStrip | None) -> go.Figure:
    """The same chart over time with the strip below it, on the same time axis; unchanged without one.

    A row of the strip is a feature, from its smallest value (black) to its largest (white); the rows of a picture that
    is read row by row are the columns of the strip. On clicks its rows have a negative y.
    """
    if strip is None:
        return chart
    layout, features = chart.layout, len(strip.values)
    margin = layout.margin
    inner = layout.height - margin.t - margin.b
    room = min(ROW * features, MOST_HEIGHT)
    whole = inner + room + GAP
    scale, shift = inner / whole, (room + GAP) / whole
    for name in [key for key in layout if key.startswith("yaxis")]:
        low, high = layout[name].domain or (0.0, 1.0)
        layout[name].domain = (low * scale + shift, high * scale + shift)
    for bar in _bars(chart):
        bar.y, bar.len = (0.5 if bar.y is None else bar.y) * scale + shift, (1 if bar.len is None else bar.len) * scale
    for note in layout.annotations:
        if note.yref == "paper":
            note.y = note.y * scale + shift
    if layout.legend.y is not None and layout.legend.y < 0:
        layout.legend.y *= scale  # as many pixels below as before
    elif layout.legend.y is not None:
        layout.legend.y = layout.legend.y * scale + shift
    chart.add_trace(_cells(strip))
    layout[AXIS] = _axis(strip, room / whole)
    layout.xaxis.anchor = AXIS.replace("axis", "")
    layout.height += room + GAP
    return chart


def _bars(chart: go.Figure) -> list[go.heatmap.ColorBar]:
    axes = [chart.layout[key] for key in chart.layout if key.startswith("coloraxis")]
    own = [trace for trace in chart.data if trace.type == "heatmap" and trace.coloraxis is None]
    return [one.colorbar for one in (*axes, *own) if one.colorbar.orientation != "h"]


def _cells(strip: InputStrip) -> go.Heatmap:
    values = strip.values.astype(np.float32)
    low, high = values.min(axis=1, keepdims=True), values.max(axis=1, keepdims=True)
    one_scale = len(values) > MOST_NAMED  # of a picture the rows are comparable
    if one_scale:
        low, high = low.min(), high.max()
    shades = np.round(255 * (values - low) / np.where(high > low, high - low, 1)).astype(np.uint8)
    return marks.heatmap(
        shades,
        y=-1 - np.arange(len(values)),
        yaxis="y9",
        colorscale=GREYS,
        zmin=0,
        zmax=255,
        showscale=False,
        customdata=values,
        hovertext=[[name] * values.shape[1] for name in strip.names],
        hover="step %{x}, %{hovertext}: %{customdata:.6g}",
    )


def _axis(strip: InputStrip, top: float) -> dict[str, object]:
    few = len(strip.names) <= MOST_NAMED
    places = -1 - np.arange(len(strip.names)) if few else np.array([-(len(strip.names) + 1) / 2])
    return {
        "domain": [0, top],
        "range": [-len(strip.names) - 0.5, -0.5],
        "tickmode": "array",
        "tickvals": places,
        "ticktext": list(strip.names) if few else ["read"],
        "tickfont": {"size": 10},
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
    }
