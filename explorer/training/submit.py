"""Handing a run to the supervisor, and waking it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from explorer.bounded_files import open_for_writing
from explorer.config import read_config
from explorer.errors import ExplorerError, room_for
from explorer.training.control import ask
from explorer.training.folder import check_folder
from explorer.training.launchers import number_setting, start_apart
from explorer.training.lock import Lock, held
from explorer.training.snapshots import recorded_steps
from explorer.training.state import (
    RunState,
    current_state,
    read_info,
    read_state,
    run_folders,
    take_lease,
    under_worker,
    write_state,
)

QUEUED_PER_OWNER = 3
DOORBELL = ".wake"
SUPERVISOR_LOCK = ".supervisor.lock"
SUPERVISOR_LOG = ".supervisor.log"
START_LOCK = "start.lock"  # in a run's folder: whoever starts the run holds it
PATIENCE = 2.0  # seconds: a start in the background is over long before


class Launchable(Protocol):
    """The part of a :class:`~explorer.training.Run` that is used here."""

    path: Path
    owner: str


def launch(run: Launchable, supervisor: bool = True) -> None:
    """Queue a run, or go on with a stopped, interrupted or failed one from its last checkpoint.

    Args:
        run: the run.
        supervisor: whether it waits for its turn; without, a process of its own starts at once.

    Raises:
        ExplorerError: where it is running already or finished, or its owner has too many runs waiting.
    """
    if not supervisor:
        with starting(run):
            start_worker(run)
        return
    with starting(run):
        state = _startable(run)
        _check_queue(run)
        ask(run.path, "launch")
        write_state(run.path, state.changed(status="queued", reason="", parked=False, deaths=0, seconds_left=None))
    wake(run.path.parent)


@contextmanager
def starting(run: Launchable) -> Iterator[None]:
    """The right to start a run: one process at a time has it, and between its check and its start nobody else does.

    Raises:
        ExplorerError: where the run cannot be started, or another process is about to start it.
    """
    _startable(run)  # leaves no file in the folder of a run that cannot be started
    lock = Lock(run.path / START_LOCK)
    if not lock.acquire(PATIENCE):
        _startable(run)  # the usual reason: the other has started it by now
        raise ExplorerError("Another process is starting the run; wait until it trains, or stop that process.")
    try:
        yield
    finally:
        lock.release()


def start_worker(run: Launchable) -> "tuple[subprocess.Popen[bytes], int]":
    """Start a worker process of its own for a run, which waits for no turn; the process and its attempt.

    The caller holds the right of :func:`starting` until the worker has spoken, or for as long as it looks after it.

    Raises:
        ExplorerError: where the run is running already or finished.
    """
    state = _startable(run)
    ask(run.path, "launch")
    write_state(run.path, state.changed(deaths=0))
    attempt = take_lease(run.path)
    return start_apart(
        "explorer.training.worker", [str(run.path.resolve()), str(attempt)], run.path / "log.txt"
    ), attempt


def wake(root: Path) -> None:
    """Ring for the supervisor, and start it where none is there; cheap, and safe to call at any time.

    The supervisor ends itself some minutes after the last ring. Starting it takes seconds: an application that calls
    this at its start, and now and then, finds it warm.
    """
    with room_for(root / DOORBELL):
        root.mkdir(parents=True, exist_ok=True)
    bell = open_for_writing(root / DOORBELL, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(bell, b".")  # another size and time of change, which the supervisor watches
    except OSError:  # a full disk: the time alone
        os.utime(root / DOORBELL)
    finally:
        os.close(bell)
    started = _supervisors.get(root)
    if held(root / SUPERVISOR_LOCK) or (started is not None and started.poll() is None):
        return  # it is there, or about to be
    arguments = ["--root", str(root.resolve())]
    _supervisors[root] = start_apart("explorer.training.supervisor", arguments, root / SUPERVISOR_LOG)


_supervisors: "dict[Path, subprocess.Popen[bytes]]" = {}  # by their root: those that this process started


def look_after(root: Path) -> None:
    """Start a supervisor where none is there and a run needs one: it waits for its turn, or lost its worker.

    It reads nothing while a supervisor is there, so that it may be called every few seconds.
    """
    if not held(root / SUPERVISOR_LOCK) and any(_needs_supervisor(run) for run in run_folders(root)):
        wake(root)


def _needs_supervisor(run: Path) -> bool:
    try:
        state = read_state(run)
        return state.status == "queued" or (under_worker(state) and current_state(run).status == "interrupted")
    except ExplorerError:  # a damaged run waits for nothing
        return False


def running_per_owner() -> int:
    """The number of runs of one owner that may run at the same time: EXPLORER_RUNNING_PER_OWNER, or 1."""
    return number_setting("EXPLORER_RUNNING_PER_OWNER", 1)


def _startable(run: Launchable) -> RunState:
    """The status of a run that may be started.

    Raises:
        ExplorerError: where it may not.
    """
    state = current_state(run.path)
    if state.status == "broken":
        check_folder(run.path)
        if recorded_steps(run.path):
            raise ExplorerError(f"{state.reason} Train a new run with its settings.")
        state = RunState()
    if state.status in ("queued", "running") or (state.status == "paused" and not state.parked):
        raise ExplorerError(f"The run is {state.status} already.")
    if state.status == "finished":
        raise ExplorerError(
            f"The run is finished at step {state.step} of {state.total}; create a new one to train further."
        )
    read_config(run.path / "config.json")  # where it is broken, that is said now
    return state


def _check_queue(run: Launchable) -> None:
    waiting = 0
    for folder in run_folders(run.path.parent):
        try:
            waiting += read_state(folder).status == "queued" and read_info(folder).owner == run.owner
        except ExplorerError:  # a broken run waits for nothing
            continue
    if waiting >= QUEUED_PER_OWNER:
        raise ExplorerError(
            f"{run.owner} has {waiting} runs waiting, and at most {QUEUED_PER_OWNER} may wait "
            f"(while at most {running_per_owner()} run at once); stop one, or wait until one has started."
        )
