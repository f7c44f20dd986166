"""Two training steps side by side: the open view at the chosen step, and its charts at another."""

from collections.abc import Iterator
from typing import Any, TypeGuard, TypeVar

import streamlit as st

from explorer.ui.address.settings import BESIDE
from explorer.ui.bar.words import answer_html
from explorer.ui.chart import chart
from explorer.ui.redraw import Drawn, figures_of
from explorer.ui.subject.answer import answer_for
from explorer.ui.subject.picture import RunSubject
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.view import View
from explorer.ui.widgets import pick_or_none

S = TypeVar("S")


def has_several_steps(subject: object) -> TypeGuard[RunSubject | SequenceSubject]:
    """True for a run with more than one recorded step; a published network has none."""
    return isinstance(subject, RunSubject | SequenceSubject) and len(subject.steps) > 1


def choose(subject: object) -> None:
    """Draw the choice of a second step, for a network that has several."""
    if not has_several_steps(subject):
        return
    with st.popover("Compare", type="tertiary", icon=":material/compare:", help="Shows another training step beside."):
        pick_or_none(
            BESIDE,
            "A second training step, beside the first",
            subject.steps,
            format_func=lambda step: f"step {step:,}",
            placeholder="none",
        )


def draw(view: View[S], subject: S) -> None:
    """Draw a view, and beside it its charts at the second step if one is chosen."""
    second = _second(subject)
    if second is None:
        view.draw(subject)
        return
    with st.container(key="two_steps"):
        here, there = st.columns(2)
    with here:
        _heading(subject)
        view.draw(subject)
    with there:
        _heading(second)
        for row in rows(figures_of(view, second)):
            for column, one in zip(st.columns([one.share for one in row]), row, strict=True):
                with column:
                    chart(one.figure, f"{one.key}-beside", one.kind, reading=one.reading)


def rows(charts: list[Drawn]) -> Iterator[list[Drawn]]:
    """The charts in rows as wide as the page: each chart takes its share of the width."""
    row: list[Drawn] = []
    for one in charts:
        if row and sum(other.share for other in row) + one.share > 1.01:
            yield row
            row = []
        row.append(one)
    if row:
        yield row


def _second(subject: Any) -> Any:
    step = BESIDE.get()
    if not isinstance(subject, RunSubject | SequenceSubject) or step not in subject.steps:
        return None
    return subject.at(step)


def _heading(subject: Any) -> None:
    st.markdown(f"**Step {subject.step:,}**")
    st.html(answer_html(answer_for(subject)))
