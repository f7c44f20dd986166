"""The layout of the RNN and the LSTM page, which differ in the cells they offer and in their words."""

from typing import Any, get_args

import streamlit as st

from explorer.config import FiveTypesDataset, MlpModel, Part, SequenceDataset, members, models_of, names
from explorer.datasets.splits import Architecture
from explorer.training.run import ReadableRun
from explorer.ui.screens import explore
from explorer.ui.subject import choose_picture, choose_sequence
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.views import ONE_TO_ONE_VIEWS, SEQUENCE_VIEWS
from explorer.ui.views.sequence import playback


def show(title: str, introduction: str, key: str, data: Any = SequenceDataset) -> None:
    """Draw one of the two pages.

    Args:
        title: what it is called.
        introduction: what it says first.
        key: the address of the page, and the prefix of its widgets' keys.
        data: the union of data sets it offers.
    """
    run, prepared = explore.choose(data, models_of(key), key)
    st.title(title, anchor=False)
    st.markdown(introduction)
    with st.expander("The five types of network, and the data sets for each"):
        st.markdown(_types(names(data)))
    if isinstance(run, ReadableRun) and isinstance(run.config.model, MlpModel):
        explore.page(run, prepared, choose_picture.choose_subject, ONE_TO_ONE_VIEWS)
    else:
        explore.page(run, prepared, _choose_subject, SEQUENCE_VIEWS)


def _types(offered: tuple[str, ...]) -> str:
    """One line for each type; data sets that only the other page offers are marked."""
    lines = []
    for kind, data_sets in types().items():
        titles = ", ".join(part.title for part in data_sets)
        elsewhere = "" if set(names(data_sets)) <= set(offered) else " (on the RNN page)"
        lines.append(f"- **{kind}**: {titles}{elsewhere}")
    return "\n".join(lines)


def types() -> dict[str, tuple[type[Part], ...]]:
    """The lecture's five types of network, and the data sets of each."""
    known: tuple[Any, ...] = members(FiveTypesDataset)
    return {kind: tuple(part for part in known if part.architecture == kind) for kind in get_args(Architecture)}


def _choose_subject(run: ReadableRun, step: int, steps: list[int]) -> SequenceSubject:
    playback.sync_slider()
    return choose_sequence.choose_subject(run, step, steps)
