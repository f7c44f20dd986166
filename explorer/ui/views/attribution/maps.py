"""One map for each method over the picture, with its meaning and its completeness."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from explorer.figures.attribution import attribution_beside, attribution_overlay
from explorer.figures.maps import single_map
from explorer.inspection import AttributionMethod
from explorer.inspection.score import Target
from explorer.ui.chart import chart
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.views.attribution import computed, waiting
from explorer.ui.views.attribution.choose import METHODS, Asked

IN_A_ROW = 4
HEIGHT = 240
SHOWN = 0.995  # share of a map's values within its colour range, as over the picture
ENOUGH = 0.01  # the residual of integrated gradients that is asked for


def draw(subject: PictureSubject, facts: computed.Facts, asked: Asked) -> dict[str, computed.Found]:
    """Draw the maps side by side; the computed ones are returned."""
    shown: dict[str, computed.Found] = {}
    in_a_row = IN_A_ROW if asked.strength is not None else IN_A_ROW // 2  # the picture beside each needs as much
    for start in range(0, len(asked.methods), in_a_row):
        for place, method in zip(st.columns(in_a_row), asked.methods[start : start + in_a_row], strict=False):
            with place:
                one = _card(subject, facts, asked, method)
            if one is not None:
                shown[method] = one
    return shown


def _card(subject: PictureSubject, facts: computed.Facts, asked: Asked, method: str) -> computed.Found | None:
    about = METHODS[method]
    if facts.large and method in waiting.SLOW and not waiting.is_asked(subject, asked, method):
        _name(about)
        waiting.button(subject, asked, method, f"Compute {about.title[0].lower()}{about.title[1:]}")
        return None
    with st.spinner(f"{about.title} …"):
        one = computed.found(subject, asked.target, method, asked.layer, asked.baseline)
    if one.refusal:
        _name(about)
        st.info(one.refusal, icon=":material/block:")
        return None
    chart(_figure(subject, one, about.title, asked.strength), f"attribution-{method}", method, reading=about.meaning)
    for line in _notes(subject, asked.target, method, one):
        st.markdown(line)
    return one


def _name(about: AttributionMethod) -> None:
    st.markdown(f"**{about.title}**")
    st.caption(about.meaning, help=about.limits)


def _figure(subject: PictureSubject, one: computed.Found, title: str, strength: float | None) -> go.Figure:
    if strength is None:
        return attribution_beside(subject.picture, one.values, title, height=HEIGHT)
    if strength < 1:
        return attribution_overlay(subject.picture, one.values, title, strength, height=HEIGHT)
    limit = float(np.quantile(np.abs(one.values), SHOWN)) or None
    return single_map(one.values, title, limit=limit, height=HEIGHT, quantity="attribution")


def _notes(subject: PictureSubject, target: Target, method: str, one: computed.Found) -> list[str]:
    """Notes on this map."""
    notes = []
    rows, columns = one.values.shape
    if (rows, columns) != subject.picture.shape[:2]:
        notes.append(f"{rows}x{columns} values{f' of {one.layer}' if one.layer else ''}.")
    if not one.values.any():
        notes.append("Every value is 0: the method attributes nothing to any pixel.")
    if one.change is not None and one.residual is not None and one.relative_residual is not None:
        steps = f", with {one.steps} steps" if one.steps else ""
        score = "difference" if isinstance(target, tuple) else "logit"
        whole = f"the {score} is" if method == "lrp" else f"from the baseline the {score} changed by"
        notes.append(
            f"The values add up to {one.change + one.residual:.5g}; {whole} {one.change:.5g}: "
            f"residual {one.residual:.3g} ({one.relative_residual:.2%}){steps}."
        )
        if method == "integrated_gradients" and one.relative_residual > ENOUGH:
            notes.append("More than 1 % is still missing: interpret this map with care.")
    return notes
