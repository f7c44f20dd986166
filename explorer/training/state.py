"""The small files of a run: its owner, its status, and the attempt that may write it."""

import os
import platform
import time
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from explorer.errors import ExplorerError
from explorer.training.files import write_whole
from explorer.training.lock import held

Status = Literal["new", "queued", "running", "paused", "stopped", "finished", "failed", "interrupted", "broken"]

REMOTE_SILENCE = 30.0  # seconds without a heartbeat after which a worker on another machine counts as dead


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, ser_json_inf_nan="constants")


class RunInfo(_Record):
    """``run.json``: written once."""

    id: str
    owner: str
    created: AwareDatetime


class RunState(_Record):
    """``status.json``: how a run stands.

    ``seconds`` counts training time without pauses, ``heartbeat`` is in seconds since 1970, ``parked`` is a pause that
    gave its place back, ``deaths`` counts workers that died since the run was last launched.
    """

    status: Status = "new"
    reason: str = ""
    step: int = 0
    total: int = 0
    epoch: int = 0
    steps_per_second: float = 0.0
    examples_per_second: float = 0.0
    seconds: float = 0.0
    seconds_left: float | None = None
    device: str = ""
    learning_rate: float | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None
    attempt: int = 0
    heartbeat: float = 0.0
    parked: bool = False
    deaths: int = 0

    def changed(self, **values: Any) -> "RunState":
        """The same state with other values, and a heartbeat of now."""
        return self.model_copy(update={"heartbeat": time.time(), **values})


class Lease(_Record):
    """``lease.json``: the one attempt that may write the run, and where it was started."""

    attempt: int = 0
    host: str = ""


AnyRecord = TypeVar("AnyRecord", bound=_Record)


def read_info(run: Path) -> RunInfo:
    """Who a run is.

    Raises:
        ExplorerError: where run.json is missing or damaged.
    """
    return _read(run / "run.json", RunInfo, None)


def read_state(run: Path) -> RunState:
    """The status that the run last wrote; a killed worker cannot write it, see :func:`current_state`.

    Raises:
        ExplorerError: where status.json is damaged.
    """
    return _read(run / "status.json", RunState, RunState())


def read_lease(run: Path) -> Lease:
    """The attempt that may write a run."""
    return _read(run / "lease.json", Lease, Lease())


def write_record(path: Path, record: _Record) -> None:
    """Write one of the small files."""
    write_whole(path, record.model_dump_json().encode())


def write_state(run: Path, state: RunState) -> None:
    """Say how a run stands."""
    write_record(run / "status.json", state)


def take_lease(run: Path) -> int:
    """Reserve the next attempt for a worker that is about to start; earlier ones may write no more."""
    attempt = max(read_lease(run).attempt, read_state(run).attempt) + 1
    write_record(run / "lease.json", Lease(attempt=attempt, host=platform.node()))
    return attempt


def current_state(run: Path) -> RunState:
    """The status of a run; "interrupted" if its worker is dead."""
    state = read_state(run)
    if not under_worker(state) or worker_lives(run, state):
        return state
    # a worker writes its last word before it frees the lock: what is read now is final
    state = read_state(run)
    if not under_worker(state):
        return state
    reason = f"The worker ended unexpectedly at step {state.step} of {state.total}; the last checkpoint can be resumed."
    return state.model_copy(update={"status": "interrupted", "reason": reason, "seconds_left": None})


def under_worker(state: RunState) -> bool:
    """True if only a living worker can be in this state."""
    return state.status == "running" or (state.status == "paused" and not state.parked)


def worker_lives(run: Path, state: RunState) -> bool:
    """True if a worker holds the run: by its lock on this machine, by a recent heartbeat on another."""
    if held(run / "lock"):
        return True
    elsewhere = read_lease(run).host not in ("", platform.node())
    return elsewhere and time.time() - state.heartbeat < REMOTE_SILENCE


def run_folders(root: Path) -> list[Path]:
    """The folders under a root that may be runs."""
    try:
        with os.scandir(root) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir() and not entry.name.startswith(".")]
    except FileNotFoundError:
        return []


def _read(path: Path, kind: type[AnyRecord], absent: AnyRecord | None) -> AnyRecord:
    try:
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        if absent is not None:
            return absent
        raise ExplorerError(f"{path.name} is missing.") from None
    except OSError as error:
        raise ExplorerError(f"{path.name} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise ExplorerError(f"{path.name} is damaged: {place + ': ' if place else ''}{first['msg']}.") from error


def aware_now() -> datetime:
    """Now, in the local time zone."""
    return datetime.now().astimezone()
