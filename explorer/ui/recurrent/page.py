"""What the RNN and the LSTM page have in common: they differ in the cells they offer and in what they say."""

from typing import Any

import streamlit as st

from explorer.config import RunConfig, SequenceDataset
from explorer.training.run import Run
from explorer.ui import explore
from explorer.ui.recurrent import cell, choose, compare, gates, gradients, interventions, output, states, walk
from explorer.ui.recurrent.look import SequenceLook

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
    run, prepared = explore.choose(SequenceDataset, models, key)
    st.title(title)
    st.markdown(introduction)
    explore.page(run, prepared, _look_at, TABS)


def _look_at(run: Run, config: RunConfig, step: int, steps: list[int]) -> SequenceLook:
    walk.settle()
    return choose.look_at(run, config, step, steps)
