"""The one place where a figure reaches the browser."""

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


def chart(figure: go.Figure, key: str) -> Click | None:
    """Draw a figure, in place where the same key was drawn before; the click of this rerun, if there was one.

    The figure's height must be set. ``layout.meta`` may hold ``description`` (read aloud by screen readers),
    ``dark_scale`` (the colour scale in the dark theme) and ``toolbar`` (whether zoom buttons appear).
    """
    if _failed(key):  # Plotly's script did not arrive: Streamlit brings its own
        st.plotly_chart(figure, key=f"{key}-stock")
        return None
    outcome = _component(
        data=figure.to_json().encode(),
        key=key,
        default={"failed": False},
        on_click_change=_ignore,
        on_failed_change=_ignore,
    )
    click = outcome.click
    return Click(click["x"], click["y"], click["curve"]) if click else None


def _failed(key: str) -> bool:
    state = st.session_state.get(key)
    return bool(state and state.get("failed"))


def _ignore() -> None:
    """A callback must exist for an event to be reported; the value is read where the chart is drawn."""
