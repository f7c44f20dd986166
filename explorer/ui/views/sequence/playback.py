"""Playback through time: Play moves on by one time step a second, until Pause or the end of the sequence.

A fragment, which the browser calls again and again, draws the moving part. The Time step slider is outside of it and is
drawn with the page: ``sync_slider`` sets it to the current step, so that all views show the same one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

import streamlit as st

from explorer.ui.address.settings import TIME, VIEW
from explorer.ui.address.visit import PLAYBACK
from explorer.ui.view import ViewName

EVERY = 1.0  # seconds a time step


@dataclass(frozen=True)
class Playback:
    """The state of a playback: its time step, the slider's last value, and when it last moved on."""

    time: int
    slider: int
    moved: float  # seconds, of a clock that never jumps
    ended: bool = False


def sync_slider() -> None:
    """Set the Time step slider to the current step before it is drawn; leaving the Cell view ends the playback."""
    playback = current()
    if playback is None:
        return
    if TIME.get() != playback.slider:  # moved by the visitor: the playback goes on from there
        playback = replace(playback, time=TIME.get(), moved=monotonic())
    TIME.set(playback.time)
    if playback.ended or VIEW.get() not in (None, ViewName.CELL):
        PLAYBACK.forget()
    else:
        PLAYBACK.set(replace(playback, slider=playback.time))


def current() -> Playback | None:
    """The active playback."""
    playback: Playback | None = PLAYBACK.get()
    return playback


def controls(time: int, count: int) -> None:
    """Draw the buttons: one step back, play or pause, one step forward."""
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
    """Draw one time step: once, or repeatedly during playback."""
    if current() is None:
        with st.container():  # as deep as the fragment, so that the charts stay the same ones
            draw(time)
        return
    st.fragment(_next, run_every=EVERY)(draw, count)


def go_to(time: int) -> None:
    """Select a time step, during playback or not."""
    playback = current()
    if playback is None:
        TIME.set(time)
    else:
        PLAYBACK.set(replace(playback, time=time, moved=monotonic()))


def advanced(playback: Playback, now: float, count: int) -> Playback:
    """The playback at a moment: one step on if a second has passed, ended at the last of ``count`` steps."""
    if now - playback.moved < 0.7 * EVERY:  # drawn for another reason, such as a click
        return playback
    time = min(playback.time + 1, count - 1)
    return replace(playback, time=time, moved=now, ended=time == count - 1)


def _next(draw: Callable[[int], None], count: int) -> None:
    playback = current()
    if playback is None:
        return
    playback = advanced(playback, monotonic(), count)
    PLAYBACK.set(playback)
    if playback.ended:
        st.rerun()
    draw(min(playback.time, count - 1))


def _play(time: int, count: int) -> None:
    start = 0 if time == count - 1 else time
    PLAYBACK.set(Playback(start, time, monotonic()))


def _pause() -> None:
    playback = current()
    if playback is not None:
        PLAYBACK.set(replace(playback, ended=True))
