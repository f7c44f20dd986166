"""A canvas on which a person draws with the mouse, a finger or the keyboard."""

import base64
import binascii
from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui.address.visit import CHART, OWN_PICTURE_FAULT
from explorer.ui.chart.mount import mounted

SIDE = 56  # pixels of a drawing, as it is sent

_component = mounted("explorer_pad", html="pad.html", script="pad.js", css="pad.css")


def drawing_pad(key: str, cleared: int, on_drawing: Callable[[np.ndarray | None], None]) -> None:
    """Draw the canvas; the browser keeps the strokes.

    Args:
        key: its name on the page.
        cleared: how often the page has cleared it; another number clears it again.
        on_drawing: called before the page is drawn again, soon after each stroke, with the opacity of the drawing,
            uint8 (row, column); None if it is empty.
    """
    state = CHART.of(key).get()
    if state and state.get("failed"):
        st.caption("The canvas for drawings could not be loaded; reload the page, or upload a picture.")
        return

    def take() -> None:
        sent = CHART.of(key).get().get("drawing")
        try:
            if sent is not None:
                on_drawing(read(sent))
        except ExplorerError as error:
            OWN_PICTURE_FAULT.set(str(error))

    _component(
        data={"side": SIDE, "cleared": cleared},
        key=key,
        default={"failed": False},
        on_drawing_change=take,
        on_failed_change=_draw_again,
    )


def read(sent: Any) -> np.ndarray | None:
    """The opacities that the canvas sent, uint8 (row, column); None for an empty canvas.

    Raises:
        ExplorerError: if they are not ``SIDE`` by ``SIDE`` bytes in base64.
    """
    try:
        content = base64.b64decode(sent["ink"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise ExplorerError("The drawing is not readable; clear the canvas and draw again.") from error
    if len(content) != SIDE * SIDE:
        raise ExplorerError(
            f"The drawing has {len(content):,} pixels instead of {SIDE} x {SIDE}; clear the canvas and draw again."
        )
    opacity = np.frombuffer(content, np.uint8).reshape(SIDE, SIDE)
    return opacity if opacity.any() else None


def _draw_again() -> None:
    """A callback must exist for a state to be reported; it is read where the canvas is drawn."""
