"""A film as one HTML file, which plays offline: Plotly's script, every figure and the player are in it."""

from html import escape
from pathlib import Path

import streamlit as st

from explorer.ui.chart.assets import FILES, PLOTLY_SCRIPT
from explorer.ui.film.reel import Film

HERE = Path(__file__).parent
COLOURS = {  # as the charts ask for them -> as the theme calls them
    "--st-background-color": "backgroundColor",
    "--st-text-color": "textColor",
    "--st-border-color": "borderColor",
    "--st-primary-color": "primaryColor",
}


def page_of(film: Film) -> bytes:
    """The file; its colours are those of the reader's system, light or dark."""
    parts = {
        "__TITLE__": escape(f"{film.view} · {film.title}"),
        "__STYLE__": _style(),
        "__PLOTLY__": _read(PLOTLY_SCRIPT),
        "__FILM__": film.to_json().replace("<", "\\u003c"),  # no text of a figure ends the script that it stands in
        "__PLAYER__": _read(FILES["layout.js"]) + _read(HERE / "player.js"),
    }
    before = _read(HERE / "player.html")
    page = []
    for mark, part in parts.items():
        now, _, before = before.partition(mark)
        page += [now, part]
    return "".join([*page, before]).encode()


def _style() -> str:
    style = _read(HERE / "player.css")
    for theme in ("light", "dark"):
        own = "; ".join(f"{name}: {st.get_option(f'theme.{theme}.{option}')}" for name, option in COLOURS.items())
        style = style.replace(f"__{theme.upper()}__", own)
    return style


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
