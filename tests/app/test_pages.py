"""The pages, run without a browser."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from explorer.training.run import Run
from explorer.ui.views import RUN_VIEWS
from tests.app.charts import texts
from tests.app.pages import button, finished_run, go_to_step, open_page, recorded_steps, run_shown, slider

VIEWS = [view.name for view in RUN_VIEWS]


@pytest.mark.sample(4)
@pytest.mark.parametrize("tab", VIEWS)
def test_every_view_of_the_shipped_run_works_at_the_first_and_at_the_last_step(tab: str) -> None:
    app = open_page("cnn", view=tab)
    assert not app.exception
    assert not app.error
    steps, shown = recorded_steps(app)
    assert shown == steps[-1]
    go_to_step(app, steps[0])
    assert not app.exception
    assert not app.error


def test_the_page_shows_shapes_parameters_and_cost_of_the_network_before_it_is_trained() -> None:
    app = open_page("cnn")
    # by hand: conv 1·16·9+16, 16·32·9+32, 32·32·9+32, norms 2·(16+32+32), linear 128·64+64, 64·10+10
    expected = 160 + 4640 + 9248 + 160 + 8256 + 650
    assert f"{expected:,} parameters" in " ".join(expander.label for expander in app.expander)


def test_a_changed_control_prepares_the_next_run_and_keeps_the_one_that_is_shown() -> None:
    app = open_page("cnn")
    shown = run_shown(app)
    slider(app, "Epochs").set_value(3).run()
    assert not app.exception
    assert run_shown(app) == shown
    assert any("Epochs 60 → 3" in expander.label for expander in app.expander)


def test_an_impossible_network_is_refused_with_numbers_and_train_is_off() -> None:
    app = open_page("cnn")
    slider(app, "Kernel size, pixels").set_value(11).run()
    assert any(
        "11x11 kernel" in error.value and "8x8" in error.value and "choose" in error.value for error in app.error
    )
    assert button(app, "Train").disabled


@pytest.mark.slow
def test_train_starts_a_run_of_its_own_and_shows_it(runs: Path) -> None:
    app = open_page("cnn")
    slider(app, "Epochs").set_value(1).run()
    button(app, "Train").click().run()
    assert not app.exception
    [run] = Run.list(runs)
    assert run_shown(app) == run.id
    end = time.monotonic() + 60
    while run.status in ("queued", "running") and time.monotonic() < end:
        time.sleep(0.1)
    assert run.status == "finished", run.reason
    app.run()
    assert not app.exception
    assert "test accuracy" in texts(app)


def test_the_address_names_run_step_probe_and_view(runs: Path) -> None:
    run = finished_run(runs)
    app = open_page("cnn", run=run.id, step="6", split="validation", image="5", view="Predictions")
    assert run_shown(app) == run.id
    assert recorded_steps(app)[1] == 6
    assert app.selectbox(key="split").value == "validation"
    assert app.number_input(key="image").value == 5
    assert "The validation split at step 6" in texts(app)


def test_another_run_is_shown_at_its_own_last_step(runs: Path) -> None:
    first = finished_run(runs, {"training": {"epochs": 2, "snapshots": 4}})
    second = finished_run(runs, {"training": {"epochs": 4, "snapshots": 4}})
    shared = set(first.steps) & set(second.steps[:-1])
    app = open_page("cnn", run=first.id, step=str(max(shared)))
    assert recorded_steps(app)[1] == max(shared)
    next(box for box in app.selectbox if box.label == "Run").select(second.id).run()
    assert not app.exception
    assert recorded_steps(app)[1] == second.steps[-1]
    assert f"at step {second.steps[-1]:,}" in texts(app)


def test_an_address_of_a_run_that_is_not_here_says_so_and_shows_another() -> None:
    app = open_page("cnn", run="gone")
    assert not app.exception
    assert any("gone" in toast.value for toast in app.toast) or run_shown(app) == "cnn-on-digits"


def test_a_broken_run_is_listed_with_its_reason_and_the_page_goes_on(runs: Path) -> None:
    run = finished_run(runs)
    config = json.loads((run.path / "config.json").read_text())
    config["training"]["epochs"] = 99999
    (run.path / "config.json").write_text(json.dumps(config))
    app = open_page("cnn", run=run.id)
    assert any("epochs" in error.value and "99999" in error.value for error in app.error)
    assert not button(app, "Train").disabled


@pytest.mark.parametrize(
    "values",
    [
        {"dataset": {"name": "shapes", "examples": 200}},
        {"dataset": {"name": "image_folder", "greyscale": True, "size": 16}},
        {
            "model": {
                "name": "cnn",
                "blocks": [
                    {"channels": 4, "stride": 2, "padding": 2, "dilation": 2, "pooling": "average"},
                    {"channels": 8, "groups": 2, "kernel_size": 2, "pooling": "none"},
                ],
                "activation": "tanh",
                "padding_mode": "reflect",
                "batch_norm": False,
                "bias": False,
                "dropout": 0.0,
                "head_size": 0,
            }
        },
        {"model": {"name": "cnn", "blocks": [{"channels": 2}], "activation": "gelu"}},
    ],
    ids=["colour", "folder", "odd convolutions", "one block"],
)
@pytest.mark.slow
def test_every_view_works_for_other_data_and_other_networks(runs: Path, values: dict[str, Any]) -> None:
    run = finished_run(runs, values)
    for tab in VIEWS:
        app = open_page("cnn", run=run.id, view=tab)
        app.run()
        assert not app.exception, tab
        assert not app.error, tab


def test_a_mistake_is_one_click_away_from_being_looked_into(runs: Path) -> None:
    run = finished_run(runs)  # one epoch on few examples: there are mistakes
    app = open_page("cnn", run=run.id, view="Predictions")
    before = app.number_input(key="image").value
    chosen = int(next(b for b in app.button if b.key == "mistakes-3").help.split()[2])
    next(b for b in app.button if b.key == "mistakes-3").click().run()
    assert not app.exception
    assert app.number_input(key="image").value == chosen != before


def test_errors_first_shows_the_splits_mistakes_at_this_step(runs: Path) -> None:
    run = finished_run(runs)
    app = open_page("cnn", run=run.id)
    app.toggle(key="errors_first").set_value(True).run()
    app.toggle(key="errors_first").set_value(True)
    assert not app.exception
    assert any(str(b.key).startswith("errors-first-") for b in app.button)


def test_a_map_leads_to_the_arithmetic_of_its_values() -> None:
    app = open_page("cnn")
    button(app, "See how its values are computed").click().run()
    assert not app.exception
    assert "PyTorch's own value" in texts(app)


def test_each_data_set_keeps_its_own_choices() -> None:
    app = open_page("cnn")
    app.selectbox(key="cnn.dataset.name").set_value("shapes").run()
    app.text_input(key="cnn.dataset.shapes.examples").set_value("500").run()
    app.selectbox(key="cnn.dataset.name").set_value("digits").run()
    app.selectbox(key="cnn.dataset.name").set_value("shapes").run()
    assert not app.exception
    assert app.text_input(key="cnn.dataset.shapes.examples").value == "500"


def test_a_data_set_that_is_not_here_says_what_is_missing_and_is_not_fetched_unasked(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_DATA", str(runs.parent / "no-data"))
    app = open_page("cnn")
    app.selectbox(key="cnn.dataset.name").set_value("mnist").run()
    assert not app.exception
    assert any("MNIST is not on this machine" in error.value and "no-data" in error.value for error in app.error)
    assert button(app, "Train").disabled
    assert not button(app, "Download").disabled
    app.selectbox(key="cnn.dataset.name").set_value("digits").run()
    assert not app.error
    assert not button(app, "Train").disabled


def test_the_form_can_start_from_the_choices_of_the_run_that_is_shown(runs: Path) -> None:
    run = finished_run(runs)
    app = open_page("cnn", run=run.id)
    button(app, "Copy this run's settings").click().run()
    assert not app.exception
    assert not any("changes:" in expander.label for expander in app.expander)
    assert slider(app, "Epochs").value == 1


def test_batches_too_small_for_batch_norm_are_refused_before_training() -> None:
    app = open_page("cnn")
    app.text_input(key="cnn.training.batch_size").set_value("1").run()
    assert any("batch" in error.value and "choose a batch size of 3 or more" in error.value for error in app.error)
    assert button(app, "Train").disabled
