"""The one place where a figure reaches the browser."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import NamedTuple

import plotly.graph_objects as go
import streamlit as st

from explorer.learn.cards import about, in_markdown
from explorer.ui.address.visit import CHART, PLAIN_CHARTS_SAID
from explorer.ui.chart.mount import mounted


class Click(NamedTuple):
    """The place of a click in data coordinates."""

    x: float | str
    y: float | str


PLAIN_CHARTS = (
    "The charts' script did not arrive, so these are Streamlit's plain charts, which no click moves. Reload the page; "
    "if they stay, what stands between this browser and the dashboard must pass on /explorer-assets/."
)
Take = Callable[[go.Figure, str, str, str], None]  # what is done with a figure, its key, its kind and its reading
_take: ContextVar[Take | None] = ContextVar("take", default=None)


@contextmanager
def taking(take: Take) -> Iterator[None]:
    """Meanwhile each chart is handed over instead of going to the browser."""
    before = _take.set(take)
    try:
        yield
    finally:
        _take.reset(before)


_component = mounted("explorer_chart", html="chart.html", script="component.js")


def chart(
    figure: go.Figure, key: str, kind: str, *, reading: str = "", on_click: Callable[[Click], None] | None = None
) -> None:
    """Draw a figure under its title, with a line on how to read it, in place where the same key was drawn before.

    The figure's height must be set. ``layout.meta`` may hold ``description`` (read aloud by screen readers),
    ``dark_scale`` (the colour scale in the dark theme) and ``toolbar`` (whether it can be zoomed). A shape's or
    annotation's ground may be a colour of the theme, as "var(--st-background-color)".

    Args:
        figure: what to draw.
        key: its name on the page.
        kind: of chart, in ``explorer/learn/about_charts``: what stands behind the sign beside the title.
        reading: what these very numbers say, in plain words; unless given, the figure's own, or else how to read this
            kind of chart.
        on_click: called before the page is drawn again, with the place that was clicked.
    """
    words = reading or figure.layout.meta.get("reading") or about(kind).reading
    take = _take.get()
    if take is not None:
        take(figure, key, kind, words)
        return
    state = CHART.of(key).get()
    if state and state.get("failed"):  # Plotly's script did not arrive: Streamlit brings its own
        _say_once(key)
        st.plotly_chart(_without_theme_colours(figure), key=f"{key}-stock")
        st.caption(words, help=in_markdown(kind))
        return
    _component(
        data=text_of(figure, key, kind, words).encode(),
        key=key,
        default={"failed": False},
        on_click_change=partial(_clicked, key, on_click),
        on_failed_change=_draw_again,
    )


def text_of(figure: go.Figure, key: str, kind: str, reading: str) -> str:
    """A chart as it goes to the browser: its words in one line, then the figure."""
    return "\n".join((json.dumps({"key": key, "kind": kind, "reading": reading}), str(figure.to_json())))


def _say_once(key: str) -> None:
    if not PLAIN_CHARTS_SAID.get():
        PLAIN_CHARTS_SAID.set(True)
        logging.getLogger(__name__).warning("The browser could not fetch the script of %s. %s", key, PLAIN_CHARTS)
        st.toast(PLAIN_CHARTS, icon=":material/wifi_off:", duration="long")


def _without_theme_colours(figure: go.Figure) -> go.Figure:
    """Only our component knows the theme's colours by name; without it such a ground is left transparent."""
    clear = "rgba(0, 0, 0, 0)"
    figure.update_shapes(fillcolor=clear, selector=lambda shape: str(shape.fillcolor).startswith("var("))
    figure.update_annotations(bgcolor=clear, selector=lambda note: str(note.bgcolor).startswith("var("))
    return figure


def _clicked(key: str, on_click: Callable[[Click], None] | None) -> None:
    click = CHART.of(key).get().get("click")
    if click and on_click is not None:
        on_click(Click(click["x"], click["y"]))


def _draw_again() -> None:
    """A callback must exist for a state to be reported; it is read where the chart is drawn."""
