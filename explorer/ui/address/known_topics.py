"""What a visitor has learnt: kept for the visit, and in a cookie of this browser for the next one."""

from typing import Any

import streamlit as st

COOKIE = "explorer_learnt"
SEPARATOR = "."  # topics are called by words and hyphens
YEAR = 60 * 60 * 24 * 365  # seconds


def _mount() -> Any:
    return st.components.v2.component(
        "explorer_learnt",
        html="<span hidden></span>",
        js=f"""export default function ({{ data }}) {{
          document.cookie = `{COOKIE}=${{data.learnt}}; path=/; max-age={YEAR}; SameSite=Strict`;
        }}""",
    )


_component = _mount()


def learnt() -> set[str]:
    """The ids of all topics that the visitor knows, of both roadmaps; what both have in common is known in both."""
    if "learnt" not in st.session_state:
        kept = st.context.cookies.get(COOKIE, "")
        st.session_state["learnt"] = st.session_state["learnt_kept"] = tuple(filter(None, kept.split(SEPARATOR)))
    return set(st.session_state["learnt"])


def learn(topics: set[str]) -> None:
    """Remember that these are known, besides what is known already."""
    st.session_state["learnt"] = tuple(sorted(learnt() | topics))


def unlearn(topics: set[str]) -> None:
    """Remember that these are not known."""
    st.session_state["learnt"] = tuple(sorted(learnt() - topics))


def keep() -> None:
    """Write the cookie, where something was learnt since it was written; to be called once a page is drawn."""
    now = st.session_state.get("learnt")
    if now is not None and now != st.session_state.get("learnt_kept"):
        st.session_state["learnt_kept"] = now
        _component(data={"learnt": SEPARATOR.join(now)}, key="learnt_cookie")
