"""Buttons that start runs: each turns into its progress at once, and a second click starts no second run."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.config import RunConfig, parse
from explorer.training.lock import Lock
from explorer.training.run import ReadableRun, Run
from explorer.training.state import RunState, write_state
from explorer.training.submit import SUPERVISOR_LOCK
from tests.app.pages import button, finished_sequence_run, open_page, run_shown


@pytest.fixture(autouse=True)
def _nobody_trains(runs: Path) -> None:
    """The supervisor's place is taken: what is started stays where it is."""
    runs.mkdir()
    assert Lock(runs / SUPERVISOR_LOCK).acquire()


def labels(app: AppTest) -> list[str]:
    return [str(one.label) for one in app.button]


def progress(app: AppTest) -> list[str]:
    return [str(one.proto.text) for one in app.get("progress") if one.proto.text]


def configs(root: Path) -> list[RunConfig]:
    return [run.config for run in Run.list(root) if run.config is not None]


ADDING: dict[str, Any] = {"dataset": {"name": "adding", "examples": 500, "length": 8}, "model": {"name": "lstm"}}


def test_the_button_of_another_network_turns_into_its_progress_and_its_curve_joins_the_chart(runs: Path) -> None:
    shown = finished_sequence_run(runs, ADDING)
    app = open_page("lstm", run=shown.id, view="Compare")
    press = button(app, "Train the GRU on the same data")
    press.click().run()
    assert not app.exception
    assert "Train the GRU on the same data" not in labels(app)
    assert any("GRU: it starts" in text for text in progress(app))
    assert app.query_params["run"] in (shown.id, [shown.id])
    gru = next(run for run in Run.list(runs) if run.id != shown.id)
    assert isinstance(gru, ReadableRun)
    assert gru.config == parse({**shown.config.model_dump(), "model": {**gru.config.model.model_dump()}})
    begin_training(gru, shown)
    app.run()
    assert any("GRU: step 3 of 16" in text for text in progress(app))
    compared = next(table.value for table in app.dataframe if "network" in table.value)
    assert compared["network"].tolist() == ["LSTM", "GRU, training at step 3 of 16"]
    write_state(gru.path, gru.state().changed(status="finished"))
    app.run()
    assert progress(app) == []


def begin_training(run: ReadableRun, like: ReadableRun) -> None:
    """The first words of a worker: it holds the run, and has kept the untrained network and some rows."""
    from explorer.training.state import take_lease
    from explorer.training.worker import Worker

    assert Lock(run.path / "lock").acquire()
    worker = Worker(run.path, take_lease(run.path))
    worker.prepare()
    for _ in range(3):
        worker.update()
    worker.flush()
    write_state(run.path, worker.state.changed(status="running", step=3, total=16))
    assert like.status == "finished"


@pytest.mark.parametrize("page", ["cnn", "lstm"])
def test_a_second_click_on_train_shows_the_run_of_the_first(runs: Path, page: str) -> None:
    app = open_page(page)
    for _ in range(2):
        button(app, "Train").click().run()
        assert not app.exception
        assert not app.error
    assert len(configs(runs)) == 1


def trains(run: Run) -> None:
    """From now on a worker holds the run, and it trains."""
    assert Lock(run.path / "lock").acquire()
    write_state(run.path, RunState(status="running", step=1, total=10))


@pytest.mark.slow
@pytest.mark.parametrize("page", ["cnn", "pretrained", "rnn", "lstm"])
def test_two_presses_on_one_drawing_of_train_start_one_run_even_if_it_trains_at_once(runs: Path, page: str) -> None:
    app = open_page(page)
    button(app, "Train").click().run()
    (first,) = Run.list(runs)
    trains(first)
    app.session_state["train.pressed"] = (page, "")  # what the second press left, drawn before the run was seen
    app.run()
    assert not app.exception
    assert len(configs(runs)) == 1
    assert run_shown(app) == first.id


def test_two_quick_calls_with_one_configuration_start_one_run(runs: Path) -> None:
    script = """
from explorer.config import RunConfig
from explorer.ui.run import runs
for _ in range(2):
    runs.train(RunConfig())
"""
    assert not AppTest.from_string(script).run().exception
    assert configs(runs) == [RunConfig()]


def test_train_beside_the_same_run_that_is_seen_training_starts_a_second(runs: Path) -> None:
    app = open_page("cnn")
    button(app, "Train").click().run()
    (first,) = Run.list(runs)
    trains(first)
    app.run()  # the page shows that it trains
    button(app, "Train").click().run()
    assert not app.exception
    assert configs(runs) == [RunConfig(), RunConfig()]
    assert run_shown(app) != first.id


def test_train_with_other_settings_starts_a_second_run_at_once(runs: Path) -> None:
    app = open_page("cnn")
    button(app, "Train").click().run()
    app.text_input(key="cnn.training.epochs").set_value("7").run()
    button(app, "Train").click().run()
    assert sorted(config.training.epochs for config in configs(runs)) == [7, 60]


def test_a_number_typed_just_before_train_is_pressed_is_trained(runs: Path) -> None:
    app = open_page("cnn")
    app.text_input(key="cnn.model.cnn.dropout").set_value("0.41")
    button(app, "Train").click().run()  # both reach the server together
    [config] = configs(runs)
    assert config == parse({"model": {"name": "cnn", "dropout": 0.41}})


def test_a_number_out_of_bounds_typed_just_before_train_is_pressed_trains_nothing(runs: Path) -> None:
    app = open_page("cnn")
    app.text_input(key="cnn.model.cnn.dropout").set_value("0.9")
    button(app, "Train").click().run()
    assert configs(runs) == []
    assert "Dropout is 0.9, and at most 0.8 is possible; choose 0 to 0.8." in [error.value for error in app.error]
    app.text_input(key="cnn.model.cnn.dropout").set_value("0.4").run()
    assert configs(runs) == []  # the press is over
    assert not app.error


def test_a_run_that_has_ended_can_be_trained_again_with_the_same_settings(runs: Path) -> None:
    app = open_page("lstm")
    button(app, "Train").click().run()
    (first,) = Run.list(runs)
    write_state(first.path, RunState(status="stopped"))
    button(app, "Train").click().run()
    assert len(configs(runs)) == 2


def test_the_first_button_of_home_and_those_of_the_closing_page_start_no_run_twice(runs: Path) -> None:
    app = open_page()
    button(app, "Train a network now").click().run()
    app.switch_page("screens/home.py").run()
    assert "Train a network now" not in labels(app)
    assert any("CNN: it starts" in text for text in progress(app))
    assert configs(runs) == [RunConfig()]
    app.switch_page("screens/closing.py").run()
    assert not app.exception
    before = len(configs(runs))
    for label in [label for label in labels(app) if label.startswith("Train")][:1]:
        button(app, label).click().run()
        assert label not in labels(app)
    assert len(configs(runs)) > before
    assert len(configs(runs)) == len({config.model_dump_json() for config in configs(runs)})
    assert any("trained" in text for text in progress(app))
