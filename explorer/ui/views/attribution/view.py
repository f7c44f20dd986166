"""Attribution: which pixels an answer came from, by several methods, and whether their maps can be believed."""

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.views.attribution import choose, computed, curves, maps, randomised

SCALE = (
    "Red speaks for it, blue against it, and where the picture shows through there is nothing. Each map has its own "
    "scale, symmetric around 0; the values of a pixel's colours are added up. Hover for raw values."
)


def draw(subject: PictureSubject) -> None:
    """The maps side by side, their deletion and insertion curves, and the weight-randomisation check."""
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
    st.subheader("Do the marked pixels carry the answer?", anchor=False)
    curves.draw(subject, facts, asked, shown)
    st.subheader("Does the map depend on what the network learnt?", anchor=False)
    randomised.draw(subject, facts, asked, list(shown))
