"""Launchers of workers. On this machine: children of a fork server that has torch loaded, where the system forks."""

import multiprocessing
import os
import signal
import subprocess
import sys
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from explorer.bounded_files import open_for_writing
from explorer.errors import room_for
from explorer.places import PACKAGE
from explorer.training.control import ask
from explorer.training.files import append
from explorer.training.lock import held, holder

PRELOAD = "explorer.training.preload"
_SOURCE = str(PACKAGE.parent)  # the folder that holds the package

Alive = Literal["yes", "no", "unknown"]


class Resources(NamedTuple):
    """The resources that a worker may use."""

    threads: int = 1
    gpus: float = 0.0


class Launcher(Protocol):
    """A place where workers run."""

    def capacity(self) -> int:
        """The number of workers that may run at the same time."""
        ...

    def start(self, run: Path, attempt: int, resources: Resources) -> None:
        """Start a worker for a run folder."""
        ...

    def stop(self, run: Path, force: bool) -> None:
        """Ask a run's worker to stop; with ``force``, end it."""
        ...

    def alive(self, run: Path) -> Alive:
        """True if a run has a living worker here."""
        ...


class LocalLauncher:
    """This machine. Workers outlive the launcher: a later one recognises them by the locks they hold."""

    def __init__(self) -> None:
        self._forks = _start_method() == "forkserver"
        self._context = multiprocessing.get_context(_start_method())
        self._started: dict[Path, BaseProcess] = {}
        if self._forks:
            self._context.set_forkserver_preload([PRELOAD])

    def warm(self) -> None:
        """Start the fork server now, which takes some seconds, and not with the first worker."""
        if self._forks:
            from multiprocessing import forkserver  # only here: it is of no use where nothing forks

            forkserver.ensure_running()

    def capacity(self) -> int:
        """One worker a core, or what EXPLORER_SLOTS says."""
        return number_setting("EXPLORER_SLOTS", _cores())

    def start(self, run: Path, attempt: int, resources: Resources) -> None:
        """Fork a worker; it leaves by itself where another holds the run."""
        process: BaseProcess = self._context.Process(  # type: ignore[attr-defined]  # each kind of context has it
            target=_child, args=(run, attempt, self._forks)
        )
        process.start()
        self._started[run] = process

    def stop(self, run: Path, force: bool) -> None:
        """Ask a run's worker to stop; with ``force``, kill it."""
        if not force:
            ask(run, "stop")
            return
        process, pid = self._started.get(run), holder(run / "lock")
        if pid is not None:
            with suppress(*([OSError] if sys.platform == "win32" else [ProcessLookupError])):  # it has just ended
                os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))  # on Windows any signal ends a process
        elif process is not None:
            process.kill()

    def alive(self, run: Path) -> Alive:
        """True if a worker holds the run's lock, or one that was started here has yet to take it."""
        process = self._started.get(run)
        if process is not None and process.is_alive():
            return "yes"
        self._started.pop(run, None)
        return "yes" if held(run / "lock") else "no"


def start_apart(module: str, arguments: list[str], log: Path) -> "subprocess.Popen[bytes]":
    """Start ``python -m module`` as a process that outlives this one, its terminal, and a Ctrl-C in it."""
    _apart[:] = [process for process in _apart if process.poll() is None]
    paths = [_SOURCE, *filter(None, [os.environ.get("PYTHONPATH")])]
    # libraries that start a thread a core must not: a job has one thread
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    # asking whether there is a GPU must not touch it: a process that did can fork no worker that uses it
    untouched = {"PYTORCH_NVML_BASED_CUDA_CHECK": "1"}
    utf_8 = {"PYTHONUTF8": "1"}  # for logs: the files of a Windows program have a code page that lacks most letters
    environment = {**os.environ, **one_thread, **untouched, **utf_8, "PYTHONPATH": os.pathsep.join(paths)}
    with room_for(log), os.fdopen(open_for_writing(log, os.O_WRONLY | os.O_APPEND), "ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            **_apart_from_the_terminal(),
        )
    _apart.append(process)
    return process


_apart: "list[subprocess.Popen[bytes]]" = []  # kept to be asked for their end: no process lingers as a zombie


def _apart_from_the_terminal() -> dict[str, Any]:
    """What keeps a child from ending with the terminal: a session of its own, or on Windows a group and console."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    else:  # noqa: RET505, mypy reads one platform at a time
        return {"start_new_session": True}


def number_setting(variable: str, default: int) -> int:
    """A count from the environment, at least 1."""
    text = os.environ.get(variable, "")
    return max(1, int(text)) if text.isdigit() else default


def _child(run: Path, attempt: int, forked: bool) -> None:
    if forked and PRELOAD not in sys.modules:
        append(run / "log.txt", f"The fork server could not import {PRELOAD}: every start takes seconds.\n".encode())
    from explorer.training import worker  # brings torch, which the launcher's own process does without

    worker.begin(run, attempt)


def _start_method() -> str:
    """Workers are forked on Linux alone: Windows has no fork, and macOS none that its own libraries survive."""
    return "spawn" if sys.platform in ("win32", "darwin") else "forkserver"


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
