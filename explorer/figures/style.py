"""What all charts share: colours that mean the same thing everywhere, scales, margins, and the way a figure is made.

The scales are perceptually even and safe for colour-blind readers: blue and red around neutral for signed values,
cividis for amounts (Nuñez, Anderton and Renslow 2018, doi:10.1371/journal.pone.0199239).
"""

from typing import Any

import plotly.graph_objects as go

TRAINING = "#2f7cc0"
VALIDATION = "#d9731a"
TEST = "#3a9a75"
MARK = "#b8478f"
NEUTRAL = "#7d8a9a"
SEQUENCE = ("#2f7cc0", "#d9731a", "#3a9a75", "#b8478f", "#8f7a1e", "#6a6fc4", "#c4504a", "#3f9aa8")

SIGNED_LIGHT = ((0.0, "#14508f"), (0.25, "#7aa9d6"), (0.5, "#f4f5f7"), (0.75, "#e79a7f"), (1.0, "#a3241f"))
SIGNED_DARK = ((0.0, "#7db7f5"), (0.25, "#32669c"), (0.5, "#1c2430"), (0.75, "#a5503f"), (1.0, "#ff9c85"))
AMOUNT = "Cividis"
FAULTS_LIGHT = ((0.0, "#f1f3f6"), (1.0, "#ee9a80"))
FAULTS_DARK = ((0.0, "#1b2330"), (1.0, "#a04a3a"))


def figure(
    *traces: Any, height: int, title: str = "", description: str = "", toolbar: bool = False, **layout: Any
) -> go.Figure:
    """A figure in the house style; ``description`` is what a screen reader says of it."""
    chart = go.Figure(list(traces))
    chart.update_layout(
        height=height,
        margin={"l": 44, "r": 12, "t": 34 if title else 10, "b": 38},
        title={"text": title, "font": {"size": 14}, "x": 0, "xref": "container", "y": 0.99, "yanchor": "top"},
        font={"size": 12},
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        hoverlabel={"font": {"size": 12}},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.02, "yanchor": "bottom"},
        meta={"description": description or title, "toolbar": toolbar},
        dragmode="zoom" if toolbar else False,
    )
    chart.update_layout(**layout)
    return chart


def signed_axis(limit: float, *, bar: bool = True) -> dict[str, Any]:
    """A colour axis that is symmetric around zero."""
    limit = limit if limit > 0 else 1.0
    return {
        "colorscale": SIGNED_LIGHT,
        "cmin": -limit,
        "cmax": limit,
        "showscale": bar,
        "colorbar": {"thickness": 8, "len": 0.9, "outlinewidth": 0, "tickfont": {"size": 10}, "nticks": 5},
    }


def signed(chart: go.Figure) -> go.Figure:
    """Tell the browser which scale replaces the signed one in the dark theme."""
    return dark_scale(chart, SIGNED_DARK)


def dark_scale(chart: go.Figure, scale: tuple[tuple[float, str], ...]) -> go.Figure:
    """Tell the browser which scale replaces the figure's own in the dark theme."""
    chart.update_layout(meta={**(chart.layout.meta or {}), "dark_scale": scale})
    return chart


def image_axes(chart: go.Figure) -> go.Figure:
    """Square cells, the first row on top, no ticks."""
    chart.update_xaxes(visible=False, constrain="domain")
    chart.update_yaxes(visible=False, scaleanchor="x", autorange="reversed", constrain="domain", constraintoward="top")
    return chart


def line_axes(chart: go.Figure, x_title: str, y_title: str) -> go.Figure:
    """Titled axes with light grid lines."""
    chart.update_xaxes(title={"text": x_title, "standoff": 6}, showgrid=False, zeroline=False, showline=True)
    chart.update_yaxes(title={"text": y_title, "standoff": 6}, gridwidth=1, zeroline=False, automargin=True)
    return chart


def empty(message: str, height: int = 220) -> go.Figure:
    """An empty titled chart: what will be here, in words."""
    chart = figure(height=height, description=message)
    chart.update_xaxes(visible=False)
    chart.update_yaxes(visible=False)
    chart.add_annotation(text=message, showarrow=False, x=0.5, y=0.5, xref="paper", yref="paper")
    return chart
