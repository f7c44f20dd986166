"""The player of a convolution's sum: the kernel slides over the input in the browser, without the server's help."""

import streamlit as st

from explorer.ui.address.visit import CHART
from explorer.ui.chart.mount import mounted

_component = mounted("explorer_sum_player", html="sum_player.html", script="sum_player.js", css="sum_player.css")


def sum_player(message: bytes, key: str) -> None:
    """Draw the player.

    Args:
        message: a line of JSON, and then the padded input, the kernel and the output map as numbers; ``read`` in
            sum.js lists them.
        key: its name on the page.
    """
    state = CHART.of(key).get()
    if state and state.get("failed"):
        st.caption("The player's script could not be loaded; reload the page to try again. The sum is the same below.")
        return
    _component(data=message, key=key, default={"failed": False}, on_failed_change=_draw_again)


def _draw_again() -> None:
    """A callback must exist for a state to be reported; it is read where the player is drawn."""
