"""The tabs Channels and Embeddings, run without a browser."""

from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.config import parse
from explorer.inspection import project
from explorer.training.run import Run
from explorer.training.state import take_lease
from explorer.training.worker import work
from explorer.ui.chart import Click
from explorer.ui.views.picture import embeddings
from tests.app.charts import texts
from tests.app.pages import SHIPPED_CNN as SHIPPED
from tests.app.pages import go_to_step, open_page, recorded_steps, subject_at


def open_tab(view: str, **address: str) -> AppTest:
    app = open_page("cnn", view=view, **address)
    assert not app.error
    return app


@pytest.mark.parametrize("view", ["Channels", "Embeddings"])
def test_the_tab_works_at_the_first_and_at_the_last_step(view: str) -> None:
    app = open_tab(view)
    go_to_step(app, recorded_steps(app)[0][0])
    assert not app.exception
    assert not app.error


def test_layer_and_channel_are_those_of_the_feature_maps() -> None:
    app = open_tab("Channels", layer="block2.convolution", map="5")
    assert app.selectbox(key="layer.widget").value == "block2.convolution"
    assert app.number_input(key="map.widget").value == 5
    app.selectbox(key="layer.widget").set_value("block1.activation").run()
    app.number_input(key="map.widget").set_value(7).run()
    assert not app.exception
    assert app.query_params["layer"] == "block1.activation"
    assert app.query_params["map"] == "7"


def test_a_unit_of_a_linear_layer_is_a_channel_too() -> None:
    app = open_tab("Channels", layer="head.logits", map="3")
    assert "0 to 9" in app.number_input(key="map.widget").label


def test_ablated_channels_are_named_and_can_be_restored() -> None:
    app = open_tab("Channels", layer="block1.activation", map="2")
    assert "No channel is ablated yet" in texts(app)
    next(button for button in app.button if button.label == "Ablate channel 2").click().run()
    app.selectbox(key="layer.widget").set_value("block2.activation").run()
    app.multiselect[0].set_value([1, 4]).run()
    assert not app.exception
    assert "block1.activation: 2; block2.activation: 1, 4" in texts(app)
    next(button for button in app.button if button.label == "Restore all").click().run()
    assert "No channel is ablated yet" in texts(app)


def test_a_visualisation_is_shown_until_other_options_are_chosen() -> None:
    app = open_tab("Channels", layer="block1.activation")
    app.slider(key="iterations").set_value(16).run()
    next(button for button in app.button if button.label == "Visualise").click().run()
    assert not app.exception
    assert "Compare with the patches" in texts(app)
    app.slider(key="jitter").set_value(0).run()
    assert "Compare with the patches" not in texts(app)


def test_one_weight_can_be_edited_without_touching_the_run() -> None:
    before = {name: value.clone() for name, value in Run.open(SHIPPED).weights(0).items()}
    app = open_tab("Channels", layer="block2.activation")
    app.toggle(key="edit_weight").set_value(True).run()
    parameter = next(widget for widget in app.selectbox if widget.label == "Parameter")
    assert parameter.value == "block2.convolution.weight"
    app.number_input(key="edited-value").set_value(5.0).run()
    assert not app.exception
    assert "layers" in texts(app)
    assert " change: only layers after the weight can" in texts(app)
    assert all((value == before[name]).all() for name, value in Run.open(SHIPPED).weights(0).items())


def test_a_dot_that_is_clicked_becomes_the_probe() -> None:
    app = open_tab("Embeddings")
    assert app.selectbox(key="split").value == "test"

    def clicked() -> None:
        import streamlit as st

        from tests.app.test_channels import click_dot

        click_dot()
        st.text(f"{st.session_state['split']} {st.session_state['image']}")

    spoken = AppTest.from_function(clicked).run()
    assert [str(element.value) for element in spoken.text] == ["validation 3"]


def click_dot() -> None:
    placed = np.array([[0.0, 0], [5, 0], [0, 5], [4, 4]])
    partial(embeddings._choose, placed)(Click(4.0, 4.0))


def test_the_map_moves_less_from_step_to_step_than_maps_that_are_not_aligned() -> None:
    steps = list(Run.open(SHIPPED).steps)[-5:]
    subjects = [subject_at(step) for step in steps]
    count = embeddings._count(subjects[0], "pca")
    aligned = [embeddings._placed(subject, "pca", count) for subject in subjects]
    free = [project(embeddings._features(subject.without_probe(), count)[0]) for subject in subjects]

    def movement(maps: list[np.ndarray]) -> float:
        return sum(float(np.abs(after - before).mean()) for before, after in pairwise(maps))

    assert movement(aligned) <= movement(free) + 1e-9
    assert movement(aligned) < 0.5 * float(np.abs(aligned[0]).mean()) * 4


def test_new_snapshots_leave_the_maps_of_earlier_ones_where_they_are() -> None:
    subject = subject_at(list(Run.open(SHIPPED).steps)[3])
    shorter = replace(subject, steps=subject.steps[:5])
    embeddings._map.clear()
    first = embeddings._placed(shorter, "pca", 50)
    embeddings._map.clear()
    assert np.array_equal(first, embeddings._placed(subject, "pca", 50))


def test_tsne_maps_and_colours_by_mistake() -> None:
    app = open_tab("Embeddings", step="0", map_method="t-SNE", map_colour="right or wrong")
    assert "Only neighbourhoods matter" in texts(app)


@pytest.mark.slow
def test_both_tabs_work_for_colour_pictures_and_another_network(runs: Path) -> None:
    values = {
        "dataset": {"name": "shapes", "examples": 200},
        "model": {"name": "cnn", "blocks": [{"channels": 2}], "activation": "gelu", "head_size": 0},
        "training": {"epochs": 1, "snapshots": 2},
    }
    run = Run.create(runs, parse(values))
    work(run.path, take_lease(run.path))
    for view in ("Channels", "Embeddings"):
        open_tab(view, run=run.id)
