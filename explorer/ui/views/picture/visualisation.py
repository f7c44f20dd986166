"""The picture that a channel looks for, sought by climbing its activation."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from explorer.figures.channels import ascent as ascent_chart
from explorer.figures.maps import picture
from explorer.inspection import Ascent, Frame, visualise
from explorer.ui.chart import chart
from explorer.ui.run.runs import ACTIVE
from explorer.ui.subject.choose_picture import enlarged
from explorer.ui.subject.picture import PictureSubject, RunSubject

OBJECTIVES = {"whole map": "channel", "unit at its centre": "unit"}
SIDE = 280  # pixels, of the picture while it is sought


class FeatureVisualisation(NamedTuple):
    """What was found, and for what."""

    asked: tuple[str, str, int, Ascent]
    pixels: np.ndarray  # uint8 (row, column, channel)
    iterations: np.ndarray
    activations: np.ndarray


def draw(subject: PictureSubject, layer: str, channel: int) -> None:
    """The regularisers, the button, and the picture once it is found."""
    with st.container(horizontal=True, vertical_alignment="center"):
        start = st.button("Visualise", icon=":material/auto_awesome:", help="Seek the picture that excites it most")
        with st.popover("How it is sought", icon=":material/tune:"):
            chosen = _choose()
    asked = (subject.key, layer, channel, chosen)
    if start:
        st.session_state["found_picture"] = _seek(subject, asked)
    found: FeatureVisualisation | None = st.session_state.get("found_picture")
    if found is None or found.asked != asked:
        st.caption(
            "**Visualise** starts from grey noise and changes its pixels until the channel responds as strongly as it "
            "can: a picture of what it looks for, not a picture of the data."
        )
        return
    chart(picture(found.pixels, f"What channel {channel} of {layer} looks for"), "sought-picture", "sought-picture")
    chart(ascent_chart(found.iterations, found.activations), "sought-activation", "sought-activation")


def _choose() -> Ascent:
    objective = st.segmented_control(
        "Excite the", list(OBJECTIVES), default="whole map", required=True, key="sought_objective", bind="query-params"
    )
    left, right = st.columns(2)
    with left:
        iterations = st.slider("Iterations", 16, 512, 128, step=16, key="sought_iterations", bind="query-params")
        rate = st.slider("Learning rate", 0.01, 0.5, 0.05, step=0.01, key="sought_rate", bind="query-params")
        jitter = st.slider(
            "Jitter, pixels",
            0,
            16,
            1,
            key="sought_jitter",
            bind="query-params",
            help="Shifted at random each iteration",
        )
        rotation = st.slider("Rotation, degrees", 0.0, 30.0, 0.0, step=1.0, key="sought_rotation", bind="query-params")
    with right:
        variation = st.slider(
            "Total variation",
            0.0,
            5.0,
            0.1,
            step=0.05,
            key="sought_variation",
            bind="query-params",
            help="Takes speckles out",
        )
        l2 = st.slider(
            "L2, contrast",
            0.0,
            5.0,
            0.0,
            step=0.05,
            key="sought_l2",
            bind="query-params",
            help="Draws every pixel to grey",
        )
        scaling = st.slider("Scaling, share", 0.0, 0.5, 0.0, step=0.05, key="sought_scaling", bind="query-params")
        seed = st.number_input("Seed", 0, 9999, key="sought_seed", bind="query-params")
    fourier = st.toggle(
        "Climb in frequencies",
        key="sought_fourier",
        bind="query-params",
        help="Large shapes come first, as in photographs",
    )
    return Ascent(
        objective="unit" if OBJECTIVES[objective] == "unit" else "channel",
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


def _seek(subject: PictureSubject, asked: tuple[str, str, int, Ascent]) -> FeatureVisualisation:
    _, layer, channel, chosen = asked
    splits = subject.splits
    with subject.model() as model:
        frames = visualise(model, layer, channel, subject.inputs.shape[1:], splits.mean, splits.deviation, chosen)
    # a page that refreshes itself would end a script that draws: while training, nothing is drawn in between
    watched = not (isinstance(subject, RunSubject) and subject.run.status in ACTIVE)
    bar, place = (st.progress(0.0, "Climbing …"), st.empty()) if watched else (None, None)
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
