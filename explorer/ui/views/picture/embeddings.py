"""Embeddings: the network's own map of the validation split, at any step."""

from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from explorer.figures.embeddings import Colouring, embedding_map, example_at
from explorer.inspection import penultimate, predict, project
from explorer.inspection.embeddings import Method
from explorer.ui.chart import Click, chart
from explorer.ui.subject.picture import PictureSubject, RunSubject

MAPPED = "validation"
METHODS: dict[str, Method] = {"PCA": "pca", "t-SNE": "tsne"}
COLOURS: dict[str, Colouring] = {"class": "class", "right or wrong": "mistake"}
LARGE = 5_000_000  # parameters
MOST_EXAMPLES = {"pca": 1000, "tsne": 500}
MOST_EXAMPLES_LARGE = 200


def draw(subject: PictureSubject) -> None:
    """Every example as a dot where the last layer finds it; a click makes one the probe."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = METHODS[
            st.segmented_control(
                "Map by", list(METHODS), default="PCA", required=True, key="map_method", bind="query-params"
            )
        ]
        colouring = COLOURS[
            st.segmented_control(
                "Colour by", list(COLOURS), default="class", required=True, key="map_colour", bind="query-params"
            )
        ]
    count = _count(subject, method)
    with st.spinner("Mapping the examples …"):
        placed = _placed(subject, method, count)
        _, answers = _features(subject.key, subject.splits.name, count, subject)
    pair = subject.splits.split(MAPPED)
    is_mapped = subject.own is None and subject.split == MAPPED and subject.image < count
    targets = pair.targets[:count].numpy()
    chart(
        embedding_map(
            placed,
            targets,
            answers if subject.knows_classes else targets,
            subject.splits.class_names,
            f"{count:,} {MAPPED} examples {subject.where}",
            colouring=colouring if subject.knows_classes else "class",
            probe=subject.image if is_mapped else None,
        ),
        "embedding-map",
        f"embedding-{method}",
        on_click=partial(_choose, placed),
    )


def _choose(placed: np.ndarray, click: Click) -> None:
    st.session_state["split"], st.session_state["image"] = MAPPED, example_at(placed, float(click.x), float(click.y))


def _count(subject: PictureSubject, method: Method) -> int:
    with subject.model() as model:
        large = sum(parameter.numel() for parameter in model.parameters()) > LARGE
    most = MOST_EXAMPLES_LARGE if large else MOST_EXAMPLES[method]
    return min(most, len(subject.splits.split(MAPPED).targets))


def _placed(subject: PictureSubject, method: Method, count: int) -> np.ndarray:
    if isinstance(subject, RunSubject):
        with subject.model() as model:
            if getattr(model, "frozen", False):  # its features are the same at every step
                subject = replace(subject, step=subject.steps[0])
    return _map(subject.key, subject.splits.name, method, count, subject)


@st.cache_data(max_entries=512, show_spinner=False)
def _map(key: str, data: str, method: Method, count: int, _look: PictureSubject) -> np.ndarray:
    """(example, 2), turned onto the map of an earlier step.

    Of snapshot 13 that is 12, of 12 it is 8, of 8 it is 0: the last bit of the number is taken away. A few maps lead
    from any snapshot to the first, every one of them shared by many; and none changes when new snapshots come.
    """
    features, _ = _features(key, data, count, _look)
    reference = None
    if isinstance(_look, RunSubject):
        place = _look.steps.index(_look.step)
        if place > 0:
            earlier = replace(_look, step=_look.steps[place & (place - 1)])
            reference = _map(earlier.key, data, method, count, earlier)
    return project(features, method, reference)


@st.cache_data(max_entries=32, show_spinner=False)
def _features(key: str, data: str, count: int, _look: PictureSubject) -> tuple[np.ndarray, np.ndarray]:
    """(example, feature) and the answers (example,)."""
    inputs = _look.splits.split(MAPPED).inputs[:count]
    with _look.model() as model:
        return penultimate(model, inputs).numpy(), predict(model, inputs).labels.numpy()
