"""The weight-randomisation check: does a map depend on what the network learnt?"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import streamlit as st

from explorer.errors import ExplorerError
from explorer.figures.attribution import attribution_maps
from explorer.figures.randomisation import randomisation_curve
from explorer.inspection import RandomisationStage, randomisation_check, randomisation_verdict
from explorer.ui.attribution import kept
from explorer.ui.attribution.choose import METHODS, Asked
from explorer.ui.chart import chart
from explorer.ui.look import Look, RunLook
from explorer.ui.runs import ACTIVE

KEPT = "randomised_weights"
STAGES_LARGE = 8
MOST_STAGES = 24
MOST_SIDE = 56  # of a stage's map; a larger one is averaged over blocks
MEANING = (
    "The layers lose what they learnt one after the other, from the last to the first, and the map is made again each "
    "time (Adebayo et al. 2018, [arXiv:1810.03292](https://arxiv.org/abs/1810.03292)). A map that stays as it is shows "
    "the picture, not the network: however convincing it looks, it explains nothing."
)


class Checked(NamedTuple):
    """A finished check, and of what it is."""

    question: tuple[object, ...]
    names: list[str]
    similarity: np.ndarray  # (stage,)
    signed_similarity: np.ndarray  # (stage,)
    maps: list[np.ndarray]  # (row, column) each
    verdict: str


def draw(look: Look, facts: kept.Facts, asked: Asked, shown: Sequence[str]) -> None:
    """The method that is checked, the button, and what came of it."""
    testable = [method for method in shown if method != kept.ROLLOUT]
    if not testable:
        st.caption("Appears with the first map.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.session_state.get("checked_method") not in testable:
            st.session_state.pop("checked_method", None)
        method = st.selectbox(
            "Method to check",
            testable,
            format_func=lambda name: METHODS[name].title,
            key="checked_method",
            bind="query-params",
            width=240,
        )
        start = st.button("Check against random weights", icon=":material/casino:")
    question = (look.key, look.probe_key, asked.target, method, asked.layer, asked.baseline)
    if start:
        try:
            st.session_state[KEPT] = _check(look, facts, asked, method, question)
        except ExplorerError as error:
            st.error(str(error), icon=":material/block:")
            return
    done: Checked | None = st.session_state.get(KEPT)
    if done is None or done.question != question:
        st.caption(MEANING)
        return
    _show(done, METHODS[method].title)


def _check(look: Look, facts: kept.Facts, asked: Asked, method: str, question: tuple[object, ...]) -> Checked:
    options: dict[str, Any] = (
        {"baseline": kept.baseline_of(look, asked.baseline)} if method in kept.WITH_BASELINE else {}
    )
    layer = asked.layer if method == "grad_cam" else None
    with look.model() as model:
        stages = randomisation_check(
            model,
            look.inputs,
            asked.target,
            method,
            layer,
            stages=STAGES_LARGE if facts.large else MOST_STAGES,
            **options,
        )
    # a page that refreshes itself would end a script that draws: while training, nothing is drawn in between
    watched = not (isinstance(look, RunLook) and look.run.status in ACTIVE)
    bar = st.progress(0.0, "The map of the network as it is …") if watched else None
    seen: list[RandomisationStage] = []
    while True:
        with look.model():  # held for a stage only: others look at this network too
            stage = next(stages, None)
        if stage is None:
            break
        seen.append(stage)
        if bar is not None:
            bar.progress(stage.share, f"Random now: {stage.layers[-1] if stage.layers else 'nothing yet'}")
    if bar is not None:
        bar.empty()
    return Checked(
        question,
        ["0 as it is", *(f"{number} {stage.layers[-1]}" for number, stage in enumerate(seen[1:], start=1))],
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
                done.names, done.similarity, done.signed_similarity, f"How alike the map of {title} stays"
            ),
            "randomised-similarity",
            "randomised-similarity",
            reading=f"{done.verdict} At step 0, and for any untrained network, there is nothing learnt to lose.",
        )
    with right:
        maps = {name.split(" ", 1)[0]: values for name, values in zip(done.names, done.maps, strict=True)}
        chart(
            attribution_maps(maps, "The map at each stage, each on its own scale", most_side=MOST_SIDE, max_height=330),
            "randomised-maps",
            "randomised-maps",
        )
