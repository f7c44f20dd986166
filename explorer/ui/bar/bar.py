"""The parts of the bar, and what stands in them: the probe and the network's answer."""

from typing import Any, NamedTuple, TypeVar

import streamlit as st

from explorer.ui import film
from explorer.ui.bar import two_steps
from explorer.ui.bar.words import answer_html, sequence_html
from explorer.ui.subject.answer import answer_for
from explorer.ui.subject.picture import PictureSubject, enlarged
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.view import View

AnySubject = TypeVar("AnySubject", bound=PictureSubject | SequenceSubject)
SIDE = 84  # pixels of the probe's picture


class Parts(NamedTuple):
    """The places in the bar, from left to right; style.css says how wide each is."""

    step: Any
    probe: Any
    answer: Any
    choose: Any


def parts(*, with_step: bool = True) -> Parts:
    """Draw the empty bar.

    Args:
        with_step: whether the network has training steps to choose from.
    """
    with st.container(key="bar", horizontal=True, gap="small", wrap=False):
        step = st.container(key="bar_step", gap="xxsmall") if with_step else None
        probe, answer = st.container(key="bar_probe"), st.container(key="bar_answer")
        return Parts(step, probe, answer, st.container(key="bar_choose", gap="xsmall"))


def fill(parts: Parts, subject: AnySubject, view: View[AnySubject]) -> None:
    """Draw the probe, the network's answer for it, and what the open view offers besides: a second step, a film."""
    with parts.probe:
        if isinstance(subject, PictureSubject):
            st.image(enlarged(subject.picture), alt=f"The probe: {subject.label}", width=SIDE)
        else:
            st.html(sequence_html(subject.ticks, subject.strip, subject.time))
    with parts.answer:
        st.html(answer_html(answer_for(subject)))
        with st.container(horizontal=True, gap="small", wrap=False):
            two_steps.choose(subject)
            film.offer(subject, view)
