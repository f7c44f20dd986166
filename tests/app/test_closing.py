"""The closing thoughts, run without a browser."""

import time
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.config import parse
from explorer.training.run import Run
from explorer.training.state import take_lease
from explorer.training.worker import work
from explorer.ui.closing.results import default_config
from tests.app.charts import texts
from tests.app.pages import ANNA, BERT, button, open_page

SHIPPED = ("CNN", "Pretrained CNN", "RNN", "LSTM")


def own(root: Path, model: str, seed: int = 0, owner: str = "local", **data: Any) -> Run:
    """A short run of the user on the digits."""
    config = default_config(model)
    values = {**config.model_dump(), "training": {"epochs": 1, "snapshots": 2, "seed": seed}}
    values["dataset"] |= data
    run = Run.create(root, parse(values), owner)
    work(run.path, take_lease(run.path))
    assert run.status == "finished", run.reason
    return run


def row(app: AppTest, network: str) -> dict[str, Any]:
    table = app.dataframe[0].value
    found = table[table["network"] == network].iloc[0].to_dict()
    return {str(name): value for name, value in found.items()}


def test_at_first_the_runs_that_ship_are_shown_and_named_as_such() -> None:
    app = open_page("closing")
    assert not app.error
    assert app.title[0].value == "Closing thoughts"
    [notice] = app.info
    for title in SHIPPED:
        assert title in notice.value
        assert row(app, title)["run"] == "example run"


@pytest.mark.parametrize(
    ("network", "run_name", "parameters"),
    [  # counted by hand in the test of what is compared
        ("CNN", "cnn-on-digits", 23_114),
        ("Pretrained CNN", "pretrained-on-digits", 650),
        ("RNN", "rnn-on-digit-rows", 5_386),
        ("LSTM", "lstm-on-digit-rows", 19_594),
    ],
)
def test_the_table_says_what_the_runs_recorded(network: str, run_name: str, parameters: int) -> None:
    app = open_page("closing")
    state = Run.open(Path(__file__).parents[2] / "sample_data/runs" / run_name).state()
    found = row(app, network)
    assert found["test accuracy"] == pytest.approx(100 * (state.test_accuracy or 0))
    assert found["correct of 270"] == round(270 * (state.test_accuracy or 0))
    assert found["trainable parameters"] == parameters
    assert found["training, s"] == pytest.approx(state.seconds)


def test_a_run_of_ones_own_takes_the_place_of_the_one_that_ships(runs: Path) -> None:
    run = own(runs, "rnn")
    app = open_page("closing")
    found = row(app, "RNN")
    assert found["run"] == "yours"
    assert found["training, s"] == pytest.approx(run.state().seconds)
    assert found["test accuracy"] == pytest.approx(100 * (run.state().test_accuracy or 0))
    assert "RNN" not in app.info[0].value
    link = next(one for one in app.get("page_link") if one.proto.label == "Open the RNN")
    assert run.id in link.proto.query_string


def test_each_visitor_compares_their_own_runs_and_those_of_another_are_neither_theirs_nor_compared(runs: Path) -> None:
    trained = {owner: own(runs, "rnn", seed, owner) for seed, owner in enumerate((ANNA, BERT))}
    own(runs, "gru", owner=BERT)
    for owner, run in trained.items():
        app = open_page("closing", visitor=owner)
        assert row(app, "RNN")["run"] == "yours"
        assert row(app, "RNN")["training, s"] == pytest.approx(run.state().seconds)
        assert "over 2 seeds" not in texts(app)
        assert ("GRU" in set(app.dataframe[0].value["network"])) == (owner == BERT)
    stranger = open_page("closing", visitor="v00000000000000ff")
    assert set(stranger.dataframe[0].value["run"]) == {"example run"}
    assert "Train all 6 yourself" in {str(one.label) for one in stranger.button}


def test_runs_that_differ_only_in_their_seeds_are_given_with_their_spread(runs: Path) -> None:
    trained = [own(runs, "rnn", seed=seed) for seed in (0, 1)]
    own(runs, "rnn", seed=1)  # the same seed again is no other seed
    counts = [round(270 * (run.state().test_accuracy or 0)) for run in trained]
    said = texts(open_page("closing"))
    assert f"the RNN {min(counts)} to {max(counts)} of 270, mean {sum(counts) / 2:.1f}, over 2 seeds" in said


def test_a_run_on_fewer_of_the_digits_is_not_compared(runs: Path) -> None:
    own(runs, "mlp", examples_per_class=10)
    app = open_page("closing")
    assert "yours" not in set(app.dataframe[0].value["run"])


@pytest.mark.slow
def test_one_press_trains_what_is_missing(runs: Path) -> None:
    for model in ("cnn", "pretrained", "lstm", "gru", "mlp"):
        own(runs, model)
    app = open_page("closing")
    button(app, "Train the RNN yourself").click().run()
    assert not app.exception
    [run] = [one for one in Run.list(runs) if one.config is not None and one.config.model.name == "rnn"]
    assert run.config == default_config("rnn")
    assert not any(str(one.label).startswith("Train") for one in app.button)  # it is on its way
    end = time.monotonic() + 60
    while run.status in ("queued", "running") and time.monotonic() < end:
        time.sleep(0.1)
    app.run()
    assert set(app.dataframe[0].value["run"]) == {"yours"}
    assert not app.info


def test_all_that_are_missing_are_trained_at_once_or_one_by_one(runs: Path) -> None:
    app = open_page("closing")
    labels = {str(one.label) for one in app.button}
    assert "Train all 6 yourself" in labels
    assert {"CNN", "Pretrained CNN", "RNN", "LSTM", "GRU", "MLP"} <= labels
    button(app, "GRU").click().run()
    assert [run.config.model.name for run in Run.list(runs) if run.config is not None] == ["gru"]
    assert "Train all 5 yourself" in {str(one.label) for one in app.button}


def test_every_network_is_trained_on_the_same_digits() -> None:
    names = {model: default_config(model).dataset.name for model in ("cnn", "pretrained", "mlp", "rnn", "lstm", "gru")}
    assert set(names.values()) == {"digits", "digit_rows"}
    assert {model for model, name in names.items() if name == "digit_rows"} == {"rnn", "lstm", "gru"}


def test_which_to_use_when_and_what_followed_stand_on_the_page() -> None:
    app = open_page("closing")
    said = texts(app)
    for heading in ("When to use it", "Limits", "What followed"):
        assert said.count(f"**{heading}.**") == 4
    led_to = [(one.proto.page, one.proto.query_string) for one in app.get("page_link")]
    assert ("deep-learning", "topic=transformer") in led_to
    assert ("lstm", "view=Gates") in led_to
