"""Feature visualisation: an image optimised to activate one channel."""

from typing import Any, Literal, NamedTuple

import numpy as np
import streamlit as st

from explorer.figures.channels import ascent as ascent_chart
from explorer.figures.maps import picture
from explorer.inspection import Ascent, Frame, visualise
from explorer.ui.address.settings import (
    ASCENT_SEED,
    FOURIER,
    ITERATIONS,
    JITTER,
    L2,
    OBJECTIVE,
    RATE,
    ROTATION,
    SCALING,
    VARIATION,
)
from explorer.ui.address.visit import VISUALISED
from explorer.ui.cache import identity
from explorer.ui.chart import chart
from explorer.ui.run.runs import ACTIVE
from explorer.ui.subject.choose_picture import enlarged
from explorer.ui.subject.picture import PictureSubject, RunSubject
from explorer.ui.widgets import ask, pick_in_row, toggle

OBJECTIVES: dict[str, Literal["channel", "unit"]] = {"whole map": "channel", "unit at its centre": "unit"}
SIDE = 280  # pixels, of the picture while it is optimised


class FeatureVisualisation(NamedTuple):
    """An optimised picture, and the question that it answers."""

    asked: tuple[Any, str, int, Ascent]
    pixels: np.ndarray  # uint8 (row, column, channel)
    iterations: np.ndarray
    activations: np.ndarray


def draw(subject: PictureSubject, layer: str, channel: int) -> None:
    """The button, its options, and the picture once it is optimised."""
    with st.container(horizontal=True, vertical_alignment="center"):
        start = st.button(
            "Visualise",
            icon=":material/auto_awesome:",
            help="Optimise an image that maximally activates this channel",
        )
        with st.popover("Options", icon=":material/tune:"):
            chosen = _choose()
    asked = (identity(subject.without_probe()), layer, channel, chosen)
    if start:
        VISUALISED.set(_optimise(subject, asked))
    found: FeatureVisualisation | None = VISUALISED.get()
    if found is None or found.asked != asked:
        st.caption(
            "**Visualise** starts from grey noise and optimises its pixels by gradient ascent on the channel's "
            "activation. The image shows a pattern that the channel responds to; it is not one of the data."
        )
        return
    title = f"Feature visualisation of channel {channel} of {layer}"
    chart(picture(found.pixels, title), "visualised-picture", "visualised")
    chart(ascent_chart(found.iterations, found.activations), "visualised-activation", "visualised-activation")


def _choose() -> Ascent:
    objective = pick_in_row(OBJECTIVE, "Maximise the", list(OBJECTIVES))
    left, right = st.columns(2)
    with left:
        iterations = ask(ITERATIONS, st.slider, "Iterations", 16, 512, step=16)
        rate = ask(RATE, st.slider, "Learning rate", 0.01, 0.5, step=0.01)
        jitter = ask(JITTER, st.slider, "Jitter, pixels", 0, 16, help="Random shift in each iteration")
        rotation = ask(ROTATION, st.slider, "Rotation, degrees", 0.0, 30.0, step=1.0)
    with right:
        variation = ask(VARIATION, st.slider, "Total variation", 0.0, 5.0, step=0.05, help="Penalty that removes noise")
        l2 = ask(L2, st.slider, "L2, contrast", 0.0, 5.0, step=0.05, help="Penalty that pulls every pixel to grey")
        scaling = ask(SCALING, st.slider, "Scaling, share", 0.0, 0.5, step=0.05)
        seed = ask(ASCENT_SEED, st.number_input, "Seed", 0, 9999)
    fourier = toggle(
        FOURIER, "Optimise frequencies", help="In the Fourier basis large shapes appear first, as in photographs"
    )
    return Ascent(
        objective=OBJECTIVES[objective],
        iterations=iterations,
        learning_rate=rate,
        total_variation=variation,
        l2=l2,
        jitter=jitter,
        rotation=rotation,
        scaling=scaling,
        fourier=fourier,
        seed=int(seed),
    )


def _optimise(subject: PictureSubject, asked: tuple[Any, str, int, Ascent]) -> FeatureVisualisation:
    _, layer, channel, chosen = asked
    splits = subject.splits
    with subject.model() as model:
        frames = visualise(model, layer, channel, subject.inputs.shape[1:], splits.mean, splits.std, chosen)
    # a page that refreshes itself would end a script that draws: while training, nothing is drawn in between
    watched = not (isinstance(subject, RunSubject) and subject.run.status in ACTIVE)
    bar, place = (st.progress(0.0, "Optimising …"), st.empty()) if watched else (None, None)
    seen: list[Frame] = []
    while True:
        with subject.model():  # held for some iterations only: others look at this network too
            frame = next(frames, None)
        if frame is None:
            break
        seen.append(frame)
        if bar is not None and place is not None:
            bar.progress(frame.iteration / chosen.iterations, f"Iteration {frame.iteration} of {chosen.iterations}")
            place.image(enlarged(splits.pictures(frame.inputs)[0], SIDE), width=SIDE)
    if bar is not None and place is not None:
        bar.empty()
        place.empty()
    return FeatureVisualisation(
        asked,
        np.asarray(splits.pictures(seen[-1].inputs)[0]),
        np.array([frame.iteration for frame in seen]),
        np.array([frame.activation for frame in seen]),
    )
