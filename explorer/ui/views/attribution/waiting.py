"""Buttons for results that take long on a large network, with their cost."""

import streamlit as st

from explorer.inspection.faithfulness import RANDOM_ORDERS
from explorer.ui.address.visit import ATTRIBUTION_ASKED
from explorer.ui.cache import identity
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.views.attribution import computed
from explorer.ui.views.attribution.choose import Asked

SLOW = ("integrated_gradients", "occlusion")
CURVES = "curves"
GRADIENT = 3  # forward passes that take as long as one gradient
FIRST_STEPS = 50  # of integrated gradients, before they are doubled


def is_asked(subject: PictureSubject, asked: Asked, what: str) -> bool:
    """True if the button was pressed for this input and these settings."""
    return (_question(subject, asked), what) in ATTRIBUTION_ASKED.get()


def button(subject: PictureSubject, asked: Asked, what: str, label: str, maps: int = 1) -> None:
    """Draw the button, the number of passes, and the approximate duration."""
    seconds = computed.pass_seconds(subject)
    passes, words = _cost(subject, what, maps)
    st.button(
        label, icon=":material/calculate:", on_click=_ask, args=(_question(subject, asked), what), key=f"ask-{what}"
    )
    st.caption(
        f"{words}: about {max(1, round(passes * seconds)):,} s on this machine, at {seconds:.2g} s per forward pass."
    )


def _cost(subject: PictureSubject, what: str, maps: int) -> tuple[int, str]:
    if what == "integrated_gradients":
        return GRADIENT * FIRST_STEPS, f"{FIRST_STEPS} gradients, doubled until they add up to within 1 %"
    if what == "occlusion":
        windows = 1
        for side in subject.inputs.shape[2:]:
            window = min(side, max(2, side // 8))
            windows *= -(-(side - window) // max(1, window // 2)) + 1
        return windows, f"{windows:,} forward passes, one for each position of the cover"
    passes = 2 * (computed.parts_of(subject) + 1) * (maps + RANDOM_ORDERS + 1)  # and once in reading order
    words = f"{maps} map{'s' if maps > 1 else ''} and {RANDOM_ORDERS} random orders"
    return passes, f"{passes:,} forward passes for {words}"


def _question(subject: PictureSubject, asked: Asked) -> tuple[object, ...]:
    return (identity(subject), asked.target, asked.baseline)


def _ask(question: tuple[object, ...], what: str) -> None:
    before = ATTRIBUTION_ASKED.get()
    ATTRIBUTION_ASKED.set((*(one for one in before if one[0] == question), (question, what)))
