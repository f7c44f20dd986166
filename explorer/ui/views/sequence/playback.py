"""The walk through time: Play moves on by one time step a second, until it is paused or the sequence ends.

What moves is drawn by a fragment that the browser calls again and again. The Time step slider stands outside of it and
is drawn anew with the page: ``settle`` brings it to where the walk is, so that all views look at the same step.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

import streamlit as st

EVERY = 1.0  # seconds a time step
_KEY = "walk"


@dataclass(frozen=True)
class Walk:
    """Where a walk is: the time step, what the slider last said, and when it last moved on."""

    time: int
    slider: int
    moved: float  # seconds, of a clock that never jumps
    ended: bool = False


def settle() -> None:
    """Bring the Time step slider to where the walk is, before it is drawn; leaving the Cell view ends the walk."""
    walk = current()
    if walk is None:
        return
    slider = int(st.session_state.get("time", 0))
    if slider != walk.slider:  # a person moved it: the walk goes on from there
        walk = replace(walk, time=slider, moved=monotonic())
    st.session_state["time"] = walk.time
    if walk.ended or st.session_state.get("view") not in (None, "Cell"):
        del st.session_state[_KEY]
    else:
        st.session_state[_KEY] = replace(walk, slider=walk.time)


def current() -> Walk | None:
    """The walk under way."""
    walk: Walk | None = st.session_state.get(_KEY)
    return walk


def controls(time: int, count: int) -> None:
    """One step back, play or pause, one step forward."""
    with st.container(horizontal=True):
        back, forward = (time - 1) % count, (time + 1) % count
        st.button("Back", icon=":material/skip_previous:", on_click=go_to, args=(back,), disabled=count == 1)
        if current() is None:
            icon = ":material/play_arrow:"
            st.button("Play", icon=icon, on_click=_play, args=(time, count), disabled=count == 1, key="play_time")
        else:
            st.button("Pause playing", icon=":material/pause:", on_click=_pause, key="play_time")
        st.button("Forward", icon=":material/skip_next:", on_click=go_to, args=(forward,), disabled=count == 1)


def moving(draw: Callable[[int], None], time: int, count: int) -> None:
    """Draw what shows one time step: once, or again and again while the walk is under way."""
    if current() is None:
        with st.container():  # as deep as the fragment, so that the charts stay the same ones
            draw(time)
        return
    st.fragment(_next, run_every=EVERY)(draw, count)


def go_to(time: int) -> None:
    """Choose a time step, whether a walk is under way or not."""
    walk = current()
    if walk is None:
        st.session_state["time"] = time
    else:
        st.session_state[_KEY] = replace(walk, time=time, moved=monotonic())


def advanced(walk: Walk, now: float, count: int) -> Walk:
    """The walk at a moment: one step on where a second has passed, ended at the last of ``count`` steps."""
    if now - walk.moved < 0.7 * EVERY:  # drawn for another reason, such as a click
        return walk
    time = min(walk.time + 1, count - 1)
    return replace(walk, time=time, moved=now, ended=time == count - 1)


def _next(draw: Callable[[int], None], count: int) -> None:
    walk = current()
    if walk is None:
        return
    walk = advanced(walk, monotonic(), count)
    st.session_state[_KEY] = walk
    if walk.ended:
        st.rerun()
    draw(min(walk.time, count - 1))


def _play(time: int, count: int) -> None:
    start = 0 if time == count - 1 else time
    st.session_state[_KEY] = Walk(start, time, monotonic())


def _pause() -> None:
    walk = current()
    if walk is not None:
        st.session_state[_KEY] = replace(walk, ended=True)
