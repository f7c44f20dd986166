"""Attribution: which pixels an answer came from, by several methods, and whether their maps can be believed."""

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui.attribution import choose, curves, kept, maps, randomised
from explorer.ui.look import Look

SCALE = (
    "Red speaks for it, blue against it, and where the picture shows through there is nothing. Each map has its own "
    "scale, symmetric around 0; the values of a pixel's colours are added up. Hover for raw values."
)


def draw(look: Look) -> None:
    """The maps side by side, their deletion and insertion curves, and the weight-randomisation check."""
    try:
        facts = kept.facts_of(look)
        asked = choose.draw(look, facts)
    except ExplorerError as error:
        st.info(str(error), icon=":material/info:")
        return
    if asked is None:
        return
    if not asked.methods:
        st.info("Choose a method above.", icon=":material/info:")
        return
    shown = maps.draw(look, facts, asked)
    st.caption(SCALE)
    st.subheader("Do the marked pixels carry the answer?", anchor=False)
    curves.draw(look, facts, asked, shown)
    st.subheader("Does the map depend on what the network learnt?", anchor=False)
    randomised.draw(look, facts, asked, list(shown))
