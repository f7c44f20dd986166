"""The one place where a figure reaches the browser."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import plotly.graph_objects as go
import streamlit as st

from explorer.ui.server import PLOTLY_ROUTE


class Click(NamedTuple):
    """Where a person clicked, in data coordinates, and on which trace."""

    x: float | str
    y: float | str
    curve: int


def _mount() -> Any:
    base = st.get_option("server.baseUrlPath").strip("/")
    script = Path(__file__).with_name("chart.js").read_text(encoding="utf-8")
    return st.components.v2.component(
        "explorer_chart",
        html='<div class="explorer-chart" role="img"></div>',
        css=".explorer-chart { width: 100%; min-height: 40px; overflow: hidden; }",
        js=script.replace("__PLOTLY_ROUTE__", f"/{base}{PLOTLY_ROUTE}" if base else PLOTLY_ROUTE),
        isolate_styles=False,
    )


_component = _mount()


def chart(figure: go.Figure, key: str, on_click: Callable[[Click], None] | None = None) -> None:
    """Draw a figure, in place where the same key was drawn before.

    The figure's height must be set. ``layout.meta`` may hold ``description`` (read aloud by screen readers),
    ``dark_scale`` (the colour scale in the dark theme) and ``toolbar`` (whether it can be zoomed). A shape's or
    annotation's ground may be a colour of the theme, as "var(--st-background-color)".

    Args:
        figure: what to draw.
        key: its name on the page.
        on_click: called before the page is drawn again, with the place that was clicked.
    """
    state = st.session_state.get(key)
    if state and state.get("failed"):  # Plotly's script did not arrive: Streamlit brings its own
        st.plotly_chart(_without_theme_colours(figure), key=f"{key}-stock")
        return
    _component(
        data=figure.to_json().encode(),
        key=key,
        default={"failed": False},
        on_click_change=partial(_clicked, key, on_click),
        on_failed_change=_draw_again,
    )


def _without_theme_colours(figure: go.Figure) -> go.Figure:
    """Only our component knows the theme's colours by name; without it such a ground is left transparent."""
    clear = "rgba(0, 0, 0, 0)"
    figure.update_shapes(fillcolor=clear, selector=lambda shape: str(shape.fillcolor).startswith("var("))
    figure.update_annotations(bgcolor=clear, selector=lambda note: str(note.bgcolor).startswith("var("))
    return figure


def _clicked(key: str, on_click: Callable[[Click], None] | None) -> None:
    click = st.session_state[key].get("click")
    if click and on_click is not None:
        on_click(Click(click["x"], click["y"], click["curve"]))


def _draw_again() -> None:
    """A callback must exist for a state to be reported; it is read where the chart is drawn."""
