"""The pages in the order of the lecture: file, title and icon."""

from collections.abc import Mapping
from typing import NamedTuple

import streamlit as st


class Place(NamedTuple):
    """A page of the navigation."""

    file: str  # beside main.py
    title: str
    icon: str
    section: str = ""  # of the navigation


PLACES = {  # by their address
    "": Place("screens/home.py", "Home", ":material/home:"),
    "machine-learning": Place("screens/machine_learning.py", "Machine Learning roadmap", ":material/map:", "Learn"),
    "deep-learning": Place("screens/deep_learning.py", "Deep Learning roadmap", ":material/route:", "Learn"),
    "cnn": Place("screens/cnn.py", "CNN", ":material/grid_on:", "Explore"),
    "pretrained": Place("screens/pretrained.py", "Pretrained CNN", ":material/school:", "Explore"),
    "rnn": Place("screens/rnn.py", "RNN", ":material/repeat:", "Explore"),
    "lstm": Place("screens/lstm.py", "LSTM", ":material/memory:", "Explore"),
    "closing-thoughts": Place("screens/closing.py", "Closing thoughts", ":material/flag:", "Look back"),
}


def link(
    name: str, label: str = "", settings: Mapping[str, str] | None = None, *, help_text: str | None = None
) -> None:
    """A link to a page.

    Args:
        name: the address of the page.
        label: the text of the link; the page's title unless given.
        settings: the settings in its address.
        help_text: the tooltip.
    """
    place = PLACES[name]
    st.page_link(
        place.file, label=label or place.title, icon=place.icon, query_params=dict(settings or {}), help=help_text
    )
