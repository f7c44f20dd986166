"""What the RNN and the LSTM page have in common: they differ in the cells they offer and in what they say."""

from typing import Any

import streamlit as st

from explorer.config import SequenceDataset, names
from explorer.ui import explore, prepare, runs
from explorer.ui.recurrent import cell, choose, compare, gates, gradients, interventions, output, states

TABS = {
    "Cell": cell.draw,
    "States": states.draw,
    "Gates": gates.draw,
    "Gradients": gradients.draw,
    "Interventions": interventions.draw,
    "Output": output.draw,
    "Compare": compare.draw,
}


def show(title: str, introduction: str, models: Any, key: str) -> None:
    """Draw one of the two pages; ``models`` is the union of cells it offers."""
    known = runs.known_runs(names(models))
    with st.sidebar:
        run = runs.choose_run(known)
        st.caption("What you choose below prepares the next run; the one above is kept.")
        if run.config is not None:
            st.button(
                "Start from this run's choices",
                icon=":material/content_copy:",
                type="tertiary",
                on_click=prepare.use_settings_of,
                args=(run.config, key),
            )
        prepared = prepare.form(SequenceDataset, models, key)
    st.title(title)
    st.markdown(introduction)
    explore.page(run, prepared, choose.look_at, TABS)
