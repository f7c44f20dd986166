"""The small files of a run: its owner, its status, and the attempt that may write it."""

import os
import platform
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from explorer.bounded_files import is_regular, read_bounded
from explorer.errors import ExplorerError, shortened
from explorer.training.files import write_whole
from explorer.training.folder import LARGEST, check_folder
from explorer.training.lines import MOST_STEPS
from explorer.training.lock import held
from explorer.training.snapshots import recorded_steps

Status = Literal["new", "queued", "running", "paused", "stopped", "finished", "failed", "interrupted", "broken"]

Count = Annotated[int, Field(ge=0, le=MOST_STEPS)]
Amount = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)  # every time zone can show them
LONGEST_REASON = 2000  # characters
UNKNOWN_ATTEMPT = 1000  # more attempts than a run whose lease is damaged has had
LEFT_OUT = "left_out.json"  # the files of a person's own that could not be used, each with the reason
REMOTE_SILENCE = 30.0  # seconds without a heartbeat after which a worker on another machine counts as dead


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, ser_json_inf_nan="constants")


class RunInfo(_Record):
    """``run.json``: written once."""

    id: str
    owner: str
    created: AwareDatetime = Field(ge=_FIRST, le=_LAST)


class RunState(_Record):
    """``status.json``: how a run stands.

    ``seconds`` counts training time without pauses, ``heartbeat`` is in seconds since 1970, ``parked`` is a pause that
    gave its place back, ``test_written`` is an encoder-decoder's share of whole answers that it writes freely,
    ``deaths`` counts workers that died since the run was last launched.
    """

    status: Status = "new"
    reason: str = ""
    step: Count = 0
    total: Count = 0
    epoch: Count = 0
    steps_per_second: Amount = 0.0
    examples_per_second: Amount = 0.0
    seconds: Amount = 0.0
    seconds_left: Amount | None = None
    device: str = ""
    learning_rate: Amount | None = None
    test_loss: float | None = None
    test_accuracy: float | None = Field(default=None, ge=0.0, le=1.0)
    test_written: float | None = Field(default=None, ge=0.0, le=1.0)
    attempt: Count = 0
    heartbeat: Amount = 0.0
    parked: bool = False
    deaths: Count = 0

    def changed(self, **values: Any) -> "RunState":
        """The same state with other values, and a heartbeat of now; a reason of pages is cut short."""
        if len(values.get("reason", "")) > LONGEST_REASON:
            values["reason"] = f"{values['reason'][:LONGEST_REASON]} …"
        return self.model_copy(update={"heartbeat": time.time(), **values})


class Lease(_Record):
    """``lease.json``: the one attempt that may write the run, and where it was started."""

    attempt: Count = 0
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
    """Reserve the next attempt for a worker that is about to start; earlier ones may write no more.

    A lease that a power cut emptied is replaced: no attempt before had so high a number.
    """
    state = read_state(run)
    try:
        attempt = max(read_lease(run).attempt, state.attempt) + 1
    except ExplorerError:
        attempt = state.attempt + UNKNOWN_ATTEMPT
    write_record(run / "lease.json", Lease(attempt=attempt, host=platform.node()))
    return attempt


def current_state(run: Path) -> RunState:
    """The status of a run; "interrupted" if its worker is dead, "broken" with the reason if its folder is damaged.

    A status that a power cut emptied is recovered: from the last checkpoint the run can be resumed.
    """
    try:
        check_folder(run)
    except ExplorerError as error:
        return RunState(status="broken", reason=str(error))
    try:
        return _current(run)
    except ExplorerError as error:
        return _recovered(run, str(error))


def _current(run: Path) -> RunState:
    state = read_state(run)
    if not under_worker(state) or worker_lives(run, state):
        return state
    # a worker writes its last word before it frees the lock: what is read now is final
    state = read_state(run)
    if not under_worker(state):
        return state
    reason = f"The worker ended unexpectedly at step {state.step} of {state.total}; the last checkpoint can be resumed."
    return state.model_copy(update={"status": "interrupted", "reason": reason, "seconds_left": None})


def _recovered(run: Path, fault: str) -> RunState:
    steps = recorded_steps(run)
    if not is_regular(run / "checkpoint.safetensors"):
        advice = "There is no checkpoint to resume from." if steps else "Resume starts the training from its beginning."
        return RunState(status="broken", reason=f"{fault} {advice}")
    reason = f"{fault} The last checkpoint can be resumed."
    return RunState(status="interrupted", reason=reason, step=steps[-1] if steps else 0)


def under_worker(state: RunState) -> bool:
    """True if only a living worker can be in this state."""
    return state.status == "running" or (state.status == "paused" and not state.parked)


def worker_lives(run: Path, state: RunState) -> bool:
    """True if a worker holds the run: by its lock on this machine, by a recent heartbeat on another."""
    if held(run / "lock"):
        return True
    try:
        elsewhere = read_lease(run).host not in ("", platform.node())
    except ExplorerError:  # emptied by a power cut, which no worker outlived
        return False
    return elsewhere and time.time() - state.heartbeat < REMOTE_SILENCE


def run_folders(root: Path) -> list[Path]:
    """The folders under a root that may be runs."""
    try:
        with os.scandir(root) as entries:
            return [Path(entry.path) for entry in entries if not entry.name.startswith(".") and _is_folder(entry)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ExplorerError(f"The folder of runs {root} cannot be read: {error.strerror}.") from error


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself, or a folder that went meanwhile
        return False


def _read(path: Path, kind: type[AnyRecord], absent: AnyRecord | None) -> AnyRecord:
    try:
        return kind.model_validate_json(read_bounded(path, LARGEST[path.name]))
    except FileNotFoundError:
        if absent is not None:
            return absent
        raise ExplorerError(f"{path.name} is missing.") from None
    except ValidationError as error:
        raise ExplorerError(f"{path.name} is damaged: {said(error)}") from error


def said(error: ValidationError) -> str:
    """The first fault that pydantic found in a file, and how many more there are."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"]))
    more = f" ({error.error_count() - 1:,} more faults follow)" if error.error_count() > 1 else ""
    return f"{shortened(place) + ': ' if place else ''}{first['msg']}{more}."


def aware_now() -> datetime:
    """Now, in the local time zone."""
    return datetime.now().astimezone()
