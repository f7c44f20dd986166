"""The weight-randomisation check: does a map depend on the learnt weights?"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from explorer.errors import ExplorerError
from explorer.figures.attribution import attribution_maps
from explorer.figures.randomisation import randomisation_curve
from explorer.inspection import RandomisationStage, randomisation_check, randomisation_verdict
from explorer.ui.address.settings import CHECKED_METHOD
from explorer.ui.address.visit import CHECKED
from explorer.ui.cache import identity
from explorer.ui.chart import chart
from explorer.ui.run.runs import ACTIVE
from explorer.ui.subject.picture import PictureSubject, RunSubject
from explorer.ui.views.attribution import computed
from explorer.ui.views.attribution.choose import METHODS, Asked
from explorer.ui.widgets import pick_from_list

STAGES_LARGE = 8
MOST_STAGES = 24
MOST_SIDE = 56  # of a stage's map; a larger one is averaged over blocks
MEANING = (
    "The layers are randomised one after the other, from the last to the first, and the map is computed again each "
    "time (Adebayo et al. 2018, [arXiv:1810.03292](https://arxiv.org/abs/1810.03292)). A map that stays as it is shows "
    "the picture, not the network, and explains nothing, however convincing it looks."
)


class Checked(NamedTuple):
    """A finished check and its question."""

    question: tuple[object, ...]
    names: list[str]
    similarity: np.ndarray  # (stage,)
    signed_similarity: np.ndarray  # (stage,)
    maps: list[np.ndarray]  # (row, column) each
    verdict: str


def draw(subject: PictureSubject, facts: computed.Facts, asked: Asked, shown: Sequence[str]) -> None:
    """Draw the choice of a method, the button, and the result of the check."""
    testable = [method for method in shown if method != computed.ROLLOUT]
    if not testable:
        st.caption("The check appears with the first map.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = pick_from_list(
            CHECKED_METHOD, "Method to check", testable, format_func=lambda name: METHODS[name].title, width=240
        )
        start = st.button("Check against random weights", icon=":material/casino:")
    question = (identity(subject), asked.target, method, asked.layer, asked.baseline)
    if start:
        try:
            CHECKED.set(_check(subject, facts, asked, method, question))
        except ExplorerError as error:
            st.error(str(error), icon=":material/block:")
            return
    done: Checked | None = CHECKED.get()
    if done is None or done.question != question:
        st.caption(MEANING)
        return
    _show(done, METHODS[method].title)


def _check(
    subject: PictureSubject, facts: computed.Facts, asked: Asked, method: str, question: tuple[object, ...]
) -> Checked:
    options: dict[str, Any] = (
        {"baseline": computed.baseline_of(subject, asked.baseline)} if method in computed.WITH_BASELINE else {}
    )
    layer = asked.layer if method == "grad_cam" else None
    with subject.model() as model:
        stages = randomisation_check(
            model,
            subject.inputs,
            asked.target,
            method,
            layer,
            stages=STAGES_LARGE if facts.large else MOST_STAGES,
            **options,
        )
    # a page that refreshes itself would end a script that draws: while training, nothing is drawn in between
    watched = not (isinstance(subject, RunSubject) and subject.run.status in ACTIVE)
    bar = st.progress(0.0, "The map of the trained network …") if watched else None
    seen: list[RandomisationStage] = []
    while True:
        with subject.model():  # held for a stage only: others look at this network too
            stage = next(stages, None)
        if stage is None:
            break
        seen.append(stage)
        if bar is not None:
            bar.progress(stage.share, f"Randomised: {stage.layers[-1] if stage.layers else 'nothing yet'}")
    if bar is not None:
        bar.empty()
    return Checked(
        question,
        ["0 trained", *(f"{number} {stage.layers[-1]}" for number, stage in enumerate(seen[1:], start=1))],
        np.array([stage.similarity for stage in seen]),
        np.array([stage.signed_similarity for stage in seen]),
        [stage.maps[0].numpy() for stage in seen],
        randomisation_verdict(seen),
    )


def _show(done: Checked, title: str) -> None:
    left, right = st.columns(2)
    with left:
        chart(
            randomisation_curve(
                done.names, done.similarity, done.signed_similarity, f"Similarity of the map of {title} to the original"
            ),
            "randomised-similarity",
            "randomised-similarity",
            reading=f"{done.verdict} An untrained network, such as step 0, has no learnt weights to lose.",
        )
    with right:
        maps = {name.split(" ", 1)[0]: values for name, values in zip(done.names, done.maps, strict=True)}
        chart(
            attribution_maps(maps, "The map at each stage, each on its own scale", most_side=MOST_SIDE, max_height=330),
            "randomised-maps",
            "randomised-maps",
        )
