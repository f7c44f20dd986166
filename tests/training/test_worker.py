import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from explorer import datasets, models
from explorer.config import RunConfig, parse
from explorer.errors import ExplorerError
from explorer.training import Run, Trainer, best_step, evaluate, snapshot_steps, worker
from explorer.training.control import ask
from explorer.training.lock import Lock
from explorer.training.marks import rate_changes
from explorer.training.run import ReadableRun
from explorer.training.state import read_state, take_lease
from explorer.training.worker import work
from tests.training.processes import small_config, wait_for


def trained(root: Path, config: RunConfig) -> ReadableRun:
    run = Run.create(root, config)
    work(run.path, take_lease(run.path))
    return run


def plain_loop(config: RunConfig) -> tuple[list[float], dict[int, dict[str, Tensor]]]:
    """The losses and the weights after every step of a training that records nothing."""
    torch.set_num_threads(1)
    splits = datasets.load(config)
    trainer = Trainer(models.build(config, splits), splits, config.training)
    losses: list[float] = []
    weights: dict[int, dict[str, Tensor]] = {}
    while True:
        weights[trainer.step_count] = {name: t.clone() for name, t in trainer.model.state_dict().items()}
        if trainer.done:
            return losses, weights
        losses.append(trainer.step().loss)


@contextmanager
def at_work(run: ReadableRun) -> Iterator[threading.Thread]:
    """A worker in a thread: as long as the block, and then until it ends."""
    ask(run.path, "launch")
    thread = threading.Thread(target=work, args=(run.path, take_lease(run.path)))
    thread.start()
    try:
        yield thread
    finally:
        ask(run.path, "stop")
        thread.join()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> ReadableRun:
    return trained(tmp_path_factory.mktemp("runs"), small_config())


def assert_same(found: dict[str, Tensor], expected: dict[str, Tensor]) -> None:
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        assert torch.equal(found[name], tensor), name


def test_recording_does_not_change_what_is_learnt(finished: ReadableRun) -> None:
    assert finished.config is not None
    losses, weights = plain_loop(finished.config)
    assert list(finished.metrics()["loss"][1:]) == losses
    for step in finished.steps:
        assert_same(finished.weights(step), weights[step])
        model = finished.model(step)
        assert not any(module.training for module in model.modules())
        assert_same(model.state_dict(), weights[step])


def test_a_finished_run_has_a_row_an_update_and_the_untrained_network_first(finished: ReadableRun) -> None:
    assert finished.config is not None
    state, rows = finished.state(), finished.metrics()
    assert (state.status, state.reason, state.step, state.epoch) == ("finished", "", state.total, 2)
    assert list(rows["step"]) == list(range(state.total + 1))
    assert math.isnan(rows["loss"][0])
    splits = datasets.load(finished.config)
    untrained = evaluate(models.build(finished.config, splits), splits.validation)
    assert rows["validation_loss"][0] == pytest.approx(untrained.loss, rel=1e-6)
    assert rows["validation_accuracy"][0] == untrained.accuracy
    assert (rows["seconds"].diff()[1:] >= 0).all()
    assert list(rows["epoch"]) == [0] + [1] * (state.total // 2) + [2] * (state.total // 2)


def test_every_snapshot_has_its_validation_and_its_parameters(finished: ReadableRun) -> None:
    assert finished.config is not None
    rows, state = finished.metrics(), finished.state()
    assert finished.steps == list(snapshot_steps(state.total, finished.config.training.snapshots))
    assert list(rows["step"][rows["validation_loss"].notna()]) == finished.steps
    parameters = finished.parameter_steps()
    assert sorted(set(parameters["step"])) == finished.steps[1:]
    last = parameters[parameters["step"] == state.total].set_index("parameter")
    for name, parameter in finished.model(state.total).named_parameters():
        assert last["weight"][name] == pytest.approx(parameter.norm().item(), rel=1e-5)


def test_the_best_step_has_the_lowest_validation_loss_of_all_recorded_networks(finished: ReadableRun) -> None:
    splits = datasets.load(finished.config)
    losses = {step: evaluate(finished.model(step), splits.validation).loss for step in finished.steps}
    assert best_step(finished) == min(losses, key=lambda step: losses[step])


def test_the_test_split_is_measured_at_the_end(finished: ReadableRun) -> None:
    assert finished.config is not None
    splits = datasets.load(finished.config)
    model = finished.model(finished.steps[-1])
    with torch.no_grad():
        logits = model(splits.test.inputs)
    state = finished.state()
    assert state.test_loss == pytest.approx(torch.nn.functional.cross_entropy(logits, splits.test.targets).item(), 1e-5)
    assert state.test_accuracy == pytest.approx((logits.argmax(1) == splits.test.targets).double().mean().item())
    assert state.device == "cpu"


def test_a_recorded_network_opens_without_its_data_set(finished: ReadableRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(config: object) -> None:
        raise ExplorerError("not downloaded")

    monkeypatch.setattr(datasets, "load", unavailable)
    model = Run.open(finished.path).model(0)
    assert model(torch.zeros(2, 1, 8, 8)).shape == (2, 10)


def test_a_step_that_was_not_recorded_names_its_neighbours(finished: ReadableRun) -> None:
    first, second = finished.steps[-2:]
    with pytest.raises(ExplorerError, match=f"{first} and {second}"):
        finished.model(first + 1)


def test_nothing_in_the_folder_is_a_pickle(finished: ReadableRun) -> None:
    names = {file.relative_to(finished.path).as_posix() for file in finished.path.rglob("*") if file.is_file()}
    assert {name for name in names if not name.endswith((".json", ".jsonl", ".safetensors"))} <= {"lock", "log.txt"}
    assert {"config.json", "run.json", "data.json", "metrics.jsonl", "layers.jsonl", "status.json"} <= names
    json.loads((finished.path / "data.json").read_text())


def test_a_worker_leaves_a_run_that_another_holds(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LOCK_PATIENCE", 0.0)
    run = Run.create(root, small_config())
    lock = Lock(run.path / "lock")
    assert lock.acquire()
    work(run.path, take_lease(run.path))
    lock.release()
    assert run.status == "new"


def test_a_worker_leaves_when_the_lease_names_another_attempt(root: Path) -> None:
    run = Run.create(root, small_config())
    earlier = take_lease(run.path)
    take_lease(run.path)
    work(run.path, earlier)
    assert run.status == "new"


def test_pause_step_learning_rate_and_stop_are_obeyed_and_the_rest_goes_on_from_there(root: Path) -> None:
    run = Run.create(root, small_config(epochs=100, schedule="constant"))
    with at_work(run) as thread:
        wait_for(lambda: run.state().step > 5)
        run.pause()
        wait_for(lambda: run.status == "paused")
        held = run.state().step
        assert held in run.steps  # what is paused can be looked into
        assert run.metrics()["validation_loss"].notna().iloc[-1]

        run.step_once()
        wait_for(lambda: run.state().step > held)
        run.set_learning_rate(0.0123)
        wait_for(lambda: run.state().learning_rate == 0.0123)
        assert (run.state().step, run.status) == (held + 1, "paused")
        assert held + 1 in run.steps
        assert held + 1 in set(run.parameter_steps()["step"])

        run.resume()
        wait_for(lambda: run.status == "running" and run.state().step > held + 10)
        run.stop()
        thread.join()
    state = run.state()
    assert state.status == "stopped"
    assert f"step {state.step} of {state.total}" in state.reason
    assert state.step in run.steps
    rows = run.metrics()
    assert list(rows["step"]) == list(range(state.step + 1))
    assert set(rows["learning_rate"][1 : held + 2]) == {0.003}
    assert set(rows["learning_rate"][held + 2 :]) == {0.0123}

    with at_work(run):
        wait_for(lambda: run.status == "running" and run.state().step > state.step)
    assert list(run.metrics()["step"]) == list(range(run.state().step + 1))
    assert run.metrics()["learning_rate"].iloc[-1] == 0.0123


def test_after_a_rate_set_by_hand_the_schedule_goes_on_as_if_it_had_never_been_left(root: Path) -> None:
    run = Run.create(root, small_config(epochs=100, learning_rate=0.1, schedule="cosine"))
    with at_work(run):
        wait_for(lambda: run.state().step > 5)
        run.pause()
        wait_for(lambda: run.status == "paused")
        first = run.state().step + 1
        run.set_learning_rate(0.0123)
        for _ in range(2):
            run.step_once()
        wait_for(lambda: run.state().step == first + 1)
    with at_work(run):  # the worker that makes the next update is another one
        ask(run.path, "pause")
        wait_for(lambda: run.status == "paused")
        last = run.state().step
        run.follow_schedule()
        wait_for(lambda: run.state().learning_rate != 0.0123)
        run.step_once()
        wait_for(lambda: run.state().step == last + 1)
    rows, total = run.metrics().set_index("step"), run.state().total
    for step, rate in rows["learning_rate"][1:].items():
        assert isinstance(step, int)
        cosine = 0.05 * (1 + math.cos(math.pi * (step - 1) / total))
        assert rate == (0.0123 if first <= step <= last else pytest.approx(cosine, rel=1e-12))
    assert rate_changes(run.metrics()) == [(first, 0.0123), (last + 1, None)]


def test_a_stopped_and_resumed_run_ends_as_if_it_had_never_stopped(root: Path) -> None:
    config = small_config(epochs=30)
    run = Run.create(root, config)
    for threshold in (3, 60, 200):
        with at_work(run):
            wait_for(lambda threshold=threshold: run.state().step > threshold)  # type: ignore[misc]
    ask(run.path, "launch")
    work(run.path, take_lease(run.path))
    losses, weights = plain_loop(config)
    assert run.status == "finished"
    assert list(run.metrics()["loss"][1:]) == losses
    assert_same(run.weights(run.steps[-1]), weights[len(losses)])


def test_a_step_of_a_running_run_pauses_it(root: Path) -> None:
    run = Run.create(root, small_config(epochs=100))
    with at_work(run):
        wait_for(lambda: run.state().step > 0)
        run.step_once()
        wait_for(lambda: run.status == "paused")
        assert run.state().step in run.steps


def test_a_run_that_is_resumed_right_after_a_single_step_says_that_it_trains(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update, pause, look = worker.Worker.update, worker.Worker.pause, worker.Worker.look
    said: list[str] = []

    def and_stepped(trainer: worker.Worker) -> bool:
        ask(trainer.run, "step")
        return pause(trainer)

    def then_resumed(trainer: worker.Worker) -> None:
        said.append(read_state(trainer.run).status)
        update(trainer)
        if len(said) == 1:
            ask(trainer.run, "resume")

    monkeypatch.setattr(worker.Worker, "look", lambda trainer, every=0.0: look(trainer, 0.0))
    monkeypatch.setattr(worker.Worker, "update", then_resumed)
    monkeypatch.setattr(worker.Worker, "pause", and_stepped)
    run = Run.create(root, small_config(epochs=1))
    ask(run.path, "pause")
    work(run.path, take_lease(run.path))
    assert said == ["paused"] + ["running"] * (run.state().total - 1)


def test_a_long_pause_gives_its_place_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "PARK", 0.1)
    run = Run.create(root, small_config(epochs=100))
    with at_work(run) as thread:
        wait_for(lambda: run.state().step > 0)
        run.pause()
        thread.join()
        assert (run.status, run.state().parked) == ("paused", True)
        assert (run.path / "checkpoint.safetensors").exists()


def test_a_loss_that_is_not_finite_fails_the_run_with_advice_and_keeps_its_rows(root: Path) -> None:
    config = small_config(
        model={"batch_norm": False, "activation": "elu", "head_size": 64},
        optimizer="sgd",
        learning_rate=1.0,
        momentum=0.99,
        schedule="constant",
        epochs=50,
    )
    run = trained(root, config)
    rows = run.metrics()
    assert run.status == "failed"
    last = int(rows["step"].iloc[-1])
    assert f"step {last} is not a finite number (learning rate 1)" in run.reason
    assert "lower learning rate, such as 0.1" in run.reason
    assert "clip" in run.reason
    assert rows["loss"][1:-1].map(math.isfinite).all()
    assert not math.isfinite(rows["loss"].iloc[-1])
    assert run.state().step == last


def test_a_fault_that_a_person_can_mend_fails_the_run_with_its_own_words(root: Path) -> None:
    run = trained(root, parse({"dataset": {"name": "image_folder", "path": "/nowhere/at/all"}}))
    assert run.status == "failed"
    assert "/nowhere/at/all" in run.reason
    assert "log.txt" not in run.reason


def test_a_model_that_does_not_fit_the_data_fails_the_run(root: Path) -> None:
    run = trained(root, parse({"model": {"blocks": [{"kernel_size": 11, "padding": 0}]}}))
    assert run.status == "failed"
    assert "11x11 kernel" in run.reason


def test_an_unexpected_fault_is_told_in_full_in_the_log(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(config: object) -> Any:
        raise RuntimeError("boom")

    monkeypatch.setattr(datasets, "load", broken)
    run = trained(root, small_config())
    assert run.status == "failed"
    assert run.reason == "unexpected RuntimeError: boom; see log.txt"
    log = (run.path / "log.txt").read_text()
    assert "Traceback" in log
    assert "boom" in log


def test_a_failed_run_can_go_on_with_another_learning_rate(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run.create(root, small_config())
    load = datasets.load
    monkeypatch.setattr(datasets, "load", lambda config: 1 / 0)
    work(run.path, take_lease(run.path))
    assert run.reason.startswith("unexpected ZeroDivisionError")
    monkeypatch.setattr(datasets, "load", load)
    run.set_learning_rate(0.5)
    ask(run.path, "launch")
    work(run.path, take_lease(run.path))
    assert run.status == "finished"
    assert set(run.metrics()["learning_rate"][1:]) == {0.5}


def test_a_killed_writers_torn_row_is_cut_at_the_resume(root: Path) -> None:
    config = small_config(epochs=30)
    run = Run.create(root, config)
    with at_work(run):
        wait_for(lambda: run.state().step > 30)
    stopped = run.state().step
    with (run.path / "metrics.jsonl").open("ab") as file:  # what a worker had written after its last checkpoint
        file.write(json.dumps({"step": stopped + 1, "epoch": 9, "loss": 9.0}).encode() + b"\n" + b'{"step": 9')
    ask(run.path, "launch")
    work(run.path, take_lease(run.path))
    assert list(run.metrics()["loss"][1:]) == plain_loop(config)[0]
    assert read_state(run.path).attempt == 2


def test_a_resume_with_other_data_is_refused_and_every_recorded_step_still_opens(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run.create(root, small_config(epochs=2))
    ask(run.path, "stop")
    work(run.path, take_lease(run.path))
    assert read_state(run.path).status == "stopped"
    load = datasets.load

    def with_another_class(config: RunConfig) -> Any:
        splits = load(config)
        return replace(splits, class_names=(*splits.class_names, "new"))

    monkeypatch.setattr(datasets, "load", with_another_class)
    work(run.path, take_lease(run.path))
    state = read_state(run.path)
    assert state.status == "failed"
    assert "The data set has changed since the run began (class_names)" in state.reason
    for step in run.steps:
        assert run.model(step)
