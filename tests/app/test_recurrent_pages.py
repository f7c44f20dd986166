"""The RNN and the LSTM page, run without a browser, over tasks of every architectural type."""

from pathlib import Path

import pytest

from explorer.config import parse
from explorer.ui.views import SEQUENCE_VIEWS
from tests.app.charts import texts
from tests.app.pages import TASKS, button, finished_sequence_run, open_page


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_every_view_works_on_every_type_of_task_at_the_first_and_at_the_last_step(runs: Path, task: str) -> None:
    run = finished_sequence_run(runs, TASKS[task])
    page = "rnn" if TASKS[task]["model"]["name"] == "rnn" else "lstm"
    for tab in (view.name for view in SEQUENCE_VIEWS):
        for step in ("0", str(run.steps[-1])):
            app = open_page(page, run=run.id, view=tab, step=step)
            assert not app.exception, tab
            assert not app.error, tab


@pytest.mark.parametrize("page", ["rnn", "lstm"])
def test_the_shipped_runs_open_with_their_equations_beside_pytorchs_numbers(page: str) -> None:
    app = open_page(page)
    assert not app.error
    assert "The largest difference to PyTorch's own numbers" in texts(app)


def test_a_plain_rnn_says_that_it_has_no_gates() -> None:
    app = open_page("rnn", view="Gates")
    assert any("no gates" in note.value for note in app.info)


def test_what_enters_a_cell_is_called_as_that_cell_has_it() -> None:
    plain, gated = (open_page(page, view="Gradients") for page in ("rnn", "lstm"))
    assert "At the pre-activation of the cell" in texts(plain)
    assert "forget gate" not in texts(plain)
    assert "At the cell state and at the pre-activation of each gate" in texts(gated)


def test_the_page_offers_to_train_the_cell_that_is_missing_on_the_same_data() -> None:
    app = open_page("lstm", view="Compare")
    assert not button(app, "Train the GRU on the same data").disabled


def test_a_sequence_of_ones_own_is_read_and_an_unknown_character_is_named(runs: Path) -> None:
    run = finished_sequence_run(runs, TASKS["many-to-many encoder-decoder"])
    app = open_page("lstm", run=run.id, view="Output", typed="abc")
    assert not app.error
    assert "The network reads **abc**" in texts(app)
    app.text_input(key="typed").set_value("a?c").run()
    assert any("'?'" in error.value for error in app.error)


def test_the_form_begins_with_what_suits_the_task() -> None:
    app = open_page("lstm")
    app.selectbox(key="lstm.dataset.name").set_value("adding").run()
    assert not app.exception
    config = parse({"dataset": {"name": "adding"}, "model": {"name": "lstm"}})
    steps = -(-config.dataset.model_dump()["examples"] // config.training.batch_size) * config.training.epochs
    assert config.training.optimizer == "adam"  # not the pictures' AdamW
    assert any(f"{steps:,} steps" in expander.label for expander in app.expander)
    assert not button(app, "Train").disabled
