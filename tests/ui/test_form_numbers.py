"""The numbers of the form: each is typed or slid, and what is shown is what is trained."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.config import (
    CnnModel,
    ConvolutionBlock,
    DatasetConfig,
    ModelConfig,
    Part,
    TrainingConfig,
    bounds,
    members,
    name_of,
    number_of,
    parse,
    written,
)
from explorer.training.run import ReadableRun, Run
from explorer.ui.form.numbers import MOST_STOPS

PARTS: list[type[Part]] = [*members(DatasetConfig), *members(ModelConfig), TrainingConfig]
CONVOLUTION: list[type[Part]] = [ConvolutionBlock]
LEAST = {"form.layers": 2, "form.hidden_layers": 1}  # with fewer layers other fields have no effect and are hidden
each_part = pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
EVERYTHING_MATTERS = {"optimizer": "sgd", "strategy": "last_blocks"}  # with these and two layers no field is hidden


def drawn(part: type[Part], before: str = "") -> AppTest:
    script = f"""
import streamlit as st
from {part.__module__} import {part.__name__} as part
from explorer.ui.form.fields import fill, part_form
{before}
values = part_form(part, "form", kind="pictures")
st.session_state["values"] = values
"""
    app = AppTest.from_string(script, default_timeout=60).run()
    assert not app.exception
    for name in set(part.model_fields) & set(EVERYTHING_MATTERS):
        app.selectbox(key=f"form.{name}").set_value(EVERYTHING_MATTERS[name]).run()
    if "layers" in part.model_fields:
        app.text_input(key="form.layers").set_value("2").run()
    return app


def numeric(part: type[Part]) -> dict[str, Any]:
    """The fields of a part, and those of its blocks, that hold numbers: each key of the form with its field."""
    own = {f"form.{name}": field for name, field in part.model_fields.items() if number_of(field)}
    blocks = len(CnnModel().blocks) if part is CnnModel else 0
    for place in range(blocks):
        for name, field in ConvolutionBlock.model_fields.items():
            if number_of(field):
                own[f"form.blocks.{place}.{name}"] = field
    return own


def value_at(values: Any, key: str) -> Any:
    for name in key.removeprefix("form.").split("."):
        values = values[int(name)] if name.isdigit() else values[name]
    return values


@pytest.mark.sample(4)
@each_part
def test_every_number_is_typed_and_slid_between_the_bounds_of_its_field_with_its_help(part: type[Part]) -> None:
    app = drawn(part)
    for key, field in numeric(part).items():
        number = number_of(field)
        assert number is not None
        box = app.text_input(key=key)
        assert float(str(box.value)) == value_at(app.session_state["values"], key)
        if len(number.stops) > MOST_STOPS:  # a seed
            assert box.help == field.description
            continue
        slider = app.select_slider(key=f"{key}.slider")
        low, high = bounds(field.metadata)
        assert (float(slider.options[0]), float(slider.options[-1])) == (low, high)
        assert slider.help == field.description
        assert slider.value == float(str(box.value))


def test_only_seeds_have_no_slider() -> None:
    boxes = {
        name
        for part in PARTS + CONVOLUTION
        for name, field in part.model_fields.items()
        if (number := number_of(field)) and len(number.stops) > MOST_STOPS
    }
    assert boxes == {"seed", "split_seed", "data_seed", "drawing_seed"}


def some_values(part: type[Part], chance: random.Random) -> dict[str, float]:
    """For each number a value between its bounds: any one, or one of its slider."""
    found = {}
    for key, field in numeric(part).items():
        number = number_of(field)
        assert number is not None
        anywhere = chance.uniform(number.low, number.high)
        between = round(anywhere) if number.whole else float(f"{anywhere:.{chance.randint(1, 17)}g}")
        found[key] = chance.choice([number.nearest(written(between), number.low), chance.choice(number.stops)])
    return {key: max(value, LEAST.get(key, value)) for key, value in found.items()}


def config_of(part: type[Part], values: dict[str, Any]) -> Any:
    """The part of a whole run that has these values; the model's, where it is data, is the one that suits."""
    place = "training" if part is TrainingConfig else "model" if part in members(ModelConfig) else "dataset"
    named = {} if part is TrainingConfig else {"name": name_of(part)}
    return place, parse({place: {**named, **values}})


@pytest.mark.sample(4)
@each_part
@pytest.mark.parametrize("seed", range(2))
def test_what_is_typed_is_what_the_run_holds_and_what_is_shown_again(
    part: type[Part], seed: int, tmp_path: Path
) -> None:
    app, typed = drawn(part), some_values(part, random.Random(seed))
    for key, value in typed.items():
        app.text_input(key=key).set_value(repr(value))
    app.run()
    assert not app.error
    place, config = config_of(part, app.session_state["values"])
    run = Run.create(tmp_path / "runs", config)
    [file] = run.path.glob("config.json")
    stored = json.loads(file.read_text(encoding="utf-8"))[place]
    assert {key: value_at(stored, key) for key in typed} == typed
    opened = Run.open(run.path)
    assert isinstance(opened, ReadableRun)
    again = drawn(part, f"fill(part.model_validate_json({getattr(opened.config, place).model_dump_json()!r}), 'form')")
    assert {key: float(str(again.text_input(key=key).value)) for key in typed} == typed
    assert config_of(part, again.session_state["values"])[1] == config


@pytest.mark.sample(4)
@each_part
def test_a_number_out_of_bounds_is_explained_beside_its_field_and_stays_typed(part: type[Part]) -> None:
    app, fields = drawn(part), numeric(part)
    for key, field in fields.items():
        number = number_of(field)
        assert number is not None
        wrong = written(number.high + 1)
        app.text_input(key=key).set_value(wrong)
    app.run()
    said = [error.value for error in app.error]
    assert len(said) == len(fields)
    assert all(" is possible; choose " in sentence for sentence in said)
    for key, field in fields.items():
        number = number_of(field)
        assert number is not None
        assert app.text_input(key=key).value == written(number.high + 1)
        if len(number.stops) <= MOST_STOPS:
            assert app.select_slider(key=f"{key}.slider").value == number.high


def test_the_slider_writes_into_the_box_and_the_box_moves_the_slider() -> None:
    app = drawn(TrainingConfig)
    app.select_slider(key="form.learning_rate.slider").set_value(0.03).run()
    assert app.text_input(key="form.learning_rate").value == "0.03"
    app.text_input(key="form.learning_rate").set_value("0.0123").run()
    assert app.select_slider(key="form.learning_rate.slider").value == 0.0123
    assert app.session_state["values"]["learning_rate"] == 0.0123
    app.text_input(key="form.learning_rate").set_value("3e-4").run()
    assert app.session_state["values"]["learning_rate"] == 0.0003
    assert "0.0123" not in app.select_slider(key="form.learning_rate.slider").options


def test_a_number_of_blocks_that_cannot_be_is_explained_and_the_blocks_are_as_before_once_it_is_mended() -> None:
    app = drawn(CnnModel)
    app.text_input(key="form.blocks.1.channels").set_value("24").run()
    app.text_input(key="form.blocks.count").set_value("7").run()
    assert [error.value for error in app.error] == ["Blocks is 7, and at most 4 is possible; choose 1 to 4."]
    app.text_input(key="form.blocks.count").set_value("2").run()
    assert not app.error
    assert [block["channels"] for block in app.session_state["values"]["blocks"]] == [16, 24]


def test_a_fault_in_a_block_names_the_block() -> None:
    app = drawn(CnnModel)
    app.text_input(key="form.blocks.1.channels").set_value("400").run()
    [error] = app.error
    assert error.value == "Block 2: Channels is 400, and at most 128 is possible; choose 1 to 128."
