"""Feature visualisation: an image optimised to activate one channel."""

from typing import Any, Literal, NamedTuple

import numpy as np
import streamlit as st

from explorer.errors import ExplorerError
from explorer.figures.channels import ascent as ascent_chart
from explorer.figures.maps import picture
from explorer.inspection import Ascent, Excitation, excite
from explorer.inspection.excitation import SEEDS
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
from explorer.ui.subject.picture import PictureSubject, RunSubject, enlarged
from explorer.ui.widgets import ask, pick_in_row, toggle

OBJECTIVES: dict[str, Literal["channel", "unit"]] = {"whole map": "channel", "unit at its centre": "unit"}
SEARCHED = "validation"  # the split of the real pictures
SIDE = 280  # pixels, of the picture while it is optimised


class FeatureVisualisation(NamedTuple):
    """An optimised picture, and the question that it answers."""

    asked: tuple[Any, str, int, Ascent]
    pixels: np.ndarray  # uint8 (row, column, channel)
    excitation: Excitation


def draw(subject: PictureSubject, layer: str, channel: int, searched: int) -> None:
    """The button, its options, and the picture once it is optimised.

    The result is compared with the first ``searched`` validation pictures.
    """
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
        VISUALISED.set(_optimise(subject, asked, searched))
    found: FeatureVisualisation | None = VISUALISED.get()
    if found is None or found.asked != asked:
        st.caption(
            "**Visualise** optimises the pixels of an image by gradient ascent on the channel's activation: from grey "
            f"noise with {SEEDS} seeds, and from the {SEARCHED} picture that activates the channel most. The image "
            "with the highest activation is shown."
        )
        return
    title = f"Feature visualisation of channel {channel} of {layer}"
    chart(picture(found.pixels, title), "visualised-picture", "visualised")
    best = found.excitation.best.frames
    curve = ascent_chart(
        np.array([frame.iteration for frame in best]),
        np.array([frame.activation for frame in best]),
        found.excitation.real.activation,
    )
    chart(curve, "visualised-activation", "visualised-activation")
    (st.caption if found.excitation.found else st.warning)(found.excitation.said)


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


def _optimise(subject: PictureSubject, asked: tuple[Any, str, int, Ascent], searched: int) -> FeatureVisualisation:
    _, layer, channel, chosen = asked
    splits, pictures = subject.splits, subject.splits.split(SEARCHED).inputs[:searched]
    with subject.model() as model:
        progress = excite(model, layer, channel, pictures, splits.mean, splits.std, chosen)
    # a page that refreshes itself would end a script that draws: while training, nothing is drawn in between
    watched = not (isinstance(subject, RunSubject) and subject.run.status in ACTIVE)
    bar, place = (st.progress(0.0, "Optimising …"), st.empty()) if watched else (None, None)
    found: Excitation | None = None
    while True:
        with subject.model():  # held for some iterations only: others look at this network too
            now = next(progress, None)
        if now is None:
            break
        found = now
        if bar is not None and place is not None:
            number, frame = len(now.attempts), now.attempts[-1].frames[-1]
            share = (number - 1 + frame.iteration / chosen.iterations) / (SEEDS + 1)
            bar.progress(share, f"Attempt {number} of {SEEDS + 1}, iteration {frame.iteration} of {chosen.iterations}")
            place.image(enlarged(splits.pictures(frame.inputs)[0], SIDE), width=SIDE)
    if bar is not None and place is not None:
        bar.empty()
        place.empty()
    if found is None:
        raise ExplorerError("The optimisation gave no picture; choose another channel.")
    return FeatureVisualisation(asked, np.asarray(splits.pictures(found.best.best.inputs)[0]), found)
