"""Attribution: the pixels behind a prediction by several methods, and tests of their maps."""

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.views.attribution import choose, computed, curves, maps, randomised

SCALE = (
    "Red pixels raise the score, blue pixels lower it; over the picture, it shows through where the value is near 0. "
    "Each map has its own scale, symmetric around 0; the values of a pixel's colour channels are summed. "
    "Hover for raw values."
)


def draw(subject: PictureSubject) -> None:
    """Draw the maps side by side, their deletion and insertion curves, and the weight-randomisation check."""
    try:
        facts = computed.facts_of(subject)
        asked = choose.draw(subject, facts)
    except ExplorerError as error:
        st.info(str(error), icon=":material/info:")
        return
    if asked is None:
        return
    if not asked.methods:
        st.info("Choose a method above.", icon=":material/info:")
        return
    shown = maps.draw(subject, facts, asked)
    st.caption(SCALE)
    st.subheader("Do the marked pixels carry the prediction?", anchor=False)
    curves.draw(subject, facts, asked, shown)
    st.subheader("Does the map depend on the learnt weights?", anchor=False)
    randomised.draw(subject, facts, asked, list(shown))
