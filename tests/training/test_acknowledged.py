"""What was pressed is said at once, and until the worker has obeyed."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import get_args

import pytest

from explorer.training.acknowledged import acknowledged, look_every, pending
from explorer.training.control import Action, Command
from explorer.training.run import Run
from explorer.training.state import RunState, Status
from tests.training.processes import small_config, wait_for
from tests.training.test_worker import at_work

SAID = 100.0  # the time of the state


def commands(*actions: Action, time: float = SAID + 1) -> list[Command]:
    value = {"learning_rate": 0.5}
    return [Command(action=action, value=value.get(action), time=time) for action in actions]


@pytest.mark.parametrize(
    ("status", "asked", "words"),
    [
        ("running", commands("launch"), ""),
        ("running", commands("launch", "pause"), "Pausing …"),
        ("running", commands("launch", "pause", "resume"), ""),  # the pause was taken back
        ("running", commands("launch", "step"), "Pausing …"),  # after one more update
        ("running", commands("launch", "stop"), "Stopping …"),
        ("running", commands("launch", "pause", "stop"), "Stopping …"),
        ("running", commands("launch", "learning_rate", "schedule"), ""),
        ("queued", commands("launch"), ""),
        ("queued", commands("launch", "stop"), "Stopping …"),
        ("paused", commands("launch", "pause"), ""),
        ("paused", commands("launch", "pause", "resume"), "Resuming …"),
        ("paused", commands("launch", "pause", "stop"), "Stopping …"),
        ("paused", commands("launch", "pause", "step"), "Making one update …"),
        ("paused", commands("launch", "pause", "step", time=SAID - 1), ""),  # the state is younger: it was made
    ],
)
def test_a_run_says_what_it_will_do_next(status: Status, asked: Sequence[Command], words: str) -> None:
    assert pending(RunState(status=status, heartbeat=SAID), asked) == words


@pytest.mark.parametrize("status", sorted({*get_args(Status)} - {"queued", "running", "paused"}))
@pytest.mark.parametrize("action", get_args(Action))
def test_a_run_that_no_worker_trains_is_about_to_do_nothing(status: Status, action: Action) -> None:
    assert pending(RunState(status=status, heartbeat=SAID), commands("launch", action)) == ""


def test_a_pause_that_gave_its_place_back_is_about_to_do_nothing() -> None:
    assert pending(RunState(status="paused", parked=True, heartbeat=SAID), commands("launch", "pause", "step")) == ""


PRESSES: list[tuple[Callable[[Run], None], str, Status]] = [
    (Run.pause, "Pausing …", "paused"),
    (Run.step_once, "Making one update …", "paused"),
    (Run.resume, "Resuming …", "running"),
    (Run.step_once, "Pausing …", "paused"),
    (Run.stop, "Stopping …", "stopped"),
]


def has_obeyed(run: Run, status: Status) -> bool:
    return acknowledged(run).words == "" and run.status == status


def test_every_press_is_acknowledged_on_disk_before_the_worker_looks_and_no_longer_once_it_has_obeyed(
    tmp_path: Path,
) -> None:
    run = Run.create(tmp_path, small_config(epochs=500))
    with at_work(run):
        wait_for(lambda: run.state().step > 3)
        for press, words, status in PRESSES:
            before = run.state()
            press(run)
            obeyed, said = acknowledged(run)
            assert said == words or obeyed.heartbeat > before.heartbeat  # it was faster than this line
            wait_for(partial(has_obeyed, run, status))


@pytest.mark.parametrize(
    ("state", "words", "often"),
    [
        (RunState(status="running", step=7), "", False),
        (RunState(status="running", step=7), "Pausing …", True),
        (RunState(status="running"), "", True),  # its first loss is to come
        (RunState(status="queued"), "", True),
        (RunState(status="paused"), "", False),
    ],
)
def test_a_page_looks_more_often_at_what_is_about_to_change(state: RunState, words: str, often: bool) -> None:
    every, usual = look_every(state, words), look_every(RunState(status="running", step=7), "")
    assert every is not None
    assert usual is not None
    assert (every < usual) == often


RESUMABLE = {"stopped", "interrupted", "failed", "paused"}


@pytest.mark.parametrize("status", sorted({*get_args(Status)} - {"queued", "running"} - RESUMABLE))
def test_a_page_does_not_look_again_at_what_is_over(status: Status) -> None:
    assert look_every(RunState(status=status), "") is None


@pytest.mark.parametrize("status", sorted(RESUMABLE))
def test_a_page_looks_seldom_at_a_run_that_another_tab_may_resume(status: Status) -> None:
    every, usual = look_every(RunState(status=status), ""), look_every(RunState(status="running", step=7), "")
    assert every is not None
    assert usual is not None
    assert usual < every <= 2  # seconds until the other tab has followed
