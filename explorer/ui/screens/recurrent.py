"""The layout of the RNN and the LSTM page, which differ in the cells they offer and in their words."""

from typing import Any

import streamlit as st

from explorer.config import MlpModel, SequenceDataset, models_of
from explorer.training.run import ReadableRun
from explorer.ui.screens import explore, five_types
from explorer.ui.subject import choose_picture, choose_sequence
from explorer.ui.views import ONE_TO_ONE_VIEWS, SEQUENCE_VIEWS


def show(title: str, introduction: str, key: str, data: Any = SequenceDataset) -> None:
    """Draw one of the two pages.

    Args:
        title: what it is called.
        introduction: what it says first.
        key: the address of the page, and the prefix of its widgets' keys.
        data: the union of data sets it offers.
    """
    run, prepared = explore.choose(data, models_of(key), key)
    if isinstance(run, ReadableRun) and isinstance(run.config.model, MlpModel):
        explore.page(title, introduction, run, prepared, choose_picture.choose_subject, ONE_TO_ONE_VIEWS)
    else:
        explore.page(title, introduction, run, prepared, choose_sequence.choose_subject, SEQUENCE_VIEWS)
    section = st.expander("The five types of network, and an example of each", key="five_types", on_change="rerun")
    if section.open:  # a closed one costs nothing
        with section:
            five_types.draw(key)
