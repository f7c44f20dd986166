"""The topics that a visitor knows: kept for the visit, and in a cookie of the browser for the next one."""

from typing import Any

import streamlit as st

from explorer.ui.address.visit import KNOWN_TOPICS, KNOWN_TOPICS_WRITTEN
from explorer.ui.address.visitor import cookie

COOKIE = "learnt"
SEPARATOR = "."  # topics are called by words and hyphens
YEAR = 60 * 60 * 24 * 365  # seconds


def _mount() -> Any:
    return st.components.v2.component(
        "explorer_learnt",
        html="<span hidden></span>",
        js=f"""export default function ({{ data }}) {{
          document.cookie = `${{data.cookie}}=${{data.learnt}}; max-age={YEAR}; SameSite=Strict`;
        }}""",
    )


_component = _mount()


def known() -> set[str]:
    """The ids of the topics that the visitor knows, on both roadmaps; a topic on both is known on both."""
    if not KNOWN_TOPICS.noted:
        topics = tuple(filter(None, st.context.cookies.get(cookie(COOKIE), "").split(SEPARATOR)))
        KNOWN_TOPICS.set(topics)
        KNOWN_TOPICS_WRITTEN.set(topics)
    return set(KNOWN_TOPICS.get())


def add(topics: set[str]) -> None:
    """Add known topics."""
    KNOWN_TOPICS.set(tuple(sorted(known() | topics)))


def remove(topics: set[str]) -> None:
    """Remove topics from the known ones."""
    KNOWN_TOPICS.set(tuple(sorted(known() - topics)))


def keep() -> None:
    """Write the cookie if a known topic changed; call it once a page is drawn."""
    now = KNOWN_TOPICS.get()
    if KNOWN_TOPICS.noted and now != KNOWN_TOPICS_WRITTEN.get():
        KNOWN_TOPICS_WRITTEN.set(now)
        _component(data={"cookie": cookie(COOKIE), "learnt": SEPARATOR.join(now)}, key="learnt_cookie")
