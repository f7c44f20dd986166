"""Deletion and insertion: a test of whether the marked pixels carry the prediction."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from explorer.figures.faithfulness import Curve, score_curves
from explorer.figures.style import line_colour, line_dash
from explorer.ui.chart import chart
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.views.attribution import computed, waiting
from explorer.ui.views.attribution.choose import METHODS, Asked


def draw(subject: PictureSubject, facts: computed.Facts, asked: Asked, shown: Mapping[str, computed.Found]) -> None:
    """Draw the curves of the maps that are shown, beside twenty random orders."""
    if not shown:
        st.caption("The curves appear with the first map.")
        return
    if facts.large and not waiting.is_asked(subject, asked, waiting.CURVES):
        waiting.button(subject, asked, waiting.CURVES, "Delete and insert pixels", len(shown))
        return
    with st.spinner("Deleting and inserting pixels …"):
        read = {method: computed.curves(subject, asked.target, method, asked.layer, asked.baseline) for method in shown}
        random = computed.random_curves(subject, asked.target, asked.baseline)
    unit = "difference of the logits" if isinstance(asked.target, tuple) else "probability of the class"
    scores = np.concatenate([curve.ravel() for found in (*read.values(), random) for curve in found[1:]])
    margin = 0.04 * float(np.ptp(scores)) or 0.04
    limits = (float(scores.min()) - margin, float(scores.max()) + margin)
    left, right = st.columns(2)
    with left:
        chart(
            score_curves(
                random.fractions,
                {method_name(method): curve_of(method, found.deletion) for method, found in read.items()},
                random.deletion,
                "Deletion: low is good",
                x_title="share of pixels deleted",
                unit=unit,
                limits=limits,
                low_is_good=True,
            ),
            "attribution-deletion",
            "deletion",
        )
    with right:
        chart(
            score_curves(
                random.fractions,
                {method_name(method): curve_of(method, found.insertion) for method, found in read.items()},
                random.insertion,
                "Insertion: high is good",
                x_title="share of pixels inserted",
                unit=unit,
                limits=limits,
                low_is_good=False,
            ),
            "attribution-insertion",
            "insertion",
        )


def method_name(method: str) -> str:
    """The title of a method."""
    return METHODS[method].title


def curve_of(method: str, scores: np.ndarray) -> Curve:
    """A method's curve in the colour and dash that it has whatever methods are shown beside it."""
    place = list(METHODS).index(method)
    return Curve(scores, line_colour(place), line_dash(place))
