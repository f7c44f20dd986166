"""Buttons that train a kind of cell which is missing from a comparison."""

from collections.abc import Container
from functools import partial

import streamlit as st

from explorer.config import RecurrentConfig, RunConfig, by_name, parse
from explorer.ui.run import runs
from explorer.ui.run.start import start_button
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.views.sequence import chosen_runs


def offer_missing(subject: SequenceSubject) -> None:
    """Draw a button for each kind of cell without a run on this data."""
    there = {run.config.model.name for run in chosen_runs.on_same_data(subject)}
    offer(subject.config, there | {subject.config.model.name})


def offer(config: RunConfig, there: Container[str]) -> None:
    """Draw a button for each kind of cell that is not ``there``, to train it with the settings of ``config``.

    While such a run is under way, its progress takes the button's place.
    """
    with st.container(horizontal=True):
        for name, model in by_name(RecurrentConfig).items():
            other = counterpart(config, name)
            if name not in there or runs.under_way(other):
                start_button(
                    f"Train the {model.short} on the same data",
                    [other],
                    partial(runs.train_beside, other),
                    icon=":material/add:",
                    key=f"train-{name}",
                )


def counterpart(config: RunConfig, model: str) -> RunConfig:
    """The same data, training and sizes with another kind of cell."""
    shared = {"hidden_size", "layers", "bidirectional", "embedding_size", "dropout", "seed"}
    values = config.model_dump()
    kept = {name: value for name, value in values["model"].items() if name in shared}
    return parse({**values, "model": {"name": model, **kept}})
