"""Playback of a slider: the browser asks for one place of it after the other, each once the last is drawn."""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from explorer.figures.strip import StripLine
from explorer.ui.address.visit import CHART
from explorer.ui.chart.mount import mounted_beside

END = 'export default () => { dispatchEvent(new CustomEvent("explorer-drawn")); };'
_component = mounted_beside("explorer_player", __file__, styled=True)
_end = st.components.v2.component(
    "explorer_page_end",
    html="<span hidden></span>",
    js=END,
    css=".st-key-page_end { position: absolute; }",  # takes no room on the page
    isolate_styles=False,
)


class Played(NamedTuple):
    """What a player plays, in words, and how it begins."""

    what: str  # "the training"
    place: str  # "recorded step"
    label: str  # "Training step"; the current place stands behind it
    speed: int  # places a second, at first: 1, 2, 4 or 8
    keys: bool  # whether arrow keys and space move it wherever the page has the focus
    ahead: bool = False  # whether it has the slider itself, and shows what was sent ahead (explorer.ui.bar.frames)
    help: str = ""  # of its slider
    of: str = ""  # what it plays it of: of something else it begins anew


def player(
    key: str,
    played: Played,
    places: Sequence[int],
    shown: int,
    go: Callable[[int], None],
    lines: Sequence[StripLine] = (),
) -> None:
    """Draw the buttons of the playback, lines in a strip, and below it the slider with the same places.

    Args:
        key: its name on the page.
        played: what it plays.
        places: of the slider, ascending.
        shown: the one that the page shows.
        go: is called with the place that the browser asks for.
        lines: of the strip; without any there is none.
    """
    data = {**played._asdict(), "places": list(places), "shown": shown, "lines": [line._asdict() for line in lines]}

    def asked() -> None:
        wish = CHART.of(key).get().get("go")
        if wish is not None:  # the end moves on while a run trains
            go(places[-1] if wish["end"] else int(wish["place"]))

    _component(data=data, key=key, on_go_change=asked)


def page_drawn() -> None:
    """Tell the players that everything was sent; call it once the views are drawn."""
    _end(data={"at": time.monotonic_ns()}, key="page_end")
