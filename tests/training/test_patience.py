"""Early stopping: a run ends after so many evaluations without a lower validation loss, whatever interrupts it."""

import math
from pathlib import Path

import pytest

from explorer import datasets, models
from explorer.config import RunConfig
from explorer.errors import ExplorerError
from explorer.training import Run, best_step, launch, train
from explorer.training.patience import Patience
from explorer.training.state import take_lease
from explorer.training.worker import Worker, work
from tests.training.processes import small_config
from tests.training.test_worker import assert_same, trained

NAN = math.nan


def lost_after(patience: int, losses: dict[int, float], first: int = 0) -> int | None:
    """The step of the evaluation after which the run ends; None where it goes on."""
    watch = Patience(patience, first)
    for step, loss in losses.items():
        watch.evaluated(step, loss)
        if watch.lost:
            return step
    return None


@pytest.mark.parametrize(
    ("patience", "losses", "end"),
    [
        (0, [3.0, 4.0, 5.0, 6.0], None),  # off
        (1, [3.0, 2.0, 1.0], None),
        (1, [3.0, 2.0, 2.1], 2),
        (2, [3.0, 2.0, 2.1], None),
        (2, [3.0, 2.0, 2.1, 2.2], 3),
        (2, [3.0, 2.0, 2.1, 1.9, 2.2], None),  # the counting begins again
        (2, [3.0, 2.0, 2.0, 2.0], 3),  # an equal loss is not a lower one
        (1, [3.0, NAN, 2.0], None),  # what is not a number says nothing
        (1, [3.0, math.inf], 1),
    ],
)
def test_a_run_ends_after_so_many_evaluations_in_a_row_without_a_lower_loss(
    patience: int, losses: list[float], end: int | None
) -> None:
    assert lost_after(patience, dict(enumerate(losses))) == end


def test_an_evaluation_within_the_first_epoch_can_be_the_best_and_counts_no_patience() -> None:
    assert lost_after(2, {0: 1.0, 1: 2.0, 2: 2.0, 4: 2.0, 8: 2.0, 16: 2.0}, first=8) == 16


def test_the_reason_names_the_best_step_and_its_loss() -> None:
    watch = Patience(2, 0)
    for step, loss in {0: 2.3, 1280: 0.04321, 1400: 0.05, 1520: 0.06}.items():
        watch.evaluated(step, loss)
    assert watch.reason == (
        "Stopped early: the validation loss was lowest at step 1,280 (0.04321), and 2 evaluations after it found none "
        "lower."
    )


def overfitting(patience: int = 0) -> RunConfig:
    """A rate so high that the validation loss soon rises."""
    return small_config(epochs=40, snapshots=40, learning_rate=0.1, schedule="constant", patience=patience)


@pytest.fixture(scope="module")
def early(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return trained(tmp_path_factory.mktemp("runs"), overfitting(patience=3))


def test_a_run_that_is_stopped_early_is_finished_says_why_and_is_measured_on_the_test_split(early: Run) -> None:
    state, rows = early.state(), early.metrics()
    assert state.status == "finished"
    assert state.step == rows["step"].max() < state.total
    assert state.test_accuracy is not None
    assert state.seconds_left is None
    checks = rows.dropna(subset=["validation_loss"]).set_index("step")["validation_loss"]
    assert checks.idxmin() == best_step(early)
    assert list(checks.index[-3:]) == [step for step in checks.index if step > checks.idxmin() and step >= 20][:3]
    assert f"lowest at step {checks.idxmin():,}" in state.reason
    assert {best_step(early), state.step} <= set(early.steps)  # both can be looked into


def test_a_run_without_patience_goes_on_to_its_last_step(tmp_path: Path) -> None:
    run = trained(tmp_path, overfitting())
    assert (run.state().step, run.state().reason) == (run.state().total, "")


def test_a_run_that_was_stopped_early_cannot_be_started_again(early: Run) -> None:
    with pytest.raises(ExplorerError, match=f"finished at step {early.state().step} of {early.state().total}"):
        launch(early)


def test_a_loop_without_a_run_folder_stops_at_the_same_step(early: Run) -> None:
    config = overfitting(patience=3)
    splits = datasets.load(config)
    for watched in (None, ()):
        steps = [r.step for r in train(models.build(config, splits), splits, config.training, watched)]
        assert steps == list(range(1, early.state().step + 1))


def test_single_steps_evaluate_every_update_and_do_not_change_when_a_run_ends(
    tmp_path: Path, early: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = Worker.update

    def stepped(worker: Worker) -> None:
        worker.requests.paused = True
        update(worker)
        worker.requests.paused = False

    monkeypatch.setattr(Worker, "update", stepped)
    run = trained(tmp_path, overfitting(patience=3))
    assert run.metrics()["validation_loss"].notna().all()
    assert run.state().reason == early.state().reason
    assert_same(run.weights(run.steps[-1]), early.weights(early.steps[-1]))


@pytest.mark.parametrize("after", ["rows", "checkpoint"])
def test_a_run_that_is_killed_at_any_evaluation_ends_at_the_same_step_with_the_same_weights(
    tmp_path: Path, early: Run, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    class Killed(BaseException):
        """Nothing in the worker may see it."""

    keep = Worker.keep

    def killed(worker: Worker) -> None:
        worker.recorder.flush() if after == "rows" else keep(worker)
        raise Killed

    run = Run.create(tmp_path, overfitting(patience=3))
    for _ in range(4 if after == "rows" else 60):
        with monkeypatch.context() as patch:
            patch.setattr(Worker, "keep", killed)
            try:
                work(run.path, take_lease(run.path))
            except Killed:
                continue
        break
    if run.status != "finished":
        work(run.path, take_lease(run.path))
    assert (run.status, run.state().reason) == ("finished", early.state().reason)
    assert list(run.metrics()["loss"][1:]) == list(early.metrics()["loss"][1:])
    assert_same(run.weights(run.steps[-1]), early.weights(early.steps[-1]))
