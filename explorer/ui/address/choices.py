"""All choices of a visitor that shape a view, as one value to compare."""

import streamlit as st

from explorer.ui.address.settings import CONFIG, SETTINGS, STEP, VIEW
from explorer.ui.address.visit import ATTRIBUTION_ASKED, CHECKED, RANKED, VISUALISED

ELSEWHERE = (STEP, VIEW, CONFIG)  # these say which view at which step, and what is prepared
ASKED = (ATTRIBUTION_ASKED, CHECKED, RANKED, VISUALISED)  # what a button computed or asked for


def choices() -> tuple[object, ...]:
    """A value that differs where a view may look different at the same step."""
    chosen = [(setting.name, repr(setting.get())) for setting in SETTINGS if setting not in ELSEWHERE]
    names = {setting.name for setting in ELSEWHERE}
    address = [(name, *st.query_params.get_all(name)) for name in st.query_params if name not in names]
    return (*chosen, *sorted(address), *(repr(note.get()) for note in ASKED))
