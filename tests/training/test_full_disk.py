"""A full disk: nothing is torn, the person is told what takes the room, and a training goes on where it can."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from explorer.config import RunConfig
from explorer.datasets.uploads import keep_text
from explorer.errors import DiskFullError, ExplorerError, room_for
from explorer.training import Run, files, launch
from explorer.training.files import append, write_whole
from explorer.training.lock import Lock, held
from explorer.training.state import RunState, read_state, take_lease, write_state
from explorer.training.submit import SUPERVISOR_LOCK
from explorer.training.supervisor import Supervisor
from explorer.training.worker import work
from tests.training.processes import small_config
from tests.training.test_supervisor import PaperLauncher, queued, round_of
from tests.training.test_worker import assert_same, plain_loop

FULL = Path("/dev/full")  # a device on which every write finds no room
pytestmark = pytest.mark.skipif(not FULL.is_char_device(), reason="only Linux has a device that is always full")


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can be replaced or made longer."""

    def aside(path: Path) -> Path:
        link = path.with_name(f".{path.name}.full.full")
        link.symlink_to(FULL)
        return link

    def refuse(path: Path, content: bytes) -> None:
        with room_for(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "aside_of", aside)
        for module in ("control", "recorder", "worker"):
            patch.setattr(f"explorer.training.{module}.append", refuse)
        yield


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_sentence_names_the_free_room_and_what_takes_it(tmp_path: Path) -> None:
    run = tmp_path / "runs" / "one"
    run.mkdir(parents=True)
    (run / "run.json").write_text("{}")
    (run / "weights").write_bytes(b"0" * 3_000_000)
    message = r"status.json: [\d.,]+ MB are free, and .*/runs takes 3 MB. Delete what you no longer need"
    with pytest.raises(DiskFullError, match=message), room_for(run / "status.json"):
        FULL.write_bytes(b"a word")


def test_another_fault_of_the_disk_is_not_called_a_full_one(tmp_path: Path) -> None:
    with pytest.raises(ExplorerError, match="Is a directory") as folder:
        write_whole(tmp_path, b"content")
    with pytest.raises(ExplorerError, match="No such file") as nowhere:
        append(tmp_path / "nowhere" / "lines", b"content")
    assert not any(isinstance(error.value, DiskFullError) for error in (folder, nowhere))


def test_a_file_for_which_there_is_no_room_keeps_its_old_content(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    write_whole(path, b"old")
    with full_disk(), pytest.raises(DiskFullError):
        write_whole(path, b"new")
    assert contents(tmp_path) == {"status.json": b"old"}


@pytest.mark.parametrize("room", [0, 1, 7])
def test_lines_for_which_there_is_too_little_room_are_not_torn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    path = tmp_path / "lines"
    append(path, b"first\n")
    left = [room]
    opened = os.fdopen

    class Device:
        """The file on a disk with room for some bytes."""

        def __init__(self, file: Any) -> None:
            self.file = file

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

        def __enter__(self) -> "Device":
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()

        def write(self, content: bytes) -> int:
            if not left[0]:
                raise OSError(errno.ENOSPC, "No space left on device")
            taken, left[0] = content[: left[0]], max(0, left[0] - len(content))
            return int(self.file.write(taken))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fdopen", lambda *given, **named: Device(opened(*given, **named)))
        with pytest.raises(DiskFullError):
            append(path, b"second\nthird\n")
    assert path.read_bytes() == b"first\n"
    append(path, b"fourth\n")
    assert path.read_bytes() == b"first\nfourth\n"


# ── what a person presses ────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def deaf_root(root: Path) -> Path:
    root.mkdir()
    assert Lock(root / SUPERVISOR_LOCK).acquire()
    return root


PRESSED: dict[str, tuple[RunState, Callable[[Run], object]]] = {
    "Train": (RunState(), launch),
    "Resume": (RunState(status="stopped", step=7, total=40), Run.resume),
    "Resume after a pause": (RunState(status="paused", parked=True, total=40), Run.resume),
    "Pause": (RunState(status="queued"), Run.pause),
    "Step": (RunState(status="paused", parked=True), Run.step_once),
    "Stop": (RunState(status="queued"), Run.stop),
    "Learning rate": (RunState(status="queued"), lambda run: run.set_learning_rate(0.01)),
    "Back to the schedule": (RunState(status="queued"), Run.follow_schedule),
}


@pytest.mark.parametrize("name", PRESSED)
def test_a_button_on_a_full_disk_says_so_changes_nothing_and_works_again_with_room(deaf_root: Path, name: str) -> None:
    state, press = PRESSED[name]
    run = Run.create(deaf_root, small_config())
    write_state(run.path, state)
    before = contents(run.path)
    with full_disk(), pytest.raises(DiskFullError, match="MB are free"):
        press(run)
    after = contents(run.path)
    assert {name: after[name] for name in before} == before
    assert not held(run.path / "start.lock")
    press(run)


def test_a_run_that_cannot_be_written_leaves_nothing(deaf_root: Path) -> None:
    before = sorted(deaf_root.iterdir())
    with full_disk(), pytest.raises(DiskFullError):
        Run.create(deaf_root, small_config())
    assert sorted(deaf_root.iterdir()) == before


def test_an_upload_that_cannot_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_UPLOADS", str(tmp_path))
    opened = Path.open

    def on_full_disk(path: Path, mode: str = "r", *rest: Any, **named: Any) -> Any:
        if mode == "xb":
            opened(path, mode).close()
            return opened(FULL, "wb")
        return opened(path, mode, *rest, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", on_full_disk)
        with pytest.raises(DiskFullError, match=r"rhyme.txt"):
            keep_text(b"Ring a ring o' roses", "rhyme.txt")
    assert list(tmp_path.iterdir()) == []
    assert keep_text(b"Ring a ring o' roses", "rhyme.txt").name == "rhyme.txt"


# ── what goes on by itself ───────────────────────────────────────────────────────────────────────────────────────────
def test_the_supervisor_lives_on_and_concludes_a_dead_run_once_there_is_room(root: Path) -> None:
    launcher = PaperLauncher()
    run = queued(root)
    supervisor = Supervisor(root, launcher)
    with full_disk():
        round_of(supervisor)
    assert launcher.started == []
    round_of(supervisor)
    launcher.end(run, status=None)
    with full_disk():
        round_of(supervisor)
    assert read_state(run).deaths == 0
    round_of(supervisor)
    assert (read_state(run).deaths, launcher.started) == (1, [run, run])


def trained_on_a_disk_that_is_full(root: Path, monkeypatch: pytest.MonkeyPatch, config: RunConfig, steps: range) -> Run:
    """A run that was trained while the disk was full from one step to another."""
    from explorer.training.worker import Worker

    run = Run.create(root, config)
    update = Worker.update
    monkeypatch.setattr("explorer.training.worker.FLUSH", 0.0)  # rows and status after every update

    def updated(worker: Worker) -> None:
        if worker.trainer.step_count in steps:
            with full_disk():
                update(worker)
        else:
            update(worker)

    monkeypatch.setattr(Worker, "update", updated)
    work(run.path, take_lease(run.path))
    return run


def test_a_training_goes_on_and_its_rows_are_written_when_there_is_room(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = small_config()
    run = trained_on_a_disk_that_is_full(root, monkeypatch, config, range(5, 25))
    assert (run.status, run.reason) == ("finished", "")
    losses, weights = plain_loop(config)
    rows = run.metrics()
    assert list(rows["loss"][1:]) == losses
    assert list(rows["step"]) == list(range(len(losses) + 1))
    assert rows["step"].is_unique
    missing = [step for step in run.steps if 5 < step <= 25]
    assert missing == []  # weights that there was no room for are left out
    assert_same(run.weights(run.steps[-1]), weights[len(losses)])
    assert not list(run.path.rglob(".*"))


def test_a_training_waits_for_room_with_its_last_word(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = small_config()
    losses, weights = plain_loop(config)
    run = trained_on_a_disk_that_is_full(root, monkeypatch, config, range(len(losses) - 1, len(losses)))
    assert run.status == "finished"
    assert_same(run.weights(len(losses)), weights[len(losses)])
