"""The sum of commands that a worker keeps in its checkpoints."""

from dataclasses import asdict

from explorer.training.control import Command, Requests


def after(*actions: str) -> Requests:
    value = {"learning_rate": {"value": 0.5}}
    commands = [{"action": action, "time": 0.0, **value.get(action, {})} for action in actions]
    return Requests.of(map(Command.model_validate, commands))


def test_steps_that_were_asked_for_are_pending_until_a_pause_or_a_resume() -> None:
    assert after("step", "step").pending_steps == 2
    assert not after("step").waiting
    assert after("step", "pause").pending_steps == 0
    assert after("step", "pause").waiting
    assert not after("pause", "resume").waiting


def test_a_rate_set_by_hand_holds_over_every_launch_until_the_schedule_is_asked_for() -> None:
    assert after("learning_rate", "stop", "launch").learning_rate == 0.5
    assert after("learning_rate", "schedule").learning_rate is None
    assert after("schedule", "learning_rate").learning_rate == 0.5


def test_requests_are_read_back_from_a_checkpoint() -> None:
    requests = after("pause", "step")
    assert Requests.read({"requests": asdict(requests)}) == requests


def test_a_checkpoint_of_an_older_version_is_read_too() -> None:
    older = {"paused": True, "stopping": False, "steps_owed": 1, "learning_rate": 0.5}
    assert Requests.read({"wishes": older}) == Requests(paused=True, pending_steps=1, learning_rate=0.5)
