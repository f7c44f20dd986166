"""The visitor's last page: kept for the visit, and in a cookie of the browser for the next one."""

from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode

import streamlit as st

from explorer.ui.address.pages import PLACES
from explorer.ui.address.visit import LAST_PAGE, LAST_PLACE, LAST_PLACE_WRITTEN
from explorer.ui.address.visitor import cookie

COOKIE = "left_off"
LONGEST = 1500  # characters; a browser keeps no more than 4,096 bytes
YEAR = 60 * 60 * 24 * 365  # seconds

Settings = dict[str, list[str]]


def _mount() -> Any:
    return st.components.v2.component(
        "explorer_left_off",
        html="<span hidden></span>",
        js=f"""export default function ({{ data }}) {{
          document.cookie = `${{data.cookie}}=${{data.place}}; max-age={YEAR}; SameSite=Strict`;
        }}""",
    )


_component = _mount()


def begin(page: str) -> None:
    """Note the page that is about to be drawn, by its address; Home does not count."""
    LAST_PAGE.set(page if page in PLACES else "")


def note() -> None:
    """Note the page and its address; fragments of the page call it too."""
    page = LAST_PAGE.get()
    if not page:
        return
    pairs = [(name, value) for name in st.query_params for value in st.query_params.get_all(name)]
    place = f"{page}?{urlencode(pairs)}" if pairs else page
    LAST_PLACE.set(place if len(place) <= LONGEST else page)


def keep() -> None:
    """Write the cookie if the place changed; call it once a page is drawn."""
    note()
    now = LAST_PLACE.get()
    if now is not None and now != LAST_PLACE_WRITTEN.get():
        LAST_PLACE_WRITTEN.set(now)
        _component(data={"cookie": cookie(COOKIE), "place": quote(now, safe="")}, key="left_off_cookie")


def place() -> tuple[str, Settings] | None:
    """The address of the last page and its settings; None on a first visit."""
    kept = LAST_PLACE.get() or unquote(str(st.context.cookies.get(cookie(COOKIE), "")))
    page, _, settings = kept.partition("?")
    return (page, parse_qs(settings)) if page and page in PLACES else None
