"""A form is nothing but its configuration model, drawn."""

import pytest
from streamlit.testing.v1 import AppTest

from explorer.config import (
    CnnModel,
    DatasetConfig,
    LstmModel,
    MlpModel,
    ModelConfig,
    Part,
    RunConfig,
    TrainingConfig,
    members,
    parse,
)
from explorer.datasets import load
from explorer.ui.form.estimate import describe, table
from explorer.ui.form.fields import label
from explorer.ui.form.prepare import differences

pytestmark = pytest.mark.usefixtures("components_of_packages")
PARTS = [*members(DatasetConfig), *members(ModelConfig), TrainingConfig]


def drawn(part: type[Part]) -> AppTest:
    script = f"""
import streamlit as st
from {part.__module__} import {part.__name__}
from explorer.ui.form.fields import part_form
st.session_state["values"] = part_form({part.__name__}, "form")
"""
    app = AppTest.from_string(script, default_timeout=30).run()
    assert not app.exception
    return app


@pytest.fixture(scope="module", params=PARTS, ids=lambda part: str(part.__name__))
def untouched(request: pytest.FixtureRequest, components_of_packages: None) -> tuple[type[Part], AppTest]:
    """Each part and its form, drawn once; for tests that only read it."""
    return request.param, drawn(request.param)


def test_an_untouched_form_gives_the_models_own_defaults(untouched: tuple[type[Part], AppTest]) -> None:
    part, app = untouched
    assert part.model_validate(app.session_state["values"]) == part()


def test_a_field_without_effect_is_not_asked_for() -> None:
    app = drawn(TrainingConfig)
    assert "momentum" not in app.session_state["values"]
    app.selectbox(key="form.optimizer").set_value("sgd").run()
    assert app.session_state["values"]["momentum"] == 0.9


@pytest.mark.parametrize(
    ("part", "without", "with_", "fields"),
    [
        (LstmModel, {"layers": "1"}, {"layers": "2"}, {"dropout"}),
        (MlpModel, {"hidden_layers": "0"}, {"hidden_layers": "1"}, {"hidden_size", "activation", "dropout"}),
    ],
)
def test_a_field_that_fewer_layers_leave_without_effect_is_hidden(
    part: type[Part], without: dict[str, str], with_: dict[str, str], fields: set[str]
) -> None:
    app = drawn(part)
    for chosen, asked in ((without, set()), (with_, fields)):
        for name, text in chosen.items():
            app.text_input(key=f"form.{name}").set_value(text).run()
        assert set(app.session_state["values"]) & fields == asked


def test_what_is_typed_and_slid_arrives_in_the_configuration() -> None:
    app = drawn(CnnModel)
    app.select_slider(key="form.blocks.count.slider").set_value(4).run()
    app.text_input(key="form.blocks.3.channels").set_value("7").run()
    app.selectbox(key="form.activation").set_value("tanh").run()
    app.toggle(key="form.batch_norm").set_value(False).run()
    model = CnnModel.model_validate(app.session_state["values"])
    assert len(model.blocks) == 4
    assert model.blocks[3].channels == 7
    assert model.activation == "tanh"
    assert not model.batch_norm


def test_names_become_words_with_their_unit() -> None:
    assert label("batch_size", "examples") == "Batch size, examples"
    assert label("epochs", "epochs") == "Epochs"
    assert label("bias") == "Bias"


def test_two_equal_runs_do_not_differ() -> None:
    assert differences(RunConfig(), RunConfig()) == []


def test_differences_are_told_field_by_field() -> None:
    other = parse(
        {
            "model": {"blocks": [{"channels": 16, "pooling": "none"}, {"channels": 8}]},
            "training": {"learning_rate": 0.01},
        }
    )
    assert differences(other, RunConfig()) == [
        "Blocks 3 → 2",
        "Block 2: Channels 32 → 8",
        "Learning rate 0.003 → 0.01",
    ]


def test_another_data_set_is_told_by_its_name() -> None:
    assert differences(parse({"dataset": {"name": "shapes"}}), RunConfig()) == ["digits → shapes"]


def test_a_form_filled_from_a_part_gives_that_part_back() -> None:
    script = """
import streamlit as st
from explorer import config
from explorer.ui.form.fields import fill, part_form
wanted = config.CnnModel(blocks=[{"channels": 5, "stride": 2}], activation="tanh", dropout=0.25, bias=False)
fill(wanted, "form")
st.session_state["equal"] = config.CnnModel.model_validate(part_form(config.CnnModel, "form")) == wanted
"""
    app = AppTest.from_string(script, default_timeout=30).run()
    assert not app.exception
    assert app.session_state["equal"]


@pytest.mark.parametrize(
    ("dataset", "model", "fields"),
    [
        ({"name": "adding"}, {}, {"recurrent": "the time steps so far", "readout": "all time steps"}),
        ({"name": "adding"}, {"bidirectional": True}, {"recurrent": "all time steps", "readout": "all time steps"}),
        (
            {"name": "bracket_depth"},
            {"embedding_size": 4},
            {
                "embedding": "1 time step",
                "recurrent": "the time steps so far",
                "readout": "the time steps so far",
            },
        ),
    ],
)
def test_of_sequences_the_receptive_field_is_told_in_time_steps(
    dataset: dict[str, str], model: dict[str, object], fields: dict[str, str]
) -> None:
    config = parse({"dataset": {**dataset, "examples": 500, "length": 8}, "model": {"name": "lstm", **model}})
    rows, _ = describe(config, load(config))
    found = table(rows).set_index("layer")["receptive field"].to_dict()
    assert found == fields
