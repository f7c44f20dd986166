"""The learning rate of a run that can go on: a number that is typed is the one that is used."""

from pathlib import Path

import pytest

from explorer.training.control import requests_of
from explorer.training.lock import Lock
from explorer.training.run import Run
from explorer.training.submit import SUPERVISOR_LOCK
from tests.app.pages import button, open_page


@pytest.fixture(autouse=True)
def _nobody_trains(runs: Path) -> None:
    """The supervisor's place is taken: what is started stays where it is."""
    runs.mkdir()
    assert Lock(runs / SUPERVISOR_LOCK).acquire()


def test_a_typed_rate_is_used_as_it_is_typed_and_the_schedule_can_have_it_back(runs: Path) -> None:
    app = open_page("cnn")
    button(app, "Train").click().run()
    [run] = Run.list(runs)
    app.text_input(key=f"rate-{run.id}").set_value("3.7e-4").run()
    assert requests_of(run.path).learning_rate is None  # typed is not yet used
    button(app, "Use this rate").click().run()
    assert requests_of(run.path).learning_rate == 3.7e-4
    button(app, "Back to the schedule").click().run()
    assert requests_of(run.path).learning_rate is None


def test_a_rate_out_of_its_bounds_is_refused_in_words_and_cannot_be_used(runs: Path) -> None:
    app = open_page("cnn")
    button(app, "Train").click().run()
    [run] = Run.list(runs)
    app.text_input(key=f"rate-{run.id}").set_value("5").run()
    assert any(error.value.startswith("Learning rate is 5, and at most") for error in app.error)
    assert button(app, "Use this rate").disabled
    assert requests_of(run.path).learning_rate is None
