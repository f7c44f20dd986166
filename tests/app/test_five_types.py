"""The gallery of the five types: each leads to a finished example run, here or on the other page."""

import pytest

from explorer.config import models_of, names
from explorer.training.examples import ships
from explorer.ui.run import runs
from explorer.ui.screens.five_types import OTHER, example_of, types
from tests.app.pages import button, open_page, run_shown


@pytest.mark.parametrize("kind", types())
def test_each_type_has_a_finished_example_run_on_one_of_the_pages_at_least(kind: str) -> None:
    found = [run for run in (example_of(kind, page) for page in OTHER) if run is not None]
    assert found
    for run in found:
        assert run.status == "finished"
        assert getattr(run.config.dataset, "architecture", "") == kind


def test_a_gru_ships_for_both_pages() -> None:
    for page in OTHER:
        assert any(run.config.model.name == "gru" for run in runs.readable_runs(names(models_of(page))))


def test_a_click_on_a_type_shows_its_example() -> None:
    app = open_page("lstm")
    assert run_shown(app) == "lstm-on-adding"
    wanted = example_of("many-to-many encoder-decoder", "lstm")
    assert wanted is not None
    app.session_state["five_types"] = True
    app.run()
    app.button(key="show-many-to-many encoder-decoder").click().run()
    assert not app.exception
    assert run_shown(app) == wanted.id
    assert ships(wanted)


def test_a_page_opens_with_a_network_that_has_learnt() -> None:
    app = open_page("rnn")
    assert run_shown(app) == "rnn-on-digit-rows"
    assert not app.warning
    app = open_page("rnn", run="rnn-on-adding")
    assert any("learnt next to nothing" in warning.value for warning in app.warning)
    assert button(app, "Train")
