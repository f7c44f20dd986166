"""Playback through time: Play moves on by one time step a second, until Pause or the end of the sequence.

A fragment, which the browser calls once a second, moves the step on and has the page drawn again: ``sync_slider`` sets
the Time step slider to the current step, and everything on the page shows the same one.
"""

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
    if not TIME.chosen:  # the page before had no such slider: the playback was left
        PLAYBACK.forget()
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
    with st.container(horizontal=True, width="content"):
        back, forward = (time - 1) % count, (time + 1) % count
        st.button("Back", icon=":material/skip_previous:", on_click=go_to, args=(back,), disabled=count == 1)
        if current() is None:
            icon = ":material/play_arrow:"
            st.button("Play", icon=icon, on_click=_play, args=(time, count), disabled=count == 1, key="play_time")
        else:
            st.button("Pause playing", icon=":material/pause:", on_click=_pause, key="play_time")
        st.button("Forward", icon=":material/skip_next:", on_click=go_to, args=(forward,), disabled=count == 1)


def tick(count: int) -> None:
    """Move an active playback on: each second the page is drawn anew, so that slider, charts and numbers agree."""
    if current() is not None:
        st.fragment(_tick, run_every=EVERY)(count)


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


def _tick(count: int) -> None:
    playback = current()
    if playback is None:
        return
    moved = advanced(playback, monotonic(), count)
    if moved != playback:
        PLAYBACK.set(moved)
        st.rerun(scope="app")


def _play(time: int, count: int) -> None:
    start = 0 if time == count - 1 else time
    PLAYBACK.set(Playback(start, time, monotonic()))


def _pause() -> None:
    playback = current()
    if playback is not None:
        PLAYBACK.set(replace(playback, ended=True))
