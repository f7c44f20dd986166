"""Deletion and insertion: a test of whether the marked pixels carry the prediction."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from explorer.figures.faithfulness import score_curves
from explorer.ui.chart import chart
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.views.attribution import computed, waiting
from explorer.ui.views.attribution.choose import METHODS, Asked


def draw(subject: PictureSubject, facts: computed.Facts, asked: Asked, shown: Mapping[str, computed.Found]) -> None:
    """Draw the curves of the maps that are shown, beside the random order."""
    if not shown:
        st.caption("The curves appear with the first map.")
        return
    if facts.large and not waiting.is_asked(subject, asked, waiting.CURVES):
        waiting.button(subject, asked, waiting.CURVES, "Delete and insert pixels", len(shown))
        return
    with st.spinner("Deleting and inserting pixels …"):
        read = {
            METHODS[method].title: computed.curves(subject, asked.target, method, asked.layer, asked.baseline)
            for method in shown
        }
    random = next(iter(read.values()))
    unit = "difference of the logits" if isinstance(asked.target, tuple) else "probability of the class"
    scores = np.concatenate([np.concatenate(curves[1:]) for curves in read.values()])
    margin = 0.04 * float(np.ptp(scores)) or 0.04
    limits = (float(scores.min()) - margin, float(scores.max()) + margin)
    left, right = st.columns(2)
    with left:
        chart(
            score_curves(
                random.fractions,
                {name: curves.deletion for name, curves in read.items()},
                random.random_deletion,
                "Deletion: low is good",
                x_title="share of pixels deleted",
                unit=unit,
                limits=limits,
            ),
            "attribution-deletion",
            "deletion",
        )
    with right:
        chart(
            score_curves(
                random.fractions,
                {name: curves.insertion for name, curves in read.items()},
                random.random_insertion,
                "Insertion: high is good",
                x_title="share of pixels inserted",
                unit=unit,
                limits=limits,
            ),
            "attribution-insertion",
            "insertion",
        )
    st.markdown(verdict(read))


def verdict(read: Mapping[str, computed.Curves]) -> str:
    """A sentence on which maps beat the random order."""
    deleting = {name for name, curves in read.items() if curves.area("deletion") < curves.area("random_deletion")}
    inserting = {name for name, curves in read.items() if curves.area("insertion") > curves.area("random_insertion")}
    groups = {
        "both ways": deleting & inserting,
        "only by deletion": deleting - inserting,
        "only by insertion": inserting - deleting,
        "neither way": set(read) - deleting - inserting,
    }
    said = [f"{words}: {', '.join(name for name in read if name in group)}" for words, group in groups.items() if group]
    return f"Better than the random order {'; '.join(said)}."
