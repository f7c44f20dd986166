"""After a power cut the newest files may be empty or full of zeros: the run goes on from its last checkpoint."""

from pathlib import Path

import pytest

from explorer.errors import ExplorerError
from explorer.training import Run
from explorer.training.run import ReadableRun
from explorer.training.state import RunState, read_lease, read_state, take_lease, write_state
from explorer.training.submit import launch
from explorer.training.supervisor import Supervisor
from explorer.training.worker import Worker, work
from tests.training.processes import small_config
from tests.training.test_supervisor import PaperLauncher, queued, round_of

LEFT = {"nothing": b"", "zeros": bytes(400), "half of it": b'{"status":"run'}
each_damage = pytest.mark.parametrize("left", LEFT.values(), ids=LEFT)


class PowerCutError(BaseException):
    """Nothing that a worker does about errors happens."""


def cut_off(root: Path) -> ReadableRun:
    """A run of 20 updates without a worker since its 7th, kept at its 4th."""
    run = Run.create(root, small_config(epochs=1))
    update = Worker.update

    def until_the_cut(worker: Worker) -> None:
        if worker.trainer.step_count == 7:
            raise PowerCutError
        update(worker)

    attempt = take_lease(run.path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Worker, "update", until_the_cut)
        with pytest.raises(PowerCutError):
            work(run.path, attempt)
    assert run.state().total == 20
    return run


def assert_finished(run: ReadableRun) -> None:
    state = read_state(run.path)
    assert state.status == "finished", state.reason
    assert list(run.metrics()["step"]) == list(range(21))


@each_damage
def test_a_run_whose_status_is_lost_is_resumed_from_its_checkpoint(
    root: Path, left: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.training.submit.wake", lambda root: None)
    run = cut_off(root)
    (run.path / "status.json").write_bytes(left)
    assert run.status == "interrupted"
    assert run.reason.startswith("status.json is damaged: ")
    assert run.reason.endswith("The last checkpoint can be resumed.")
    assert Run.open(run.path).steps == run.steps
    launch(run)
    assert read_state(run.path).status == "queued"
    work(run.path, take_lease(run.path))
    assert_finished(run)


@each_damage
def test_a_run_that_had_not_begun_is_broken_until_it_is_started_again(
    root: Path, left: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.training.submit.wake", lambda root: None)
    run = Run.create(root, small_config(epochs=1))
    write_state(run.path, RunState().changed(status="queued"))
    (run.path / "status.json").write_bytes(left)
    assert run.status == "broken"
    assert run.reason.endswith("Resume starts the training from its beginning.")
    run.resume()
    assert read_state(run.path).status == "queued"


def test_weights_without_a_checkpoint_are_never_trained_over(root: Path) -> None:
    run = cut_off(root)
    (run.path / "status.json").write_bytes(b"")
    (run.path / "checkpoint.safetensors").unlink()
    assert run.status == "broken"
    steps = run.steps
    with pytest.raises(ExplorerError, match=r"no checkpoint to resume from\. Train a new run with its settings"):
        launch(run)
    assert run.steps == steps


@each_damage
def test_a_waiting_run_whose_lease_is_lost_is_started(root: Path, left: bytes) -> None:
    launcher = PaperLauncher()
    run = queued(root)
    write_state(run, read_state(run).changed(attempt=4))
    (run / "lease.json").write_bytes(left)
    round_of(Supervisor(root, launcher))
    assert launcher.started == [run]
    assert read_lease(run).attempt > 4 + 3  # than that of any worker that may have died unseen
    assert Run.open(run).status == "interrupted"  # on paper there is no worker


@each_damage
def test_a_running_run_whose_lease_is_lost_is_interrupted(root: Path, left: bytes) -> None:
    run = cut_off(root)
    (run.path / "lease.json").write_bytes(left)
    assert run.status == "interrupted"


def test_a_waiting_run_that_cannot_be_started_says_why_instead_of_waiting(root: Path) -> None:
    launcher = PaperLauncher()
    run = queued(root)
    supervisor = Supervisor(root, launcher)
    supervisor.scan()
    (run / "lease.json").mkdir()
    supervisor.fill()
    assert launcher.started == []
    assert supervisor.queue == []
    assert read_state(run).status == "failed"
    assert "lease.json" in read_state(run).reason


def test_a_hole_in_the_records_is_closed_at_the_resume(root: Path) -> None:
    run = cut_off(root)
    for name in ("metrics.jsonl", "layers.jsonl"):
        content = (run.path / name).read_bytes()
        (run.path / name).write_bytes(content + bytes(5000) + b"\n")
    assert run.metrics()["step"].max() >= 4
    work(run.path, take_lease(run.path))
    assert_finished(run)
    assert bytes(9) not in (run.path / "metrics.jsonl").read_bytes()
    assert run.damage() == ""


@pytest.mark.parametrize("left", [b"", bytes(400), b"\x10" + bytes(7) + b'{"state": "none"}'])
def test_a_damaged_checkpoint_fails_the_run_with_a_sentence(root: Path, left: bytes) -> None:
    run = cut_off(root)
    (run.path / "checkpoint.safetensors").write_bytes(left)
    work(run.path, take_lease(run.path))
    assert run.status == "failed"
    assert run.reason.startswith("checkpoint.safetensors is damaged: ")


def test_a_checkpoint_of_another_network_fails_the_run_with_a_sentence(root: Path) -> None:
    run = cut_off(root)
    other = Run.create(root, small_config({"blocks": [{"channels": 7}]}, epochs=1))
    work(other.path, take_lease(other.path))
    (other.path / "checkpoint.safetensors").replace(run.path / "checkpoint.safetensors")
    work(run.path, take_lease(run.path))
    assert run.status == "failed"
    assert "checkpoint.safetensors does not fit the configuration" in run.reason
    assert run.reason.endswith("train a new run with the same settings.")
