"""The browser's history: one entry for each choice, so that Back undoes the last one."""

from pathlib import Path
from typing import Any

import streamlit as st


def _mount() -> Any:
    return st.components.v2.component(
        "explorer_history",
        html="<span hidden></span>",
        js=Path(__file__).with_name("history.js").read_text(encoding="utf-8"),
        css=".st-key-explorer_history { position: absolute; }",  # takes no room on the page
        isolate_styles=False,
    )


_component = _mount()


def keep() -> None:
    """Make every choice add an entry; call it before a page is drawn."""
    _component(key="explorer_history")
