"""The address of what is shown: what it asks for, what is written into it, and the whole of it to copy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

SPEAK_FOR_THEMSELVES = ("run", "step", "config", "pictures")  # what is wrong with these is said where they are read
OPENED, SAID = "link.opened", "link.said"
STYLE = """
:host { display: block; }
button {
  font: inherit; font-size: 0.875rem; color: var(--st-text-color); background: transparent; cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); padding: 0.35rem 0.7rem;
  min-height: 2.5rem; white-space: nowrap;
}
button:hover { color: var(--st-primary-color); border-color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
span:not(:empty) { font-size: 0.8rem; margin-left: 0.4rem; overflow-wrap: anywhere; }
"""


def _mount() -> Any:
    return st.components.v2.component(
        "explorer_link",
        html='<button type="button"></button><span role="status"></span>',
        css=STYLE,
        js=Path(__file__).with_name("link.js").read_text(encoding="utf-8"),
    )


_component = _mount()


def went_back() -> bool:
    """Whether the browser went back or forward to get here: then what the address lacks counts as much as what it says.

    On any other way to a page an address that says nothing leaves what was chosen before.
    """
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def restore() -> None:
    """After Back or Forward to another page: take the address as it stands; to be called before the page is drawn.

    Streamlit drops what the page before has a widget of the same name for, such as its view or its step.
    """
    context = get_script_run_ctx()
    if context is None or not context.is_history_navigation:
        return
    with context.session_state.query_params() as address:
        address.populate_from_query_string(context.query_string)
        address.set_initial_query_params(context.query_string)
    st.query_params.update({})  # tells the browser, which shows the shortened address by now


def put(name: str, value: str) -> None:
    """Write something into the address that no widget is bound to; empty takes it out."""
    if value and st.query_params.get(name) != value:
        st.query_params[name] = value
    elif not value and name in st.query_params:
        del st.query_params[name]


def copy_button(settings: Mapping[str, str]) -> None:
    """A button that copies the address as it stands, completed by settings that it leaves out as the usual ones."""
    _component(data={"settings": dict(settings)}, key="copy_link", width="content")


def say_once(text: str) -> None:
    """Tell a visitor something about the address, once."""
    said: list[str] = st.session_state.setdefault(SAID, [])
    if text not in said:
        said.append(text)
        st.toast(text, icon=":material/link_off:")


def asked(page: str) -> dict[str, str]:
    """What the address asks for, where it was just opened; nothing while one page is drawn again and again.

    Args:
        page: the page's own address.
    """
    if st.session_state.get(OPENED) == page and not went_back():
        return {}
    st.session_state[OPENED] = page
    return st.query_params.to_dict()


def say_what_is_unknown(settings: Mapping[str, str]) -> None:
    """After a page was drawn: name what its widgets did not take over, because it is no choice of theirs."""
    for name, value in settings.items():
        taken = st.query_params.get(name) == value or name not in st.session_state
        if not taken and name not in SPEAK_FOR_THEMSELVES and not same(value, st.session_state[name]):
            say_once(f"The address asks for “{value}” as {name.replace('_', ' ')}, which cannot be chosen here.")


def same(text: str, value: object) -> bool:
    """Whether a text of an address means a widget's value; a value is left out of an address where it is the usual."""
    try:
        return float(text) == float(str(value))
    except ValueError:
        said, is_chosen = ("".join(filter(str.isalnum, str(part))).lower() for part in (text, value))
        return said == is_chosen or (bool(said and is_chosen) and (said in is_chosen or is_chosen in said))
