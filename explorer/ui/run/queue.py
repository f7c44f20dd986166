"""Runs that wait in the visit until the supervisor accepts them: it queues only a few runs of each owner."""

import json

import streamlit as st

from explorer.config import RunConfig, parse
from explorer.errors import ExplorerError
from explorer.training.run import Run
from explorer.training.submit import QUEUED_PER_OWNER
from explorer.ui.address.visit import FINISHED, QUEUE_FAULT, STARTED, WAITING
from explorer.ui.run import runs

CHECK_EVERY = 1.0  # seconds


def add(configs: list[RunConfig]) -> None:
    """Train these runs one after another; those that wait or train already are not begun twice."""
    fresh = [config for config in configs if config not in waiting() and runs.under_way(config) is None]
    WAITING.set([*WAITING.get(), *(config.model_dump_json() for config in fresh)])
    QUEUE_FAULT.forget()
    _launch_next()


def waiting() -> list[RunConfig]:
    """The configurations that wait and have no run yet."""
    return [parse(json.loads(config)) for config in WAITING.get()]


def draw() -> None:
    """Draw the progress of the queue, refreshed every second while it is busy."""
    busy = bool(WAITING.get()) or any(_under_way(path) for path in STARTED.get())
    st.fragment(_progress, run_every=CHECK_EVERY if busy else None)(busy)
    if QUEUE_FAULT.get():
        st.error(QUEUE_FAULT.get(), icon=":material/block:")


def go_on() -> None:
    """Start waiting runs from any page as soon as possible; call it once a page is drawn."""
    st.fragment(_launch_next, run_every=CHECK_EVERY)()


def _progress(was_busy: bool) -> None:
    _launch_next()
    to_come, started = WAITING.get(), STARTED.get()
    under_way = [path for path in started if _under_way(path)]
    finished = len(started) - len(under_way)
    known = FINISHED.get()
    FINISHED.set(finished)
    if was_busy:
        total = len(started) + len(to_come)
        rest = "; keep the dashboard open for the rest" if to_come else ""
        st.progress(finished / max(1, total), f"{finished} of {total} trained{rest}")
    if was_busy and (finished != known or not (to_come or under_way)):
        st.rerun(scope="app")  # the lines above have a new point


def _launch_next() -> None:
    while WAITING.get() and sum(_under_way(path) for path in STARTED.get()) < QUEUED_PER_OWNER:
        first, *others = WAITING.get()
        try:
            run = runs.begin(parse(json.loads(first)))
        except ExplorerError as error:
            QUEUE_FAULT.set(str(error))
            WAITING.forget()
            return
        WAITING.set(others)
        STARTED.set([*STARTED.get(), str(run.path)])


def _under_way(path: str) -> bool:
    try:
        return Run.open(path).status in ("new", "queued", "running")
    except ExplorerError:
        return False
