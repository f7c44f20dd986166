"""The buttons that start runs: a double click starts none twice.

Train starts the run that the form prepares; the others, runs of their own, and turn into their progress at once.
"""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from explorer.config import RunConfig
from explorer.training.run import ReadableRun
from explorer.ui.address.visit import LAST_PAGE, PRESSED, TO_TRAIN, TRAIN_PRESSED
from explorer.ui.run import queue, runs

LOOK_EVERY = 1.0  # seconds


def start_button(label: str, configs: Sequence[RunConfig], start: Callable[[], None], *, key: str, **more: Any) -> bool:
    """Draw the button; True if it was just pressed. While one of its runs waits or trains, draw the progress instead.

    Args:
        label: the words on the button.
        configs: of the runs that it starts.
        start: starts them.
        key: of the button.
        **more: for ``st.button``.
    """
    under_way = [run for config in configs if (run := runs.under_way(config)) is not None]
    waiting = sum(config in configs for config in queue.waiting())
    pressed = PRESSED.of(key).take()
    if not under_way and not waiting:
        st.button(label, key=key, on_click=_press, args=(key, start), **more)
        return pressed
    drawn = any(run.steps for run in under_way)  # the page has a point of it
    st.fragment(_progress, run_every=LOOK_EVERY)(under_way, waiting, drawn)
    return pressed


def train_button(prepared: RunConfig | None) -> None:
    """Draw Train, which starts the prepared run; it is off while there is none.

    A press starts what the form holds once it is drawn again: a number that was typed just before the press counts. A
    second press starts the same run again only if the first one was drawn while it trained.
    """
    here, (page, beside) = LAST_PAGE.get(), TRAIN_PRESSED.take() or ("", "")
    if page == here and prepared is not None:
        TO_TRAIN.set((prepared, beside))
        st.rerun()
    same = None if prepared is None else runs.under_way(prepared)
    trains = same.id if same is not None and same.status == "running" else ""
    st.button(
        "Train",
        key="train",
        type="primary",
        icon=":material/play_arrow:",
        disabled=prepared is None,
        on_click=TRAIN_PRESSED.set,
        args=((here, trains),),
        help="Start a new run with the settings on the left. The run below is kept.",
    )


def train_what_was_asked() -> None:
    """Start the run for which Train was pressed; call it before the page is drawn."""
    asked = TO_TRAIN.take()
    if asked is not None:
        runs.train(*asked)


def _press(key: str, start: Callable[[], None]) -> None:
    start()
    PRESSED.of(key).set(True)


def _progress(under_way: list[ReadableRun], waiting: int, drawn: bool) -> None:
    ended = any(run.status not in runs.UNDER_WAY for run in under_way)
    if ended or (waiting and not queue.waiting()) or (not drawn and any(run.steps for run in under_way)):
        st.rerun(scope="app")  # the button is back, or the next run's progress; or there is a first point to draw
    for run in under_way:
        state = run.state()
        share = min(1.0, state.step / max(1, state.total))
        st.progress(share, f"{run.config.model.short}: {said(state.step, state.total)}")
    if waiting:
        st.caption(f"{waiting} more wait for their turn.")


def said(step: int, total: int) -> str:
    """How far a run is, in words."""
    return f"step {step:,} of {total:,}" if total else "it starts as soon as a processor is free"
