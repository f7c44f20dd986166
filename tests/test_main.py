import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from explorer import __main__ as command_line
from explorer.command import flags, follow
from explorer.config import DigitsData, LstmModel, TrainingConfig, parse, recommended_training
from explorer.places import APP
from explorer.training import Run
from explorer.training.lock import Lock
from explorer.training.state import RunState, take_lease, write_state
from explorer.training.submit import SUPERVISOR_LOCK
from explorer.training.worker import work
from tests.training.processes import end_processes, small_config, wait_for

SMALL = ["--model.blocks", '[{"channels": 4}]', "--model.head_size", "0", "--training.batch_size", "64"]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "runs"
    monkeypatch.setenv("EXPLORER_RUNS", str(folder))
    yield folder
    end_processes(folder)


@pytest.fixture
def waiting_room(root: Path) -> Iterator[Path]:
    """A root whose supervisor is held off, so that runs stay queued."""
    root.mkdir()
    lock = Lock(root / SUPERVISOR_LOCK)
    assert lock.acquire()
    yield root
    lock.release()


def test_flags_become_the_runs_configuration(waiting_room: Path) -> None:
    given = [
        "--dataset",
        "shapes",
        "--dataset.examples",
        "500",
        "--model.dropout",
        "0.2",
        "--model.batch_norm",
        "false",
    ]
    assert command_line.main(["train", "--no-follow", *given, "--training.epochs=3", *SMALL]) == 0
    (run,) = Run.list(waiting_room)
    assert run.status == "queued"
    assert run.config == parse(
        {
            "dataset": {"name": "shapes", "examples": 500},
            "model": {"dropout": 0.2, "batch_norm": False, "blocks": [{"channels": 4}], "head_size": 0},
            "training": {"epochs": 3, "batch_size": 64},
        }
    )


def test_a_model_that_is_not_named_and_a_training_that_is_not_given_suit_the_data(waiting_room: Path) -> None:
    given = ["--dataset", "adding", "--model.hidden_size", "8", "--training.epochs", "2"]
    assert command_line.main(["train", "--no-follow", *given]) == 0
    (run,) = Run.list(waiting_room)
    assert run.config is not None
    assert run.config.model == LstmModel(hidden_size=8)
    recommended = recommended_training("adding")
    assert run.config.training == recommended.model_copy(update={"epochs": 2})


def test_what_was_done_to_the_rows_of_ones_own_file_is_said_first(
    waiting_room: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "given.csv"
    file.write_text("year,rain,value\n" + "".join(f"{2000 - row},{row % 5},{row % 7}\n" for row in range(60)))
    given = ["--dataset", "series", "--dataset.path", str(file), "--dataset.also_read", '["rain"]']
    assert command_line.main(["train", "--no-follow", *given, "--dataset.window", "4"]) == 0
    assert capsys.readouterr().out.startswith("The file has its newest row first: the rows are sorted by 'year'")
    (run,) = Run.list(waiting_room)
    assert run.config is not None
    assert run.config.dataset.model_dump()["also_read"] == ("rain",)


def test_a_file_that_can_be_read_in_several_ways_is_asked_and_no_run_is_made(
    waiting_room: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "given.csv"
    file.write_text("day;value\n" + "".join(f"{row};1,{row:03d}\n" for row in range(60)))
    given = ["train", "--no-follow", "--dataset", "series", "--dataset.path", str(file), "--dataset.window", "4"]
    assert command_line.main(given) == 2
    assert "choose the decimal sign, point or comma" in capsys.readouterr().err
    assert Run.list(waiting_room) == []
    assert command_line.main([*given, "--dataset.decimal_sign", "comma"]) == 0


def test_flags_change_what_a_file_says(waiting_room: Path, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"dataset": {"name": "shapes", "clutter": 0.7}, "training": {"epochs": 9, "seed": 4}}))
    assert command_line.main(["train", "--no-follow", "--config", str(file), "--training.epochs", "2"]) == 0
    assert command_line.main(["train", "--no-follow", "--config", str(file), "--dataset", "digits"]) == 0
    digits, shapes = Run.list(waiting_room)
    assert shapes.config == parse({"dataset": {"name": "shapes", "clutter": 0.7}, "training": {"epochs": 2, "seed": 4}})
    assert digits.config is not None
    assert digits.config.dataset == DigitsData()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "--training.epochs", "0"], "training.epochs is '0'"),
        (["train", "--training.epochs", "many"], "training.epochs is 'many'"),
        (["train", "--training.epoch", "3"], "Did you mean --training.epochs?"),
        (["train", "--dataset", "digitz"], "dataset is 'digitz'; choose one of"),
        (["train", "--dataset.examples", "500"], "dataset.examples is unknown"),
        (["train", "--model", "cmm"], "model"),
        (["train", "--model.blocks", "[{"], "model.blocks"),
        (["train", "--model.blocks", '[{"channel": 3}]'], "Did you mean channels?"),
        (["train", "--training.epochs"], "expected one argument"),
        (["train", "--model.blocks", "[" * 100_000], "model.blocks"),
        (["train", "--config", "/dev/zero"], "/dev/zero cannot be read: it is a device"),
        (["train", "--config", "/nowhere.json"], "no configuration file /nowhere.json"),
        (["train", "more"], "more is unknown"),
        (["runs", "--all"], "--all is unknown"),
        (["resume", "nothing"], "There is no run at"),
        (["resume"], "required: RUN"),
        (["trane"], "invalid choice: 'trane'"),
    ],
)
def test_a_faulty_command_ends_with_status_2_and_a_sentence(
    root: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert command_line.main(arguments) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert len(printed.err.splitlines()) == 1
    assert printed.out == ""
    assert Run.list(root) == []


def test_a_faulty_file_is_named(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "config.json"
    for content, sentence in (("{", "is not a JSON file"), ("[]", "must hold a JSON object")):
        file.write_text(content)
        assert command_line.main(["train", "--config", str(file)]) == 2
        assert f"{file} {sentence}" in capsys.readouterr().err


def test_the_help_shows_every_field_with_its_bounds_and_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        command_line.main(["train", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for name in TrainingConfig.model_fields:
        assert f"--training.{name} VALUE" in text
    assert "learning rate of the optimiser (1e-06 to 1; default 0.003)" in text
    assert "mnist, fashion_mnist, kmnist, cifar10, svhn: images used from the training file" in text
    assert "sgd, adam, adamw; default adamw" in text
    assert {f"--training.{name}" for name in TrainingConfig.model_fields} <= set(flags.names())


def test_runs_are_listed_with_their_status_step_accuracy_and_reason(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.main(["runs"]) == 0
    assert "There are no runs" in capsys.readouterr().out
    finished, failed, broken = (Run.create(root, small_config()) for _ in range(3))
    write_state(finished.path, RunState(status="finished", step=40, total=40, test_accuracy=0.875))
    write_state(failed.path, RunState(status="failed", step=7, total=40, reason="The loss is not finite."))
    (broken.path / "config.json").write_text("{")
    assert command_line.main(["runs"]) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.split()[:2] == [broken.id, "broken"]
    assert "not a JSON file" in first
    assert second.split()[:3] == [failed.id, "failed", "7/40"]
    assert second.endswith("The loss is not finite.")
    assert third.split() == [finished.id, "finished", "40/40", "87.50%"]


def test_no_command_opens_the_dashboard(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []

    def replace_process(program: str, arguments: list[str]) -> None:
        called.append(arguments)
        raise SystemExit(0)

    monkeypatch.setattr(os, "execv", replace_process)
    for arguments in ([], ["dashboard", "--server.port", "8600"]):
        with pytest.raises(SystemExit):
            command_line.main(arguments)
    plain, with_port = called
    assert plain == [sys.executable, "-m", "streamlit", "run", str(APP)]
    assert with_port == [*plain, "--server.port", "8600"]


def test_on_windows_the_dashboard_is_waited_for_also_when_ctrl_c_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Server:
        """Ctrl-C reaches whoever waits, and the server, which ends by itself."""

        def __init__(self, command: list[str]) -> None:
            started.append(command)
            self.waits = 0

        def __enter__(self) -> "Server":
            return self

        def __exit__(self, *fault: object) -> None:
            assert self.waits == 2

        def wait(self) -> int:
            self.waits += 1
            if self.waits == 1:
                raise KeyboardInterrupt
            return 7

    started: list[list[str]] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(subprocess, "Popen", Server)
    monkeypatch.delattr(os, "execv")
    assert command_line.main(["dashboard", "--server.port", "8600"]) == 7
    assert started == [[sys.executable, "-m", "streamlit", "run", str(APP), "--server.port", "8600"]]


def test_a_terminal_that_lacks_a_letter_shows_a_question_mark(root: Path) -> None:
    failed = Run.create(root, small_config())
    write_state(failed.path, RunState(status="failed", reason="Größe → █"))
    command = [sys.executable, "-m", "explorer", "runs"]
    listed = subprocess.run(command, env={**os.environ, "PYTHONIOENCODING": "cp1252"}, capture_output=True, check=True)
    assert listed.stdout.decode("cp1252").split()[-3:] == ["Größe", "?", "?"]


def test_a_shorter_line_of_progress_covers_a_longer_one_without_codes_that_old_consoles_print(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run.create(root, small_config())
    write_state(run.path, RunState(status="running", attempt=1, step=1, total=40))
    worker = subprocess.Popen([sys.executable, "-c", ""])
    told = iter(["a longer line", "a line"])
    monkeypatch.setattr(follow, "progress", lambda run, state, width: next(told))
    monkeypatch.setattr(follow, "EVERY", 0.0)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    polled = iter([None, 0])
    monkeypatch.setattr(worker, "poll", lambda: next(polled))
    follow._show(run, worker, 1)
    worker.wait()
    assert capsys.readouterr().out == "\ra longer line\ra line       \n"


def test_progress_is_told_in_a_line(root: Path) -> None:
    run = Run.create(root, small_config())
    (run.path / "metrics.jsonl").write_text(
        '{"step":0,"epoch":0,"validation_loss":2.3,"validation_accuracy":0.1,"seconds":0}\n'
        '{"step":1,"epoch":1,"loss":2.0,"accuracy":0.25,"seconds":1}\n'
        '{"step":2,"epoch":1,"loss":1.0,"accuracy":0.75,"seconds":2}\n'
    )
    state = RunState(status="running", step=2, total=8, steps_per_second=1.5, seconds_left=4)
    numbers = "loss 1.5000, accuracy 50.0%, validation 10.0%"
    assert follow.progress(run, state) == f"{numbers}: ██▌        2/8, 00:04 left,  1.50 steps/s"
    wider = f"{numbers}: █████{' ' * 15} 2/8, 00:04 left,  1.50 steps/s"  # the bar takes what the terminal leaves
    assert follow.progress(run, state, len(wider)) == wider


@pytest.mark.parametrize("width", [40, 60, 79, 120])
def test_the_line_that_moves_fits_the_terminal(root: Path, width: int) -> None:
    run = Run.create(root, small_config())
    state = RunState(status="paused", step=123_456, total=200_000, steps_per_second=412.3, seconds_left=186)
    assert len(follow.progress(run, state, width)) == width


@pytest.mark.slow
def test_a_training_is_followed_to_its_end(root: Path) -> None:
    command = [sys.executable, "-m", "explorer", "train", "--training.epochs", "2", *SMALL]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    (run,) = Run.list(root)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "\r" not in ended.stdout
    assert ended.stdout.splitlines()[0].startswith(run.id)
    assert "40/40" in ended.stdout
    accuracy = run.state().test_accuracy
    assert f"Finished: test accuracy {accuracy:.2%}" in ended.stdout


@pytest.mark.slow
def test_the_files_that_a_training_left_out_are_told_in_the_end(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "mine"
    for name, shade in (("a", 0), ("b", 200)):
        (folder / name).mkdir(parents=True)
        for number in range(20):
            Image.new("L", (8, 8), shade + number).save(folder / name / f"{number}.png")
    (folder / "a" / "cut.png").write_bytes(b"no picture")
    values = {
        "dataset": {"name": "image_folder", "path": str(folder), "size": 8},
        "model": {"name": "cnn", "blocks": [{"channels": 2}], "head_size": 0},
        "training": {"epochs": 1},
    }
    run = Run.create(root, parse(values))
    work(run.path, take_lease(run.path))
    assert follow.farewell(run) == 0
    left_out, finished = capsys.readouterr().out.splitlines()
    assert left_out.startswith("Left out: a/cut.png (cut.png is not a readable image")
    assert finished.startswith("Finished: ")


@pytest.mark.slow
def test_control_c_stops_a_training_that_resume_goes_on_with(root: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "explorer", "train", "--training.epochs", "200", *SMALL]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        wait_for(lambda: [run for run in Run.list(root) if run.state().step > 10])
        process.send_signal(signal.SIGINT)
        shown = _all_of(ours)
        assert process.wait() == 130
    (run,) = Run.list(root)
    assert run.status == "stopped"
    assert "\r" in shown
    assert f"explorer resume {run.id}" in shown
    assert "Traceback" not in shown


@pytest.mark.slow
def test_a_training_that_fails_ends_with_status_1_and_the_reason(root: Path) -> None:
    command = [sys.executable, "-m", "explorer", "train", "--dataset", "image_folder", "--dataset.path", "/nowhere"]
    ended = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Failed: ")
    assert "/nowhere" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.slow
def test_of_four_resumes_at_once_one_trains_and_the_others_are_refused_with_status_2(root: Path) -> None:
    run = Run.create(root, small_config(epochs=40))
    write_state(run.path, RunState(status="stopped", step=0, total=800))
    command = [sys.executable, "-m", "explorer", "resume", run.id]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    ended = [(*process.communicate(timeout=120), process.returncode) for process in processes]
    assert sorted(status for *_, status in ended) == [0, 2, 2, 2]
    for said, refused, status in ended:
        assert ("Finished" in said, bool(refused)) == (status == 0, status == 2)
        assert status == 0 or "is starting the run" in refused or "running already" in refused
    assert run.state().attempt == 1


STATUSES = {
    "finished": 0,
    "failed": 1,
    "stopped": 130,
    **dict.fromkeys(("new", "queued", "running", "paused", "interrupted"), 3),
}


@pytest.mark.parametrize("status", STATUSES)
def test_an_exit_status_has_one_meaning(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    run = Run.create(root, small_config())
    worker = subprocess.Popen([sys.executable, "-c", ""])
    worker.wait()

    def start(run: Run) -> tuple[object, int]:
        ended = {"status": status, "attempt": 1, "step": 7, "total": 40, "test_loss": 0.5, "reason": "why"}
        write_state(run.path, RunState.model_validate(ended))
        return worker, 1

    monkeypatch.setattr(follow, "start_worker", start)
    assert command_line.main(["resume", run.id]) == STATUSES[status]
    printed = capsys.readouterr()
    assert (printed.out + printed.err).strip()
    assert f"  {STATUSES[status]:<4} " in command_line.STATUS


def test_the_help_documents_every_exit_status(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        command_line.main(["--help"])
    assert command_line.STATUS in capsys.readouterr().out


def _all_of(terminal: int) -> str:
    """What a process wrote to its terminal, until it closed it."""
    written = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other end is closed
            part = b""
        if not part:
            os.close(terminal)
            return written.decode()
        written += part
