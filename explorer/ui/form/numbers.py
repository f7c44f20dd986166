"""The one way to choose a number in a form: a slider and a text box beside it, which hold one value.

The box holds the value, as it was typed; the slider shows where it lies between its bounds, and writes into the box.
"""

from dataclasses import dataclass

import streamlit as st

from explorer.config import Number, written
from explorer.errors import ExplorerError
from explorer.ui.address.visit import field_of_form

MOST_STOPS = 600  # with more than these a slider is no help: the number is typed only
BOX = 82  # pixels: eight digits


@dataclass(frozen=True)
class Refused:
    """What stands in place of a number that cannot be used: the reason, in a sentence."""

    reason: str


def number_field(number: Number, label: str, called: str, default: float, key: str, hint: str) -> int | float | Refused:
    """Draw the slider and the box, and below them what is wrong with the number, if something is.

    Args:
        number: what it may be.
        label: the words above the slider.
        called: what the message calls the number, such as "Block 2: Channels".
        default: the number at first.
        key: of the box; the session's state holds the text under it.
        hint: a line about the number.
    """
    field, stops = field_of_form(key), number.stops
    typed = field.get() if field.noted else written(default)
    chosen = _read(number, typed, called)
    with st.container(key=f"number {key}", horizontal=True, vertical_alignment="bottom", gap="small"):
        alone = len(stops) > MOST_STOPS
        if not alone:
            _slider(number, label, number.nearest(typed, default), key, hint)
        st.text_input(
            label if alone else f"{label}, typed",
            value=written(default),
            key=key,
            persist_state="session",
            label_visibility="visible" if alone else "collapsed",
            help=hint if alone else None,
            width="stretch" if alone else BOX,
        )
    if isinstance(chosen, Refused):
        st.error(chosen.reason, icon=":material/block:")
    return chosen


def _read(number: Number, typed: str, called: str) -> int | float | Refused:
    try:
        return number.read(typed, called)
    except ExplorerError as error:
        return Refused(str(error))


def _slider(number: Number, label: str, value: float, key: str, hint: str) -> None:
    """Draw the slider at a value, which is one of its stops while it is chosen."""
    slider = field_of_form(f"{key}.slider")
    if slider.get() != value:
        slider.set(value)
    st.select_slider(
        label,
        sorted({*number.stops, value}),
        format_func=written,
        key=slider.key,
        on_change=_write,
        args=(slider.key, key),
        help=hint,
    )


def _write(slider: str, key: str) -> None:
    field_of_form(key).set(written(field_of_form(slider).get()))


def reasons(values: object) -> list[str]:
    """Why the numbers among a form's values that cannot be used are refused."""
    if isinstance(values, Refused):
        return [values.reason]
    held = values.values() if isinstance(values, dict) else values if isinstance(values, list) else ()
    return [reason for value in held for reason in reasons(value)]
