"""The open view at other training steps, sent ahead: the browser shows a step at once, and the server follows.

A *frame* is all that a step changes on the page, where that is nothing but charts, words (``explorer.ui.words``) and
the network's answer. A view that has more to change, such as a table of numbers, is drawn by the server at each step.
"""

import hashlib
import json
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui.address.choices import choices
from explorer.ui.address.settings import BESIDE
from explorer.ui.address.visit import FRAMES, FRAMES_WANTED
from explorer.ui.bar.two_steps import has_several_steps
from explorer.ui.bar.words import answer_html
from explorer.ui.cache import identity
from explorer.ui.chart import text_of
from explorer.ui.chart.mount import mounted_beside
from explorer.ui.redraw import Redrawn, redrawn
from explorer.ui.subject.answer import answer_for
from explorer.ui.view import View

MOST = 8  # frames in one answer
Frame = dict[str, Any]
_component = mounted_beside("explorer_frames", __file__)


def offer(subject: Any, view: View[Any], go: Callable[[int], None]) -> None:
    """Send the browser the frames that it asks for; call it before the view is drawn.

    Args:
        subject: what the view shows; a published network has one step, and gets no frames.
        view: the open one.
        go: called with the step that the browser shows meanwhile.
    """
    if not has_several_steps(subject) or BESIDE.get() is not None:
        return
    FRAMES_WANTED.forget()
    st.fragment(_send)(subject, view, go, cache(partial(_rest_of, view, subject)))


def _send(subject: Any, view: View[Any], go: Callable[[int], None], rest: Callable[[], bytes | None]) -> None:
    """Answer a wish; ``rest`` is the digest of what the page itself shows, which only a wish needs."""

    def wished() -> None:
        wish = (FRAMES.get() or {}).get("wish") or {}
        at: Any = subject.steps[-1] if wish.get("end") else wish.get("at")
        if at in subject.steps:
            go(at)
        FRAMES_WANTED.set([step for step in wish.get("steps", []) if step in subject.steps][:MOST])

    wanted = FRAMES_WANTED.take()
    frames: list[tuple[int, Frame | None]] = []
    for step in wanted:
        frames.append((step, frame_of(view, subject.at(step), rest())))
        if frames[-1][1] is None:
            break
    answer = {"question": _question(subject, view), "frames": frames}
    _component(data=json.dumps(answer).encode(), key=FRAMES.key, on_wish_change=wished)


def frame_of(view: View[Any], subject: Any, rest: bytes | None) -> Frame | None:
    """The view at a step; None where the step changes more than charts, words and the answer.

    Args:
        view: the open one.
        subject: what it shows at that step.
        rest: the digest of what it draws besides at the step that the page shows, as ``redrawn`` gives it.
    """
    found = _drawn(view, subject)
    if found is None or found.rest != rest:
        return None
    charts = {one.key: text_of(one.figure, one.key, one.kind, one.reading) for one in found.charts}
    return {"charts": charts, "html": found.html, "answer": answer_html(answer_for(subject))}


def _rest_of(view: View[Any], subject: Any) -> bytes | None:
    """The digest of what a view draws besides charts and words; None if it draws nothing."""
    found = _drawn(view, subject)
    return found and found.rest


def _drawn(view: View[Any], subject: Any) -> Redrawn | None:
    try:
        return redrawn(view, subject)
    except ExplorerError:  # nothing to show, which the page says
        return None


def _question(subject: Any, view: View[Any]) -> str:
    asked = (identity(subject.at(subject.steps[0])), view.name, choices())
    return hashlib.sha256(repr(asked).encode()).hexdigest()
