"""A run that is no better than a prediction without a network says so."""

from pathlib import Path

import pytest

from explorer import datasets
from explorer.training.examples import OPENED_FIRST, SHIPPED
from explorer.training.run import ReadableRun, Run
from explorer.training.state import RunState
from explorer.training.verdict import nothing_learnt

EXAMPLES = sorted(path.name for path in SHIPPED.iterdir())


def shipped(name: str) -> ReadableRun:
    run = Run.open(Path(SHIPPED) / name)
    assert isinstance(run, ReadableRun)
    return run


def test_the_plain_rnn_that_cannot_add_over_fifty_steps_says_so() -> None:
    run = shipped("rnn-on-adding")
    said = nothing_learnt(run.state(), datasets.load(run.config))
    assert "its test loss is 0.1609" in said
    assert "has 0.1667" in said  # the variance of the sum of two uniform numbers is 1/6


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "rnn-on-adding"])
def test_every_other_example_run_has_finished_and_learnt_something(name: str) -> None:
    run = shipped(name)
    state = run.state()
    assert state.status == "finished"
    assert nothing_learnt(state, datasets.load(run.config)) == ""


def test_no_page_opens_with_a_run_that_learnt_nothing() -> None:
    assert set(OPENED_FIRST) <= set(EXAMPLES) - {"rnn-on-adding"}


def test_pictures_are_compared_with_the_most_frequent_class() -> None:
    run = shipped("cnn-on-digits")
    splits = datasets.load(run.config)
    share = float(splits.test.targets.bincount().max()) / len(splits.test.targets)
    assert "always choosing the most frequent class" in nothing_learnt(
        RunState(status="finished", test_loss=2.3, test_accuracy=share), splits
    )


def test_nothing_is_said_before_the_end() -> None:
    run = shipped("rnn-on-adding")
    assert nothing_learnt(RunState(status="running"), datasets.load(run.config)) == ""
