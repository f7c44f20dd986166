"""Runs that wait in the browser's visit until there is room for them: a person may have a few waiting at a time."""

import json

import streamlit as st

from explorer.config import RunConfig, parse
from explorer.errors import ExplorerError
from explorer.training.run import Run
from explorer.training.submit import QUEUED_PER_OWNER, launch, runs_root
from explorer.ui.run import runs

WAITING, STARTED, FAULT = "queue.waiting", "queue.started", "queue.fault"
LOOK_EVERY = 1.0  # seconds


def add(configs: list[RunConfig]) -> None:
    """Train these one after another, as there is room."""
    to_come: list[str] = st.session_state.setdefault(WAITING, [])
    to_come.extend(config.model_dump_json() for config in configs)
    st.session_state.pop(FAULT, None)
    _launch_next()


def waiting() -> list[RunConfig]:
    """What is still to come and has no run yet."""
    return [parse(json.loads(config)) for config in st.session_state.get(WAITING, [])]


def draw() -> None:
    """How many are still to come; while there are some, it looks again every second."""
    busy = bool(st.session_state.get(WAITING)) or any(_under_way(path) for path in st.session_state.get(STARTED, []))
    st.fragment(_progress, run_every=LOOK_EVERY if busy else None)(busy)
    if FAULT in st.session_state:
        st.error(st.session_state[FAULT], icon=":material/block:")


def go_on() -> None:
    """On whichever page: begin what waits as soon as there is room for it; to be called once a page is drawn."""
    st.fragment(_launch_next, run_every=LOOK_EVERY)()


def _progress(was_busy: bool) -> None:
    _launch_next()
    to_come, started = st.session_state.get(WAITING, []), st.session_state.get(STARTED, [])
    under_way = [path for path in started if _under_way(path)]
    finished = len(started) - len(under_way)
    known = st.session_state.get("queue.finished", 0)
    st.session_state["queue.finished"] = finished
    if was_busy:
        total = len(started) + len(to_come)
        rest = "; keep the dashboard open for the rest" if to_come else ""
        st.progress(finished / max(1, total), f"{finished} of {total} trained{rest}")
    if was_busy and (finished != known or not (to_come or under_way)):
        st.rerun(scope="app")  # the lines above have a new point


def _launch_next() -> None:
    to_come: list[str] = st.session_state.get(WAITING, [])
    started: list[str] = st.session_state.setdefault(STARTED, [])
    while to_come and sum(_under_way(path) for path in started) < QUEUED_PER_OWNER:
        try:
            run = Run.create(runs_root(), parse(json.loads(to_come[0])), owner=runs.owner())
            launch(run)
        except ExplorerError as error:
            st.session_state[FAULT] = str(error)
            to_come.clear()
            return
        to_come.pop(0)
        started.append(str(run.path))


def _under_way(path: str) -> bool:
    try:
        return Run.open(path).status in ("new", "queued", "running")
    except ExplorerError:
        return False
