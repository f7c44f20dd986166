"""What a person asked for and could not have: kept over the rerun that follows a click, and shown once."""

from collections.abc import Callable

import streamlit as st

from explorer.errors import ExplorerError


def attempt(action: Callable[[], object]) -> None:
    """Do what a button asks for; where it is refused, keep the reason to be shown."""
    try:
        action()
    except ExplorerError as error:
        st.session_state["refusal"] = str(error)


def show_notice() -> None:
    """Say what the last action was refused for, once."""
    message = st.session_state.pop("refusal", None)
    if message:
        st.error(message, icon=":material/block:")
