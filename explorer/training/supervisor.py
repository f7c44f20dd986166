"""The supervisor: owns the queue of one folder of runs; starts workers, adopts living ones, requeues dead ones.

``python -m explorer.training.supervisor --root RUNS``. It imports no torch, and it may die at any moment: workers go
on, and all that its successor needs to know stands in the run folders.
"""

import argparse
import os
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from explorer.errors import DiskFullError, ExplorerError
from explorer.training.control import stop_is_pending
from explorer.training.folder import check_folder
from explorer.training.launchers import Launcher, LocalLauncher, Resources
from explorer.training.lock import Lock
from explorer.training.state import RunState, read_info, read_state, run_folders, take_lease, under_worker, write_state
from explorer.training.submit import DOORBELL, SUPERVISOR_LOCK, running_per_owner

TICK = 0.05  # seconds between two looks at the doorbell
WATCH = 0.1  # … at the workers
SCAN = 10.0  # … at all runs, though nobody rang
GRACE = 5.0  # seconds that a worker has to stop before it is killed
IDLE = 600.0  # seconds without work or a ring after which the supervisor ends
DEATHS = 3


@dataclass
class Job:
    """A run that has a worker."""

    owner: str
    attempt: int
    controls: int = -1  # size of the control file when it was last looked into
    stop_since: float | None = None


class Supervisor:
    """The queue of one root folder."""

    def __init__(self, root: Path, launcher: Launcher) -> None:
        self.root = root
        self.launcher = launcher
        self.jobs: dict[Path, Job] = {}
        self.queue: list[Path] = []
        self._rung: tuple[int, int] | None = None
        self._scanned = 0.0

    def run(self, idle: float) -> None:
        """Work until there was nothing to do, and nobody rang, for ``idle`` seconds."""
        busy = time.monotonic()
        watched = 0.0
        while time.monotonic() - busy < idle:
            now = time.monotonic()
            rung = self.rung()
            if rung or now - self._scanned >= SCAN:
                self.scan()
            if now - watched >= WATCH:
                watched = now
                self.watch()
                self.fill()
            if rung or self.jobs or self.queue:
                busy = now
            time.sleep(TICK)

    def rung(self) -> bool:
        """True if somebody rang since the last call."""
        try:
            found = (self.root / DOORBELL).stat()
        except FileNotFoundError:
            return False
        before, self._rung = self._rung, (found.st_mtime_ns, found.st_size)
        return before != self._rung

    def scan(self) -> None:
        """Look at every run: queue those that wait, adopt those that live, requeue those that died."""
        self._scanned = time.monotonic()
        waiting: list[tuple[float, Path]] = []
        for run in run_folders(self.root):
            if run in self.jobs:
                continue
            try:
                state = self.look_at(run)
            except ExplorerError:  # a broken folder is shown by the pages; here there is nothing to start
                continue
            if state.status == "queued" and run not in self.jobs:
                waiting.append((state.heartbeat, run))
        self.queue = [run for _, run in sorted(waiting)]

    def look_at(self, run: Path) -> RunState:
        """The status of a run without a job; it is adopted if it lives, and queued again if it died.

        Raises:
            ExplorerError: where its folder is broken.
        """
        check_folder(run)
        state, owner = read_state(run), read_info(run).owner
        if state.status == "queued" or under_worker(state):
            alive = self.launcher.alive(run)
            if alive == "yes":
                log(f"adopts {run.name}")
                self.jobs[run] = Job(owner, state.attempt)
            elif alive == "no" and state.status != "queued":
                state = self.conclude(run, state.attempt) or state
        return state

    def watch(self) -> None:
        """Look after every worker: notice its end, and end it where it does not stop when asked to."""
        for run, job in list(self.jobs.items()):
            try:
                self.watch_one(run, job)
            except ExplorerError as error:  # something took the place of a file in its folder
                log(f"leaves {run.name} alone: {error}")
                self.jobs.pop(run, None)

    def watch_one(self, run: Path, job: Job) -> None:
        """Look after a worker.

        Raises:
            ExplorerError: where its folder is broken.
        """
        if self.launcher.alive(run) == "no":
            del self.jobs[run]
            state = self.conclude(run, job.attempt, by_force=job.stop_since is not None)
            if state is not None and state.status == "queued":
                self.queue.append(run)
            return
        size = _size(run / "control.jsonl")
        if size != job.controls:
            job.controls = size
            pending = stop_is_pending(run)
            job.stop_since = (job.stop_since or time.monotonic()) if pending else None
        if job.stop_since is not None and time.monotonic() - job.stop_since > GRACE:
            log(f"kills {run.name}, which did not stop within {GRACE:g} s")
            self.launcher.stop(run, force=True)

    def conclude(self, run: Path, attempt: int, by_force: bool = False) -> RunState | None:
        """Conclude a run without a worker: leave it if it had ended; otherwise queue it again or mark it as failed."""
        try:
            state = read_state(run)
        except ExplorerError as error:
            log(f"{run.name}: {error}")
            return None
        launched_again = state.status == "queued" and state.attempt >= attempt
        if launched_again or not (state.status == "queued" or under_worker(state)):
            return state
        changes: dict[str, object] = {"deaths": state.deaths + 1, "seconds_left": None}
        if by_force or stop_is_pending(run):
            changes |= {"status": "stopped", "reason": "It was ended by force; the last checkpoint can be resumed."}
        elif state.deaths + 1 >= DEATHS:
            reason = f"The worker died {DEATHS} times, the last time at step {state.step}; log.txt may say why."
            changes |= {"status": "failed", "reason": reason}
        else:
            changes |= {"status": "queued", "reason": ""}
        state = state.changed(**changes)
        log(f"{run.name}: attempt {attempt} died, now {state.status}")
        return state if self.say(run, state) else None

    def fill(self) -> None:
        """Start waiting runs while there is room: first the owner with the fewest running ones, then the oldest."""
        while self.queue and len(self.jobs) < self.launcher.capacity():
            running = Counter(job.owner for job in self.jobs.values())
            ready = [
                (running[owner], run, owner) for run, owner in self._owned() if running[owner] < running_per_owner()
            ]
            if not ready:
                return
            _, run, owner = min(ready, key=lambda one: one[0])  # the first of equals is the oldest
            self.queue.remove(run)
            self.start(run, owner)

    def start(self, run: Path, owner: str) -> None:
        """Start a waiting run, unless it was stopped meanwhile."""
        try:
            state = read_state(run)
            if state.status != "queued":
                return
            attempt = take_lease(run)
        except DiskFullError as error:  # it still waits: the next scan tries again
            log(f"cannot start {run.name} yet: {error}")
            return
        except ExplorerError as error:  # the folder was damaged or deleted while it waited
            log(f"cannot start {run.name}: {error}")
            if run.is_dir():
                self.say(run, RunState().changed(status="failed", reason=f"No worker can be started: {error}"))
            return
        log(f"starts {run.name}, attempt {attempt}")
        self.launcher.start(run, attempt, Resources())
        self.jobs[run] = Job(owner, attempt)

    def say(self, run: Path, state: RunState) -> bool:
        """Write how a run stands; False where its folder cannot be written."""
        try:
            write_state(run, state)
        except ExplorerError as error:
            log(f"{run.name}: {error}")
            return False
        return True

    def _owned(self) -> list[tuple[Path, str]]:
        owned = []
        for run in list(self.queue):
            try:
                owned.append((run, read_info(run).owner))
            except ExplorerError:
                self.queue.remove(run)
        return owned


def log(sentence: str) -> None:
    """A line in the supervisor's log."""
    with suppress(OSError):  # on a full disk the log ends, not the supervisor
        print(time.strftime("%Y-%m-%d %H:%M:%S"), sentence, flush=True)


def main() -> None:
    """Supervise a folder of runs until there is nothing to do; end at once where another does it already."""
    parser = argparse.ArgumentParser(description="Start and look after the training runs of one folder.")
    parser.add_argument("--root", type=Path, required=True, help="the folder of runs")
    parser.add_argument("--idle", type=float, default=IDLE, help="seconds with nothing to do after which it ends")
    arguments = parser.parse_args()
    root: Path = arguments.root.absolute()
    root.mkdir(parents=True, exist_ok=True)
    # at once, without waiting for the workers as multiprocessing would: every file is whole at every moment
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    lock = Lock(root / SUPERVISOR_LOCK)
    launcher = LocalLauncher()
    while lock.acquire(patience=0.2):
        launcher.warm()
        supervisor = Supervisor(root, launcher)
        supervisor.run(arguments.idle)
        lock.release()
        if not supervisor.rung():  # whoever rings from now on finds the lock free, and starts another
            break
    os._exit(0)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


if __name__ == "__main__":
    main()
