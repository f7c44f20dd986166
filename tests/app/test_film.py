"""The button Film on the pages, run without a browser."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.training.run import ReadableRun
from explorer.ui.film.popover import reason_against
from explorer.ui.film.reel import Film
from explorer.ui.view import View
from explorer.ui.views import PUBLISHED_VIEWS, RUN_VIEWS
from tests.app.noise import choose_subject
from tests.app.pages import button, finished_run, open_page, subject_at


def view(name: str) -> View[Any]:
    return next(view for view in RUN_VIEWS if view.name == name)


def popover(run: ReadableRun, name: str = "Feature maps", **address: str) -> AppTest:
    """A page whose button Film is open."""
    app = open_page("cnn", run=run.id, view=name, **address)
    app.session_state["film"] = True
    app.run()
    assert not app.exception
    return app


def made(app: AppTest) -> dict[str, Any]:
    """The film that the visit keeps."""
    _, film = app.session_state["film.made"]
    assert isinstance(film, Film)
    return dict(json.loads(film.to_json()))


@pytest.fixture
def run(runs: Path) -> ReadableRun:
    return finished_run(runs)


def labels(app: AppTest) -> list[str]:
    shown: list[Any] = [*app.button, *app.get("download_button")]
    return [one.label for one in shown if "the " in one.label]


def test_a_closed_button_costs_nothing_and_an_open_one_says_what_a_film_costs(run: ReadableRun) -> None:
    app = open_page("cnn", run=run.id)
    assert not any("Make the" in label for label in labels(app))
    app = popover(run)
    said = " ".join(one.value for one in app.caption)
    assert f"at all {len(run.steps)} recorded steps" in said
    assert re.search(r"About \d+ s, at most \d+ MB", said)
    assert [label for label in labels(app) if "Make" in label] == ["Make the HTML file", "Make the GIF"]


def test_the_film_holds_every_recorded_step_and_the_choices_of_the_page_and_is_kept(run: ReadableRun) -> None:
    app = popover(run, scale="each map", layer="block2.convolution", map="3")
    button(app, "Make the HTML file").click().run()
    assert not app.exception
    film = made(app)
    assert film["steps"] == run.steps
    titles = [reel["figures"][0]["layout"]["title"]["text"] for reel in film["reels"]]
    assert "block2.convolution, map 3" in titles
    assert all(len(reel["frames"]) == len(run.steps) for reel in film["reels"])
    assert [re.sub(r"\d+\.\d", "N", label) for label in labels(app) if "HTML" in label] == [
        "Download the HTML file, N MB"
    ]
    before = app.session_state["film.made"]
    app.run()
    assert app.session_state["film.made"] is before
    app.query_params["map"] = "1"
    app.run()
    assert "Make the HTML file" in labels(app)  # another map is another film


def test_the_gif_is_drawn_by_the_browser_from_the_same_film(run: ReadableRun) -> None:
    app = popover(run)
    button(app, "Make the GIF").click().run()
    assert not app.exception
    [camera] = [one for one in app.get("bidi_component") if one.proto.component_name == "explorer_camera"]
    assert json.loads(camera.proto.bytes) == made(app)


def test_a_gif_that_failed_says_why_once_and_is_offered_again(run: ReadableRun) -> None:
    app = popover(run)
    app.session_state["film.fault"] = "Frame 3 is no picture in PNG."
    app.run()
    assert [one.value for one in app.error] == ["Frame 3 is no picture in PNG."]
    assert "Make the GIF" in labels(app)
    app.run()
    assert not app.error


def test_a_view_that_shows_the_same_at_every_step_is_refused(run: ReadableRun) -> None:
    app = popover(run, "Data")
    button(app, "Make the HTML file").click().run()
    assert [one.value for one in app.error] == [
        f"The view Data shows the same at all {len(run.steps)} recorded steps: there is nothing to film. "
        "Choose a view of the network's weights, activations or answers."
    ]


def test_a_published_network_has_nothing_to_film() -> None:
    reason = reason_against(choose_subject("resnet18"), PUBLISHED_VIEWS[0])
    assert "one set of weights" in reason


def test_one_recorded_step_is_no_film() -> None:
    assert reason_against(replace(subject_at(0), steps=[0]), view("Kernels")) == (
        "Only step 0 is recorded, and a film needs two. Choose a run with more snapshots."
    )


@pytest.mark.parametrize("status", ["queued", "running", "paused"])
def test_a_run_that_can_still_learn_is_filmed_at_its_end(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReadableRun, "status", status)
    assert "Wait for it, or press Stop" in reason_against(subject_at(0), view("Kernels"))


def test_a_view_that_cannot_be_drawn_gives_its_own_reason() -> None:
    without = replace(view("Kernels"), unavailable=lambda subject: "There are no kernels.")
    assert reason_against(subject_at(0), without) == "There are no kernels."
