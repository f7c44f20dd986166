"""The page that a visitor was on last: kept for the visit, and in a cookie of this browser for the next one."""

from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode

import streamlit as st

from explorer.ui.address.pages import PLACES

COOKIE = "explorer_left_off"
LONGEST = 1500  # characters; a browser keeps no more than 4,096 bytes
YEAR = 60 * 60 * 24 * 365  # seconds

Settings = dict[str, list[str]]


def _mount() -> Any:
    return st.components.v2.component(
        "explorer_left_off",
        html="<span hidden></span>",
        js=f"""export default function ({{ data }}) {{
          document.cookie = `{COOKIE}=${{data.place}}; path=/; max-age={YEAR}; SameSite=Strict`;
        }}""",
    )


_component = _mount()


def begin(page: str) -> None:
    """Say which page is about to be drawn, by its own address; Home is no place to come back to."""
    st.session_state["left_off_page"] = page if page in PLACES else ""


def note() -> None:
    """Remember the page that is drawn, and what its address says now; parts of it that are drawn again call it too."""
    page = st.session_state.get("left_off_page")
    if not page:
        return
    pairs = [(name, value) for name in st.query_params for value in st.query_params.get_all(name)]
    place = f"{page}?{urlencode(pairs)}" if pairs else page
    st.session_state["left_off"] = place if len(place) <= LONGEST else page


def keep() -> None:
    """Write the cookie, where the place changed since it was written; to be called once a page is drawn."""
    note()
    now = st.session_state.get("left_off")
    if now is not None and now != st.session_state.get("left_off_kept"):
        st.session_state["left_off_kept"] = now
        _component(data={"place": quote(now, safe="")}, key="left_off_cookie")


def place() -> tuple[str, Settings] | None:
    """The page's own address and what was set there; None on a first visit."""
    kept = st.session_state.get("left_off") or unquote(str(st.context.cookies.get(COOKIE, "")))
    page, _, settings = kept.partition("?")
    return (page, parse_qs(settings)) if page and page in PLACES else None
