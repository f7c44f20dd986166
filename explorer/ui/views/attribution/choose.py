"""The question of the Attribution view: the score that is attributed, the methods, and the display."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from explorer.inspection import ATTRIBUTION_METHODS, AttributionMethod
from explorer.inspection.score import Target
from explorer.ui.address.settings import (
    BASELINE,
    CAM_LAYER,
    EXPLAIN,
    EXPLAINED_CLASS,
    MAPS_STAND,
    RIVAL_CLASS,
    SHOWN_METHODS,
    STRENGTH,
    Setting,
)
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.views.attribution import computed
from explorer.ui.widgets import ask, pick, pick_from_list, pick_in_row, pick_many

METHODS: dict[str, AttributionMethod] = {
    **ATTRIBUTION_METHODS,
    computed.ROLLOUT: AttributionMethod(
        title="Attention rollout",
        meaning="The attention of all layers multiplied: from which patches a vision transformer's class token "
        "gathered its state.",
        limits="It is the same for every class, never negative, and does not show what the attention carried.",
        source="Abnar and Zuidema 2020, arXiv:2005.00928",
        complete=False,
        needs_layer=False,
    ),
}
FIRST = ("saliency", "integrated_gradients", "grad_cam", "occlusion")
Standing = Literal["over the picture", "beside the picture"]
STANDING: tuple[Standing, ...] = ("over the picture", "beside the picture")
ANSWER, TRUTH, CLASS, DIFFERENCE = "answer", "truth", "one class", "two classes"


@dataclass(frozen=True)
class Asked:
    """One question for all methods."""

    target: Target
    words: str  # what is explained, in a sentence: "the logit of 7"
    methods: tuple[str, ...]
    layer: str | None  # of Grad-CAM
    baseline: computed.Baseline
    strength: float | None  # of the maps over the picture, 0 to 1; None: they stand beside it


def draw(subject: PictureSubject, facts: computed.Facts) -> Asked | None:
    """Draw the widgets; the question they add up to, or None if it has no answer."""
    probabilities = subject.logits().softmax(0)
    order = probabilities.argsort(descending=True).tolist()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        target = _choose_target(subject, order)
    methods = _choose_methods(facts)
    layer, baseline, strength = _choose_drawing(facts, methods)
    names = subject.class_names
    if isinstance(target, tuple):
        first, second = target
        if first == second:
            st.info(
                "The difference between a class and itself is always 0: choose two classes.", icon=":material/info:"
            )
            return None
        words = f"the logit of {names[first]} minus the logit of {names[second]}"
    else:
        words = f"the logit of {names[target]}"
    roles = [f"{names[order[0]]} ({float(probabilities[order[0]]):.1%}) is the prediction of {subject.network_name}"]
    if subject.target is not None:
        roles.append(f"{names[subject.target]} is the true class")
    st.markdown(f"The maps attribute **{words}**; {', '.join(roles)}.")
    return Asked(target, words, methods, layer, baseline, strength)


def _choose_target(subject: PictureSubject, order: list[int]) -> Target:
    known = [ANSWER, TRUTH, CLASS, DIFFERENCE] if subject.target is not None else [ANSWER, CLASS, DIFFERENCE]
    wanted = pick(EXPLAIN, "Explain", known)
    truth = order[0] if subject.target is None else subject.target
    if wanted == ANSWER:
        return order[0]
    if wanted == TRUTH:
        return truth
    first = _choose_class(EXPLAINED_CLASS, "Class", subject.class_names, order[0])
    if wanted == CLASS:
        return first
    rival = truth if truth != order[0] else order[1]
    return first, _choose_class(RIVAL_CLASS, "minus class", subject.class_names, rival)


def _choose_class(setting: Setting[int], label: str, names: Sequence[str], default: int) -> int:
    labels = distinct(names)
    return pick_from_list(setting, label, range(len(names)), default=default, format_func=labels.__getitem__, width=200)


def distinct(names: Sequence[str]) -> list[str]:
    """Unique names of the classes: ImageNet has two cranes."""
    counts = Counter(names)
    return [name if counts[name] == 1 else f"{name} ({number})" for number, name in enumerate(names)]


def _choose_methods(facts: computed.Facts) -> tuple[str, ...]:
    first = [*FIRST, computed.ROLLOUT] if facts.transformer else list(FIRST)
    possible = [method for method in METHODS if not why_not(method, facts)]
    chosen = pick_many(
        SHOWN_METHODS,
        "Methods",
        possible,
        default=first,
        format_func=lambda method: METHODS[method].title,
        placeholder="Choose methods",
    )
    return tuple(method for method in METHODS if method in chosen)


def why_not(method: str, facts: computed.Facts) -> str:
    """The reason why a method can give no map of this network; empty if it can."""
    if method == computed.ROLLOUT and not facts.transformer:
        return "Attention rollout needs a vision transformer."
    if METHODS[method].needs_layer and not facts.layers:
        return f"{METHODS[method].title} needs a layer of feature maps."
    return ""


def _choose_drawing(
    facts: computed.Facts, methods: Sequence[str]
) -> tuple[str | None, computed.Baseline, float | None]:
    left, middle, right = st.columns(3)
    layer: str | None = None
    with left:
        if "grad_cam" in methods and facts.layers:
            layer = pick_from_list(
                CAM_LAYER,
                "Layer of Grad-CAM",
                facts.layers,
                default=facts.layer,
                help="Earlier layers: finer maps of simpler features. By default the last one with feature maps.",
            )
    with middle:
        baseline = pick_in_row(
            BASELINE,
            "Baseline of an absent pixel",
            list(computed.BASELINES),
            help="The baseline of integrated gradients and DeepLIFT, the cover of occlusion, and the colour of deleted "
            "pixels. Average: the mean colour of the training pictures. A pixel that equals the baseline gets 0 from "
            "integrated gradients.",
        )
    with right:
        if pick_in_row(MAPS_STAND, "The maps stand", STANDING) == STANDING[1]:
            return layer, baseline, None
        percent = ask(
            STRENGTH,
            st.slider,
            "Strength of the maps over the picture, %",
            0,
            100,
            step=5,
            help="0: the picture alone. 100: the map alone.",
        )
    return layer, baseline, percent / 100
