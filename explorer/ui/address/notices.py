"""Errors of an action: kept over the rerun that follows a click, and shown once."""

from collections.abc import Callable

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui.address.visit import REFUSED


def attempt(action: Callable[[], object]) -> None:
    """Run a button's action; if it fails, keep the reason for :func:`show_notice`."""
    try:
        action()
    except ExplorerError as error:
        REFUSED.set(str(error))


def show_notice() -> None:
    """Show the reason why the last action failed, once."""
    message = REFUSED.take()
    if message:
        st.error(message, icon=":material/block:")
