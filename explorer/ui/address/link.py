"""Links: reading the address of a page, reporting what it cannot show, and copying it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.ui.address.settings import CONFIG, PICTURES, RUN, SETTINGS, STEP, Setting
from explorer.ui.address.visit import OPENED_PAGE, SAID

CHECKED_ELSEWHERE = (RUN.name, STEP.name, CONFIG.name, PICTURES.name)  # a wrong value is reported where it is read
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
    """True after Back or Forward: then a setting that the address leaves out has its default.

    Otherwise, an address without a setting leaves the earlier choice as it is.
    """
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def restore() -> None:
    """Read the whole address after Back or Forward to another page; call it before the page is drawn.

    Streamlit drops settings for which the page before has a widget of the same name, such as its view or its step.
    """
    context = get_script_run_ctx()
    if context is not None and context.is_history_navigation:
        _show(context.query_string)


def translate_old_names() -> None:
    """Translate the setting names of an older link; call it before the page is drawn."""
    names = {old: setting.name for setting in SETTINGS for old in setting.once_called}
    rewrite(lambda name, value: (names.get(name, name), value))


def drop_nonsense(setting: Setting[Any]) -> None:
    """Take a setting out of the address where its codec refuses the text; call it before the setting's widget is drawn.

    The widget has its default then, and :func:`say_what_is_unknown` reports the text.
    """
    if setting.nonsense:
        rewrite(lambda name, value: None if name == setting.name else (name, value))


def rewrite(translated: Callable[[str, str], tuple[str, str] | None]) -> None:
    """Replace names and values in the address; call it before the widgets that read them are drawn.

    Args:
        translated: gives the new name and value for those that the address holds, or None to take them out.
    """
    before = [(name, value) for name in st.query_params for value in st.query_params.get_all(name)]
    after = [pair for old in before if (pair := translated(*old)) is not None]
    if after != before:
        _show(urlencode(after))


def _show(query: str) -> None:
    """Put another address in the place of this one, for widgets that are still to be drawn and for the browser."""
    context = get_script_run_ctx()
    if context is None:
        return
    with context.session_state.query_params() as address:
        address.populate_from_query_string(query)
        address.set_initial_query_params(query)
    st.query_params.update({})  # tells the browser


def copy_button(settings: Mapping[str, str]) -> None:
    """Draw a button that copies the address, completed by settings that it leaves out as defaults."""
    _component(data={"settings": dict(settings)}, key="copy_link", width="content")


def say_once(text: str) -> None:
    """Report something about the address, once a visit."""
    if text not in SAID.get():
        SAID.set([*SAID.get(), text])
        st.toast(text, icon=":material/link_off:")


def asked(page: str) -> dict[str, str]:
    """The settings of an address that was just opened; empty when the same page is drawn again.

    Args:
        page: the address of the page.
    """
    if OPENED_PAGE.get() == page and not went_back():
        return {}
    OPENED_PAGE.set(page)
    return st.query_params.to_dict()


def say_what_is_unknown(settings: Mapping[str, str]) -> None:
    """Report settings that no widget accepted, because they are not among its options; call it after drawing."""
    for name, value in settings.items():
        taken = st.query_params.get(name) == value or name not in st.session_state
        if not taken and name not in CHECKED_ELSEWHERE and not same(value, st.session_state[name]):
            say_once(f"The address sets {name.replace('_', ' ')} to “{value}”, which is not an option here.")


def same(text: str, value: object) -> bool:
    """True if the text of an address represents a widget's value."""
    try:
        return float(text) == float(str(value))
    except ValueError:
        said, is_chosen = ("".join(filter(str.isalnum, str(part))).lower() for part in (text, value))
        return said == is_chosen or (bool(said and is_chosen) and (said in is_chosen or is_chosen in said))
