"""The five types of network as a gallery: a click on a picture shows a finished example run of that type."""

from functools import partial
from typing import Any, get_args

import streamlit as st

from explorer.config import FiveTypesDataset, Part, members, models_of, names
from explorer.datasets.splits import Architecture
from explorer.figures.five_types import type_picture
from explorer.training.examples import ships
from explorer.training.run import ReadableRun
from explorer.ui.address.pages import link
from explorer.ui.address.settings import RUN
from explorer.ui.chart import Click, chart
from explorer.ui.run import runs

OTHER = {"rnn": "lstm", "lstm": "rnn"}


def draw(page: str) -> None:
    """Draw the five pictures, each with its data sets and its example run.

    Args:
        page: the address of the page, "rnn" or "lstm".
    """
    for column, (kind, data_sets) in zip(st.columns(5), types().items(), strict=True):
        with column:
            own, elsewhere = example_of(kind, page), example_of(kind, OTHER[page])
            chart(
                type_picture(kind),
                f"type-{kind}",
                "five-types",
                reading=f"Data sets: {', '.join(part.title for part in data_sets)}.",
                on_click=None if own is None else partial(_show, own),
            )
            if own is not None:
                label = f"Show the {own.config.model.short} example"
                st.button(
                    label, key=f"show-{kind}", on_click=runs.switch_to, args=(own.id,), icon=":material/visibility:"
                )
            elif elsewhere is not None:
                link(OTHER[page], f"The {elsewhere.config.model.short} example", {RUN.name: elsewhere.id})


def types() -> dict[str, tuple[type[Part], ...]]:
    """The lecture's five types of network, and the data sets of each."""
    known: tuple[Any, ...] = members(FiveTypesDataset)
    return {kind: tuple(part for part in known if part.architecture == kind) for kind in get_args(Architecture)}


def example_of(kind: str, page: str) -> ReadableRun | None:
    """The finished example run of a type that a page can show; of several the one that the page opens with."""
    offered = models_of(page)
    for run in runs.readable_runs(names(offered)):
        architecture = getattr(run.config.dataset, "architecture", "")
        if ships(run) and architecture == kind and run.status == "finished" and run.config.model.name in names(offered):
            return run
    return None


def _show(run: ReadableRun, _click: Click) -> None:
    runs.switch_to(run.id)
