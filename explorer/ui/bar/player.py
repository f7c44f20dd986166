"""Playback of the training: the browser asks for one recorded step after the other, each once the last is drawn."""

import streamlit as st

from explorer.figures.strip import StripLine
from explorer.ui.address.settings import STEP
from explorer.ui.address.visit import CHART
from explorer.ui.chart.mount import mounted_beside

KEY = "player"


END = """export default function ({ data }) {
  dispatchEvent(new CustomEvent("explorer-step", { detail: data.step }));
}"""
_component = mounted_beside("explorer_player", __file__, styled=True)
_end = st.components.v2.component(
    "explorer_player_end",
    html="<span hidden></span>",
    js=END,
    css=f".st-key-{KEY}_end {{ position: absolute; }}",  # takes no room on the page
    isolate_styles=False,
)


def player(steps: list[int], shown: int, lines: list[StripLine]) -> None:
    """Draw the buttons of the playback, and the learning curves in a strip whose places are the slider's below it.

    Args:
        steps: the recorded steps, ascending.
        shown: the one that the page shows.
        lines: the curves, as :func:`explorer.figures.strip.loss_strip` gives them.
    """
    data = {"steps": steps, "shown": shown, "lines": [line._asdict() for line in lines]}
    _component(data=data, key=KEY, on_go_change=_go)


def drawn(step: int) -> None:
    """Tell the player that everything of a step was sent; call it once the views are drawn."""
    _end(data={"step": step}, key=f"{KEY}_end")


def _go() -> None:
    step = CHART.of(KEY).get().get("go")
    if step is not None:
        STEP.set(int(step))
