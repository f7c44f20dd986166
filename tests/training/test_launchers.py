"""A worker's process: apart from its terminal, forked where that is safe, and ended by force; on every system."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from explorer.training import Run
from explorer.training import launchers as at_work
from explorer.training.launchers import LocalLauncher, Resources, start_apart
from explorer.training.state import take_lease
from tests.training.processes import small_config, wait_for

# Microsoft, Process Creation Flags
CREATE_NEW_PROCESS_GROUP, CREATE_NO_WINDOW = 0x0200, 0x0800_0000


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the launchers ask of Windows; each name that it lacks is missing."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", CREATE_NEW_PROCESS_GROUP, raising=False)
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", CREATE_NO_WINDOW, raising=False)
    monkeypatch.delattr(signal, "SIGKILL")
    monkeypatch.delattr(os, "sched_getaffinity")


def test_a_process_apart_has_a_session_of_its_own_so_that_no_ctrl_c_reaches_it(tmp_path: Path) -> None:
    process = start_apart("this", [], tmp_path / "log")
    assert os.getsid(process.pid) == process.pid
    assert process.wait(30) == 0
    assert (tmp_path / "log").read_text().startswith("The Zen of Python")


@pytest.mark.usefixtures("windows")
def test_on_windows_it_has_a_group_and_a_console_of_its_own_so_that_no_ctrl_c_reaches_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[dict[str, Any]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **how: started.append(how))
    monkeypatch.setattr(at_work, "_apart", [])
    start_apart("this", [], tmp_path / "log")
    [how] = started
    assert how["creationflags"] == CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW
    assert "start_new_session" not in how
    assert how["stdin"] == subprocess.DEVNULL


def test_what_a_process_apart_prints_is_utf_8_whatever_the_terminal_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "says.py").write_text("print('Größe → █')", encoding="utf-8")
    plain = {"PYTHONPATH": str(tmp_path), "PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    for variable, value in plain.items():
        monkeypatch.setenv(variable, value)
    assert start_apart("says", [], tmp_path / "log").wait(30) == 0
    assert (tmp_path / "log").read_text(encoding="utf-8") == "Größe → █\n"


@pytest.mark.parametrize(("platform", "way"), [("linux", "forkserver"), ("darwin", "spawn"), ("win32", "spawn")])
def test_workers_are_forked_only_where_a_fork_is_safe(platform: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert LocalLauncher()._context.get_start_method() == way


@pytest.mark.slow
def test_a_worker_that_is_not_forked_trains_as_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", "win32")
        launcher = LocalLauncher()
    launcher.warm()
    run = Run.create(tmp_path, small_config())
    launcher.start(run.path, take_lease(run.path), Resources())
    assert launcher.alive(run.path) == "yes"
    wait_for(lambda: launcher.alive(run.path) == "no")
    assert run.status == "finished"
    assert "fork server" not in (run.path / "log.txt").read_text()


@pytest.mark.slow
def test_a_worker_writes_its_log_also_where_it_was_started_without_a_console(tmp_path: Path) -> None:
    begun = "import os, pathlib, sys; from explorer.training import worker; sys.stdout = sys.stderr = None"
    works = "worker.work = lambda run, attempt: os.write(2, b'it works')"
    code = f"{begun}; {works}; worker.begin(pathlib.Path(sys.argv[1]), 1)"
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, timeout=120)
    assert (tmp_path / "log.txt").read_text() == "it works"


@pytest.mark.usefixtures("windows")
def test_by_force_a_worker_is_ended_on_windows_with_the_signal_that_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(at_work, "holder", lambda lock: 4711)
    monkeypatch.setattr(os, "kill", lambda *what: sent.append(what))
    LocalLauncher().stop(tmp_path, force=True)
    assert sent == [(4711, signal.SIGTERM)]


def test_a_worker_that_has_just_ended_is_not_ended_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    monkeypatch.setattr(at_work, "holder", lambda lock: ended.pid)
    LocalLauncher().stop(tmp_path, force=True)
    with pytest.raises(ProcessLookupError):
        os.kill(ended.pid, signal.SIGKILL)


@pytest.mark.usefixtures("windows")
def test_a_place_for_a_worker_is_a_core_where_the_system_does_not_say_which_are_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("EXPLORER_SLOTS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert LocalLauncher().capacity() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert LocalLauncher().capacity() == 1
