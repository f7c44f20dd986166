"""The runs beside the one that is shown: finished ones first, named by what differs, seeds together."""

from pathlib import Path
from typing import Any

import pytest

from explorer.config import parse
from explorer.training.run import ReadableRun, Run
from explorer.training.state import read_state, write_state
from explorer.ui.views.sequence.chosen_runs import at_first, differences, networks

DATA = {"name": "parity", "examples": 500, "length": 8}


def run_of(root: Path, status: str = "finished", step: int = 10, **model: Any) -> ReadableRun:
    training = model.pop("training", {})
    config = parse({"dataset": DATA, "model": {"name": "rnn", **model}, "training": training})
    run = Run.create(root, config)
    write_state(run.path, read_state(run.path).changed(status=status, step=step, total=10))
    return run


def test_a_finished_run_comes_before_a_newer_one_that_was_stopped(tmp_path: Path) -> None:
    shown = run_of(tmp_path)
    finished, stopped = run_of(tmp_path, name="lstm"), run_of(tmp_path, "stopped", 3, name="lstm")
    assert at_first(shown, [stopped, finished]) == [finished]
    assert at_first(shown, [stopped]) == [stopped]


def test_of_two_finished_runs_the_one_that_differs_least_is_compared(tmp_path: Path) -> None:
    shown = run_of(tmp_path)
    alike, larger = run_of(tmp_path, name="lstm"), run_of(tmp_path, name="lstm", layers=2, bidirectional=True)
    assert at_first(shown, [larger, alike]) == [alike]


def test_runs_that_differ_in_their_seeds_are_one_network_and_are_compared_together(tmp_path: Path) -> None:
    shown, twin = run_of(tmp_path), run_of(tmp_path, seed=1)
    others = [run_of(tmp_path, name="lstm", seed=seed, training={"seed": seed}) for seed in range(3)]
    chosen = at_first(shown, [twin, *others])
    assert {run.id for run in chosen} == {run.id for run in (twin, *others)}
    first, second = networks([shown, *chosen])
    assert (first.name, len(first.runs)) == ("RNN, 2 seeds", 2)
    assert (second.name, len(second.runs)) == ("LSTM, 3 seeds", 3)


def test_the_same_run_made_twice_is_one_seed(tmp_path: Path) -> None:
    shown, again = run_of(tmp_path), run_of(tmp_path, training={"snapshots": 5})
    assert at_first(shown, [again]) == []
    (one,) = networks([shown, again])
    assert one.name == "RNN, 2 runs of one seed"


def test_a_run_that_was_stopped_stands_alone_and_says_so(tmp_path: Path) -> None:
    shown, stopped = run_of(tmp_path), run_of(tmp_path, "stopped", 3)
    assert [one.name for one in networks([shown, stopped])] == ["RNN", "RNN, stopped at step 3 of 10"]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"name": "lstm"}, []),
        ({"name": "lstm", "layers": 2, "bidirectional": True}, ["layers 2", "bidirectional"]),
        ({"name": "lstm", "forget_bias": 3.0}, ["forget bias 3"]),
        ({"name": "gru", "hidden_size": 128}, ["hidden size 128"]),
        ({"seed": 4, "training": {"snapshots": 5, "seed": 3}}, []),
        ({"training": {"learning_rate": 0.5}}, ["learning rate 0.5"]),
    ],
)
def test_what_differs_from_the_shown_run_is_named(tmp_path: Path, model: dict[str, Any], said: list[str]) -> None:
    shown = run_of(tmp_path)
    assert differences(run_of(tmp_path, **model).config, shown.config) == said


def test_two_networks_never_have_the_same_name(tmp_path: Path) -> None:
    runs = [run_of(tmp_path), *(run_of(tmp_path, "stopped", 3, name="lstm") for _ in range(3))]
    assert len({one.name for one in networks(runs)}) == len(networks(runs)) == 4
