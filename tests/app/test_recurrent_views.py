"""The views of the recurrent pages, each for what it says, run without a browser."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer import datasets
from explorer.config import FiveTypesDataset, RunConfig, names, parse
from explorer.datasets.sequences import Sequences
from explorer.training.run import Run
from explorer.training.state import take_lease
from explorer.training.worker import work
from explorer.ui.screens import five_types
from explorer.ui.views import ONE_TO_ONE_VIEWS
from explorer.ui.views.sequence import gradients, lengths
from tests.app.charts import read, sent_charts, texts
from tests.app.pages import TASKS, button, finished_sequence_run, open_page

NETWORKS_SHOWN = ("LSTM", "RNN")
GATES_SHOWN = ("input gate", "forget gate", "output gate")


def choose_feature(app: AppTest, name: str) -> None:
    app.selectbox(key="feature").set_value(name).run()
    assert not app.exception
    assert not app.error


def positions(app: AppTest) -> int:
    """Over how many time steps the units are compared."""
    found = re.search(r"over ([\d,]+) time steps of", texts(app))
    assert found, texts(app)
    return int(found[1].replace(",", ""))


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_units_can_be_compared_with_every_feature_that_a_task_has(runs: Path, task: str) -> None:
    run = finished_sequence_run(runs, TASKS[task])
    app = open_page("rnn" if TASKS[task]["model"]["name"] == "rnn" else "lstm", run=run.id, view="States")
    options = app.selectbox(key="feature").options
    assert "the time step" in options
    for name in options if len(options) < 12 else options[::4]:
        choose_feature(app, name)
    app.selectbox(key="unit_order").set_value("by correlation with the feature").run()
    assert not app.exception


def test_units_are_compared_over_all_real_steps_of_the_sequences_and_none_of_the_padding(runs: Path) -> None:
    run = finished_sequence_run(runs, TASKS["many-to-one, padded, both directions"])
    app = open_page("lstm", run=run.id, view="States", split="validation")
    assert run.config is not None
    splits = datasets.load(run.config)
    lengths = splits.lengths_of("validation")
    assert lengths is not None
    assert positions(app) == int(lengths[: 6400 // 8].sum())


def test_a_regular_expression_of_ones_own_is_a_feature_and_a_wrong_one_is_named(runs: Path) -> None:
    run = finished_sequence_run(runs, TASKS["many-to-many in step"])
    app = open_page("lstm", run=run.id, view="States")
    choose_feature(app, "a regular expression")
    app.text_input(key="pattern").set_value("[(]a").run()
    assert "with “a match of [(]a”" in texts(app)
    app.text_input(key="pattern").set_value("(").run()
    assert any("not a regular expression" in error.value for error in app.error)
    app.text_input(key="pattern").set_value("#").run()
    assert any("is constant" in note.value for note in app.info)


def test_of_brackets_the_depth_can_be_chosen_and_upper_case_cannot(runs: Path) -> None:
    run = finished_sequence_run(runs, TASKS["many-to-many in step"])
    app = open_page("lstm", run=run.id, view="States")
    options = app.selectbox(key="feature").options
    assert "bracket depth" in options
    assert "is upper case" not in options


def test_how_often_gradients_were_clipped_is_said_in_a_sentence() -> None:
    norms = np.array([0.5, 2.0, 3.0, 0.9])
    assert "reached 3 before clipping. In 50.0% of the updates it was above 1" in gradients.clipping(norms, 1.0)
    assert "always below the limit of 5" in gradients.clipping(norms, 5.0)
    assert "nothing was clipped" in gradients.clipping(norms, 0.0)


def test_other_lengths_stay_within_the_tasks_bounds_and_hold_the_one_that_was_trained() -> None:
    parity = parse({"dataset": {"name": "parity", "length": 16}, "model": {"name": "rnn"}})
    tried = lengths.lengths_to_try(parity)
    assert tried == [5, 10, 16, 20, 30, 50, 75, 100]  # parity has at most 100 bits
    assert lengths.free_length(parse({"dataset": {"name": "copy_memory"}, "model": {"name": "gru"}})) == "blanks"
    assert lengths.free_length(parse({"dataset": {"name": "sunspots"}, "model": {"name": "gru"}})) is None


def drawn(config: RunConfig, length: int) -> Sequences:
    return lengths.fresh_sequences(lengths.fresh_config(config, length))


def test_sequences_of_another_length_are_none_that_the_network_was_trained_or_tested_on() -> None:
    config = parse({"dataset": {"name": "adding", "examples": 500, "length": 8}, "model": {"name": "rnn"}})
    same, longer = drawn(config, 8), drawn(config, 20)
    assert longer.test.inputs.shape[1:] == (20, 2)
    known = datasets.load(config)
    assert not torch.equal(same.test.inputs, known.test.inputs)
    assert torch.equal(same.test.inputs, drawn(config, 8).test.inputs)  # drawn once and for all


def test_the_comparison_says_how_far_each_network_reaches_and_draws_gradients_too(runs: Path) -> None:
    for model in ("rnn", "lstm"):
        values = {"dataset": {"name": "parity", "examples": 500, "length": 8}, "model": {"name": model}}
        run = finished_sequence_run(runs, values)
    app = open_page("lstm", run=run.id, view="Compare")
    assert not app.exception
    assert not app.error
    assert "1,000 new sequences of each length" in texts(app)
    assert list(app.dataframe[0].value["network"]) == ["LSTM", "RNN"]
    for key in ("compared", "compared-accuracy", "dldh", "length-loss", "length-share"):
        assert key in app.session_state, key


def test_the_plain_network_is_chosen_with_the_digits_and_the_recurrent_ones_with_sequences() -> None:
    app = open_page("rnn")
    app.selectbox(key="rnn.dataset.name").set_value("digits").run()
    assert not app.exception
    assert app.selectbox(key="rnn.model.name").options == ["Multilayer perceptron"]
    assert not app.error
    assert not button(app, "Train").disabled
    app.selectbox(key="rnn.dataset.name").set_value("parity").run()
    assert not app.exception
    assert app.selectbox(key="rnn.model.name").options == ["Plain recurrent network", "GRU"]
    assert not button(app, "Train").disabled


@pytest.mark.slow
def test_every_view_of_one_to_one_shows_something_or_says_why_there_is_nothing(runs: Path) -> None:
    mlp = {"dataset": {"name": "digits"}, "model": {"name": "mlp"}}
    run = Run.create(runs, parse({**mlp, "training": {"epochs": 1, "snapshots": 2}}))
    work(run.path, take_lease(run.path))
    for view in (view.name for view in ONE_TO_ONE_VIEWS):
        app = open_page("rnn", run=run.id, view=view)
        app.run()
        assert not app.exception, view
        assert not app.error, view
        assert app.info or any(key in app.session_state for key in ("unrolled", "probabilities", "compared")), view
    assert not button(app, "Train the GRU on the same data").disabled
    assert next(iter(app.dataframe[0].value["network"])) == "one-to-one, at once"


def test_the_shipped_one_to_one_is_compared_with_the_shipped_networks_that_read_row_by_row() -> None:
    app = open_page("rnn", run="mlp-on-digits", view="Compare")
    assert not app.error
    assert set(app.dataframe[0].value["network"]) == {"one-to-one, at once", "RNN, row by row", "LSTM, row by row"}


def test_one_to_one_starts_again_from_its_own_choices_and_leaves_them_for_others(runs: Path) -> None:
    mlp = {"dataset": {"name": "digits"}, "model": {"name": "mlp", "hidden_layers": 1}}
    run = Run.create(runs, parse({**mlp, "training": {"epochs": 1, "snapshots": 2}}))
    work(run.path, take_lease(run.path))
    app = open_page("rnn", run=run.id)
    button(app, "Copy this run's settings").click().run()
    assert not app.exception
    assert not any("changes:" in expander.label for expander in app.expander)
    app.selectbox(key="rnn.dataset.name").set_value("parity").run()
    assert not app.exception
    assert not button(app, "Train").disabled


@pytest.mark.sample(4)
@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, parts in five_types.types().items() for name in names(parts)]
)
def test_each_data_set_is_listed_under_the_type_that_it_is(kind: str, name: str) -> None:
    small = {"python_source": {"characters": 50000}, "text": {"characters": 5000}}
    splits = datasets.load(parse({"dataset": {"name": name, **small.get(name, {})}}))
    assert splits.shape_facts().architecture == kind


def test_every_data_set_of_the_page_has_a_type() -> None:
    assert sorted(name for parts in five_types.types().values() for name in names(parts)) == sorted(
        names(FiveTypesDataset)
    )


def test_a_network_and_a_gate_have_the_same_colour_in_every_chart() -> None:
    colours: dict[str, set[str]] = {}
    for name_of_page, view in (("lstm", "Gates"), ("lstm", "Gradients"), ("lstm", "Compare"), ("rnn", "Compare")):
        for one in map(read, sent_charts(open_page(name_of_page, view=view).main)):
            for trace in one.figure["data"]:
                colour = trace.get("line", {}).get("color") or trace.get("marker", {}).get("color")
                name = str(trace.get("name", "")).split(",")[0]
                wanted = one.kind != "gates-over-training"  # there the median is white
                if wanted and isinstance(colour, str) and name in (*NETWORKS_SHOWN, *GATES_SHOWN):
                    colours.setdefault(name, set()).add(colour)
    for one in map(read, sent_charts(open_page("closing").main)):
        for trace in one.figure["data"]:
            name = str(trace.get("name", "")).removesuffix(" (shipped)")
            if name in colours:
                colours[name].add(trace["line"]["color"])
    assert {name: len(found) for name, found in colours.items()} == dict.fromkeys((*NETWORKS_SHOWN, *GATES_SHOWN), 1)
