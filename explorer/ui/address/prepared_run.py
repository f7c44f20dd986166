"""What a form prepares stands in the address, so that it can be shared before it is trained."""

from collections.abc import Callable

import streamlit as st

from explorer.config import RunConfig, compact, expanded
from explorer.errors import ExplorerError
from explorer.ui.address import link


def begin(
    name: str,
    key: str,
    first: RunConfig,
    belongs: Callable[[RunConfig], bool],
    use: Callable[[RunConfig], None],
    *,
    needs_first: bool = False,
) -> None:
    """Before a form is drawn: fill it with what the address says, where that was just opened.

    Args:
        name: what the configuration is called in the address.
        key: the prefix of the form's widgets.
        first: what the form holds unless something else is chosen.
        belongs: whether the form can hold a configuration.
        use: fills the form.
        needs_first: whether an untouched form has to be filled with ``first``.
    """
    asked, written = st.query_params.get(name, ""), st.session_state.get(f"{key}.shared", "")
    if asked and asked != written:
        try:
            config = expanded(asked)
            if not belongs(config):
                raise ExplorerError(f"{config.model.name} on {config.dataset.name} belongs on another page.")
            use(config)
        except ExplorerError as error:
            link.say_once(f"What the address prepares cannot be prepared here. {error}")
    elif not asked:
        reset = written and link.went_back()
        untouched = needs_first and f"{key}.dataset.name" not in st.session_state
        if reset or untouched:
            use(first)


def write(name: str, key: str, config: RunConfig, first: RunConfig) -> None:
    """After a form was drawn: write what it holds into the address, unless it is what it holds at first."""
    written = "" if config == first else compact(config)
    st.session_state[f"{key}.shared"] = written
    link.put(name, written)
