"""Home, run without a browser."""

import re
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
import streamlit as st

from explorer.training.run import Run
from explorer.ui.address import last_visit
from explorer.ui.address.pages import PLACES
from explorer.ui.address.visitor import cookie
from explorer.ui.screens import home_tiles
from tests.app.charts import texts
from tests.app.pages import ANNA, BERT, button, finished_run, open_page, run_shown

TILES = ("cnn", "pretrained", "rnn", "lstm")


def test_home_says_in_one_sentence_what_this_is_and_leads_to_every_page() -> None:
    app = open_page()
    assert "train it live, and look inside it at any training step" in texts(app)
    led_to = {link.proto.page for link in app.get("page_link")}
    assert {name for name in PLACES if name} <= led_to


@pytest.mark.parametrize("model", TILES)
def test_each_picture_is_of_the_run_that_ships_until_there_is_one_of_ones_own(model: str) -> None:
    run = home_tiles.run_of(model)
    assert run.id in ("cnn-on-digits", "pretrained-on-unseen-shapes", "rnn-on-digit-rows", "lstm-on-adding")
    figure = home_tiles.figure_of(model, run)
    assert figure.layout.title.text
    assert figure.layout.meta["description"]


def test_a_picture_is_of_the_newest_finished_run_of_ones_own(runs: Path) -> None:
    run = finished_run(runs)
    assert home_tiles.run_of("cnn").id == run.id
    app = open_page()
    assert f"From your run {run.id[-4:]}." in texts(app)
    assert texts(app).count("From an example run.") == 3


def test_each_visitor_sees_their_own_newest_runs_and_pictures_of_their_own(runs: Path) -> None:
    owned = {owner: finished_run(runs, owner=owner) for owner in (ANNA, BERT)}
    for owner, run in owned.items():
        app = open_page(visitor=owner)
        [shown] = [one for one in app.get("page_link") if one.proto.label == "CNN on digits"]
        assert run.id in shown.proto.query_string
        assert f"From your run {run.id[-4:]}." in texts(app)
        assert texts(app).count("From an example run.") == 3


def test_the_runs_of_another_are_nobody_elses_newest_and_stay_in_the_list_of_runs(runs: Path) -> None:
    theirs = finished_run(runs, owner=BERT)
    app = open_page(visitor=ANNA)
    assert not any("newest runs" in heading.value for heading in app.subheader)
    assert texts(app).count("From an example run.") == 4
    assert run_shown(open_page("cnn", visitor=ANNA, run=theirs.id)) == theirs.id


@pytest.mark.parametrize("values", [{"strategy": "scratch"}, {"strategy": "all", "weights": "none"}])
def test_no_network_that_began_with_random_weights_is_the_picture_of_pretrained(
    runs: Path, values: dict[str, str]
) -> None:
    few = {"name": "shapes", "classes": "unseen", "examples": 200, "examples_per_class": 2}
    pretrained = finished_run(runs, {"dataset": few, "model": {"name": "pretrained"}})
    finished_run(runs, {"dataset": few, "model": {"name": "pretrained", **values}})
    assert home_tiles.run_of("pretrained").id == pretrained.id


def test_one_press_trains_a_network_and_shows_it(runs: Path) -> None:
    app = open_page()
    button(app, "Train a network now").click().run()
    assert not app.exception
    [run] = Run.list(runs)
    assert app.title[0].value == "CNN"
    assert run_shown(app) == run.id


def test_the_newest_runs_say_how_they_stand_and_lead_to_themselves(runs: Path) -> None:
    run = finished_run(runs)
    app = open_page()
    said = re.search(r"finished · test accuracy \*\*([\d.]+)%\*\*", texts(app))
    assert said
    assert float(said[1]) == pytest.approx(100 * (run.state().test_accuracy or 0), abs=0.051)
    link = next(one for one in app.get("page_link") if one.proto.label == "CNN on digits")
    assert run.id in link.proto.query_string


def test_a_first_visitor_is_offered_nothing_to_go_on_with() -> None:
    app = open_page()
    assert not any("left off" in link.proto.label for link in app.get("page_link"))
    assert not any("newest runs" in heading.value for heading in app.subheader)


def test_home_leads_back_to_the_page_and_the_view_that_was_open() -> None:
    app = open_page("cnn", view="Kernels")
    app.switch_page("screens/home.py").run()
    link = next(one for one in app.get("page_link") if "left off" in one.proto.label)
    assert link.proto.page == "cnn"
    assert link.proto.label == "Pick up where you left off: CNN, Kernels"
    assert "view=Kernels" in link.proto.query_string


@pytest.mark.parametrize(
    ("kept", "expected"),
    [
        ("deep-learning?topic=lstm", ("deep-learning", {"topic": ["lstm"]})),
        ("machine-learning?known=a&known=b", ("machine-learning", {"known": ["a", "b"]})),
        ("rnn", ("rnn", {})),
        ("gone?view=x", None),
        ("", None),
    ],
)
def test_what_was_left_is_read_from_the_browsers_cookie(
    monkeypatch: pytest.MonkeyPatch, kept: str, expected: object
) -> None:
    cookies = {cookie(last_visit.COOKIE): quote(kept, safe="")}
    monkeypatch.setattr(st, "context", SimpleNamespace(cookies=cookies))
    monkeypatch.setattr(st, "session_state", {})
    assert last_visit.place() == expected


def test_a_roadmap_says_how_much_of_it_is_known() -> None:
    app = open_page("deep_learning")
    app.multiselect(key="known").set_value(["convolution", "perceptron"]).run()
    app.switch_page("screens/home.py").run()
    progress = [one.proto.text for one in app.get("progress")]
    assert any(re.match(r"2 of \d+ topics known", text) for text in progress)
