"""The views of a run that learns are drawn again when it has recorded another step, and only then."""

import streamlit as st

from explorer.ui.chart.mount import mounted_beside

VIEWS = "views"  # the key of the fragment that holds them
_component = mounted_beside("explorer_news", __file__)


def follow(recorded: int | None, known: int | None) -> None:
    """Have the browser ask for the views where there is something new to see.

    Args:
        recorded: the newest step that the run has recorded.
        known: the newest one that the views know.
    """
    _component(data={"recorded": recorded, "known": known}, key="news", on_recorded_change=_draw_views)


def _draw_views() -> None:
    st.rerun(scope=VIEWS)
