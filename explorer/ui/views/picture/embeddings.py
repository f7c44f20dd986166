"""Embeddings: the last features of the validation split as a map, at any step."""

from functools import partial

import numpy as np
import streamlit as st

from explorer.figures.embeddings import Colouring, embedding_map, example_at
from explorer.inspection import penultimate, predict, project
from explorer.inspection.embeddings import Method
from explorer.ui.address.settings import MAP_COLOUR, MAP_METHOD, SPLIT
from explorer.ui.cache import kept
from explorer.ui.chart import Click, chart
from explorer.ui.subject.own_picture import look_at_example
from explorer.ui.subject.picture import PictureSubject, RunSubject
from explorer.ui.widgets import pick_in_row

MAPPED = "validation"
METHODS: dict[str, Method] = {"PCA": "pca", "t-SNE": "tsne"}
COLOURS: dict[str, Colouring] = {"class": "class", "right or wrong": "mistake"}
MOST_EXAMPLES = {"pca": 1000, "tsne": 500}
MOST_EXAMPLES_LARGE = 200


def draw(subject: PictureSubject) -> None:
    """Draw every example as a dot in the map of the last features; a click makes one the probe."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = METHODS[pick_in_row(MAP_METHOD, "Map by", list(METHODS))]
        colouring: Colouring = "class"
        if subject.knows_classes:  # otherwise no answer is right or wrong
            colouring = COLOURS[pick_in_row(MAP_COLOUR, "Colour by", list(COLOURS))]
    count = _count(subject, method)
    with st.spinner("Mapping the examples …"):
        placed = _placed(subject, method, count)
        _, answers = _features(subject.without_probe(), count)
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
            colouring=colouring,
            probe=subject.image if is_mapped else None,
        ),
        "embedding-map",
        f"embedding-{method}",
        on_click=partial(_choose, placed),
    )


def _choose(placed: np.ndarray, click: Click) -> None:
    SPLIT.set(MAPPED)
    look_at_example(example_at(placed, float(click.x), float(click.y)))


def _count(subject: PictureSubject, method: Method) -> int:
    most = MOST_EXAMPLES_LARGE if subject.is_large else MOST_EXAMPLES[method]
    return min(most, len(subject.splits.split(MAPPED).targets))


def _placed(subject: PictureSubject, method: Method, count: int) -> np.ndarray:
    if isinstance(subject, RunSubject) and subject.has_frozen_features:  # they are the same at every step
        subject = subject.untrained
    return _map(subject.without_probe(), method, count)


@kept(512)
def _map(subject: PictureSubject, method: Method, count: int) -> np.ndarray:
    """Positions (example, 2), aligned with the map of an earlier step.

    Snapshot 13 is aligned with 12, 12 with 8, 8 with 0: the last set bit of the number is cleared. A few maps lead from
    any snapshot to the first, most of them shared; and new snapshots change none of them.
    """
    features, _ = _features(subject, count)
    reference = None
    if isinstance(subject, RunSubject):
        place = subject.steps.index(subject.step)
        if place > 0:
            reference = _map(subject.at(subject.steps[place & (place - 1)]), method, count)
    return project(features, method, reference)


@kept(32)
def _features(subject: PictureSubject, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Features (example, feature) and predicted classes (example,)."""
    inputs = subject.splits.split(MAPPED).inputs[:count]
    with subject.model() as model:
        return penultimate(model, inputs).numpy(), predict(model, inputs).labels.numpy()
