"""The layout of the RNN and the LSTM page, which differ in the cells they offer and in their words."""

from typing import Any

import streamlit as st

from explorer.config import MlpModel, RunConfig, SequenceDataset, names
from explorer.datasets import DATASETS
from explorer.training.run import Run
from explorer.ui.screens import explore
from explorer.ui.subject import choose_picture, choose_sequence
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.views import ONE_TO_ONE_VIEWS, SEQUENCE_VIEWS
from explorer.ui.views.sequence import playback

TYPES = {  # the lecture's five, and the data sets of each
    "one-to-one": ("digits",),
    "one-to-many": ("digit_drawing",),
    "many-to-one": ("adding", "parity", "digit_rows", "sunspots", "passengers", "series"),
    "many-to-many in step": ("python_source", "text", "copy_memory", "flip_flop", "bracket_depth"),
    "many-to-many encoder-decoder": ("reverse", "addition", "dates"),
}


def show(title: str, introduction: str, models: Any, key: str, data: Any = SequenceDataset) -> None:
    """Draw one of the two pages.

    Args:
        title: what it is called.
        introduction: what it says first.
        models: the union of networks it offers.
        key: a prefix that tells its widgets from those of another page.
        data: the union of data sets it offers.
    """
    run, prepared = explore.choose(data, models, key)
    st.title(title, anchor=False)
    st.markdown(introduction)
    with st.expander("The five types of network, and the data sets for each"):
        st.markdown(_types(names(data)))
    if run.config is not None and isinstance(run.config.model, MlpModel):
        explore.page(run, prepared, choose_picture.choose_subject, ONE_TO_ONE_VIEWS)
    else:
        explore.page(run, prepared, _choose_subject, SEQUENCE_VIEWS)


def _types(offered: tuple[str, ...]) -> str:
    """One line for each type; data sets that only the other page offers are marked."""
    lines = []
    for kind, data_sets in TYPES.items():
        titles = ", ".join(DATASETS[name].title for name in data_sets)
        elsewhere = "" if set(data_sets) <= set(offered) else " (on the page RNN)"
        lines.append(f"- **{kind}**: {titles}{elsewhere}")
    return "\n".join(lines)


def _choose_subject(run: Run, config: RunConfig, step: int, steps: list[int]) -> SequenceSubject:
    playback.sync_slider()
    return choose_sequence.choose_subject(run, config, step, steps)
