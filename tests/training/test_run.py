import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from explorer.config import RunConfig, parse
from explorer.errors import ExplorerError
from explorer.training import Run
from explorer.training.control import Action
from explorer.training.run import ReadableRun
from explorer.training.state import RunState, Status, read_state, write_state
from tests.training.processes import small_config


def commands(run: ReadableRun) -> list[tuple[Action, float | None]]:
    lines = (run.path / "control.jsonl").read_text().splitlines()
    return [(json.loads(line)["action"], json.loads(line).get("value")) for line in lines]


def in_state(run: ReadableRun, status: Status, **values: object) -> ReadableRun:
    write_state(run.path, RunState().changed(status=status, **values))
    return run


def test_a_new_run_is_a_folder_named_by_date_data_set_and_model(root: Path) -> None:
    run = Run.create(root, small_config(), owner="ada")
    date, time, dataset, model, code = run.id.split("-")
    assert datetime.strptime(date + time, "%Y%m%d%H%M%S")
    assert (dataset, model, len(code)) == ("digits", "cnn", 4)
    assert run.path == root / run.id
    assert abs(datetime.now(UTC) - run.created) < timedelta(minutes=1)
    assert (run.owner, run.status, run.reason, run.steps) == ("ada", "new", "", [])
    assert run.metrics().empty
    assert run.parameter_steps().empty
    assert not list(root.glob(".*"))


def test_an_opened_run_is_the_one_that_was_created(root: Path) -> None:
    config = parse({"dataset": {"name": "shapes", "examples": 500}, "training": {"epochs": 3}})
    created = Run.create(root, config, owner="ada")
    for opened in (Run.open(created.path), Run.open(str(created.path)), *Run.list(root)):
        assert opened.config == config
        assert (opened.id, opened.owner, opened.created) == (created.id, created.owner, created.created)


def test_runs_made_in_one_moment_have_different_names(root: Path) -> None:
    assert len({Run.create(root, small_config()).id for _ in range(30)}) == 30


def test_runs_are_listed_newest_first(root: Path) -> None:
    ids = [Run.create(root, small_config()).id for _ in range(3)]
    assert [run.id for run in Run.list(root)] == ids[::-1]


def test_a_missing_root_has_no_runs(tmp_path: Path) -> None:
    assert Run.list(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("config.json", "{garbage", "not a JSON file"),
        ("config.json", "[]", "JSON object"),
        ("config.json", '{"training": {"epochz": 3}}', "Did you mean epochs"),
        ("config.json", '{"training": {"epochs": 0}}', "1 to 500"),
        ("config.json", None, "no configuration file"),
        ("run.json", "{garbage", "run.json is damaged"),
        ("run.json", None, "run.json is missing"),
        ("status.json", "{garbage", "status.json is damaged"),
        ("status.json", '{"status": "dancing"}', "status"),
    ],
)
def test_a_broken_folder_is_listed_with_the_reason_and_cannot_be_opened(
    root: Path, file: str, content: str | None, reason: str
) -> None:
    whole, broken = Run.create(root, small_config()), Run.create(root, small_config())
    if content is None:
        (broken.path / file).unlink()
    else:
        (broken.path / file).write_text(content)
    listed = {run.id: run for run in Run.list(root)}
    assert listed[whole.id].status == "new"
    assert listed[broken.id].status == "broken"
    assert reason in listed[broken.id].reason
    assert listed[broken.id].title
    with pytest.raises(ExplorerError, match=reason):
        Run.open(broken.path)


def test_stray_files_and_hidden_folders_are_no_runs(root: Path) -> None:
    run = Run.create(root, small_config())
    (root / "notes.txt").write_text("mine")
    (root / ".hidden").mkdir()
    assert [found.id for found in Run.list(root)] == [run.id]


def test_a_missing_folder_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(ExplorerError, match="no run at"):
        Run.open(tmp_path / "nowhere")


def test_a_run_whose_worker_is_gone_is_interrupted(root: Path) -> None:
    run = in_state(Run.create(root, small_config()), "running", step=7, total=40)
    assert run.status == "interrupted"
    assert "step 7 of 40" in run.reason


def test_a_parked_pause_needs_no_worker(root: Path) -> None:
    run = in_state(Run.create(root, small_config()), "paused", parked=True)
    assert run.status == "paused"


def test_the_network_of_a_run_that_never_started_cannot_be_asked_for(root: Path) -> None:
    run = Run.create(root, small_config())
    with pytest.raises(ExplorerError, match="No weights were recorded yet"):
        run.model(0)


def test_commands_are_appended_in_order(root: Path) -> None:
    run = in_state(Run.create(root, small_config()), "paused", parked=True)
    run.set_learning_rate(0.01)
    run.stop()
    assert commands(run) == [("learning_rate", 0.01), ("stop", None)]


def test_a_run_that_waits_is_paused_and_stopped_without_a_worker(root: Path) -> None:
    run = in_state(Run.create(root, small_config()), "queued")
    run.pause()
    assert (run.status, run.state().parked) == ("paused", True)
    run.stop()
    assert run.status == "stopped"


def test_an_interrupted_run_can_be_given_up(root: Path) -> None:
    run = in_state(Run.create(root, small_config()), "running")
    run.stop()
    assert read_state(run.path).status == "stopped"


@pytest.mark.parametrize("rate", [0.0, -1.0, 1.5, 1e-7, float("nan"), float("inf")])
def test_a_learning_rate_out_of_its_bounds_is_refused_with_the_bounds(root: Path, rate: float) -> None:
    run = in_state(Run.create(root, small_config()), "paused", parked=True)
    with pytest.raises(ExplorerError, match="from 1e-06 to 1"):
        run.set_learning_rate(rate)
    assert not (run.path / "control.jsonl").exists()


@pytest.mark.parametrize("command", [Run.pause, Run.resume, Run.step_once, Run.stop])
@pytest.mark.parametrize("status", ["new", "finished"])
def test_a_command_that_makes_no_sense_now_is_refused_with_the_status(root: Path, command: object, status: str) -> None:
    run = in_state(Run.create(root, small_config()), status)  # type: ignore[arg-type]
    with pytest.raises(ExplorerError, match=f"The run is {status}"):
        command(run)  # type: ignore[operator]


def test_a_finished_run_keeps_its_learning_rate(root: Path) -> None:
    run = in_state(Run.create(root, small_config()), "finished")
    with pytest.raises(ExplorerError, match="finished"):
        run.set_learning_rate(0.1)
    with pytest.raises(ExplorerError, match="a return to the schedule is possible while it is new"):
        run.follow_schedule()


def test_a_broken_run_says_so_when_it_is_asked_for_anything(root: Path) -> None:
    run = Run.create(root, small_config())
    (run.path / "config.json").write_text("{")
    (broken,) = Run.list(root)
    for command in (broken.pause, broken.resume, broken.step_once, broken.stop, lambda: broken.model(0)):
        with pytest.raises(ExplorerError):
            command()


def test_the_configuration_file_is_plain_json_with_every_value(root: Path) -> None:
    config = small_config()
    run = Run.create(root, config)
    assert RunConfig.model_validate(json.loads((run.path / "config.json").read_text())) == config
    written = json.loads((run.path / "config.json").read_text())
    assert written["training"]["learning_rate"] == config.training.learning_rate


def test_a_copied_run_folder_is_the_same_run_elsewhere(root: Path, tmp_path: Path) -> None:
    run = Run.create(root, small_config())
    copy = Path(shutil.copytree(run.path, tmp_path / "elsewhere" / run.id))
    assert Run.open(copy).config == run.config
