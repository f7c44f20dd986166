"""Words that change with the training step: they go along while it is played (``explorer.ui.bar.frames``)."""

import re
from html import escape

import streamlit as st

_BOLD = re.compile(r"\*\*(.+?)\*\*")


def say(text: str) -> None:
    """Draw paragraphs of plain words, with ``**bold**`` as the only markup: an empty line begins a new one."""
    st.html(f'<div class="explorer-words">{html_of(text)}</div>')


def html_of(text: str) -> str:
    """The paragraphs as HTML."""
    return "".join(f"<p>{_BOLD.sub(_strong, escape(part, quote=False))}</p>" for part in text.split("\n\n"))


def _strong(found: re.Match[str]) -> str:
    return f"<strong>{found[1]}</strong>"
