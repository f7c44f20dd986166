import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from explorer.config import (
    CnnModel,
    ConvolutionBlock,
    DatasetConfig,
    DigitsData,
    ImageDataset,
    LstmModel,
    ModelConfig,
    Part,
    PretrainedModel,
    RecurrentModel,
    RunConfig,
    SequenceData,
    ShapesData,
    TrainingConfig,
    bounds,
    by_name,
    members,
    names,
    parse,
    read_config,
    recommended_network,
    recommended_training,
    suits,
)
from explorer.errors import ExplorerError

PARTS: tuple[type[Part], ...] = (*members(DatasetConfig), *members(ModelConfig), TrainingConfig, ConvolutionBlock)


def values_of(field: FieldInfo) -> st.SearchStrategy[Any]:
    """Any value that a field may have, from its type and its bounds alone."""
    annotation = field.annotation
    low, high = bounds(field.metadata)
    if get_origin(annotation) is Literal:
        return st.sampled_from(get_args(annotation))
    if annotation == tuple[str, ...]:
        return st.lists(st.text(max_size=9), max_size=3)
    if annotation is bool:
        return st.booleans()
    if annotation is int:
        assert low is not None
        assert high is not None
        return st.integers(int(low), int(high))
    if annotation is float:
        return st.floats(low, high)
    if annotation is str:
        return st.text(max_size=20)
    return st.lists(configs_of(ConvolutionBlock), min_size=1, max_size=4)


def configs_of(part: type[Part]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: values_of(field) for name, field in part.model_fields.items()})


def fitting(model: type[Part]) -> tuple[type[Part], ...]:
    """The data sets that a model can read."""
    if issubclass(model, RecurrentModel):
        return tuple(part for part in members(DatasetConfig) if issubclass(part, SequenceData))
    return members(ImageDataset) if model in (CnnModel, PretrainedModel) else (DigitsData,)


def runs_of(model: type[Part]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "dataset": st.one_of([configs_of(part) for part in fitting(model)]),
            "model": configs_of(model),
            "training": configs_of(TrainingConfig),
        }
    )


def in_one_direction_where_two_give_the_answer_away(values: dict[str, Any]) -> bool:
    data = next(
        part for part in members(DatasetConfig) if part.model_fields["name"].default == values["dataset"]["name"]
    )
    return not (values["model"].get("bidirectional") and getattr(data, "autoregressive", False))


def without_what_other_data_need(values: dict[str, Any]) -> dict[str, Any]:
    kind, fields = by_name(DatasetConfig)[values["dataset"]["name"]].kind, TrainingConfig.model_fields
    return {**values, "training": {name: one for name, one in values["training"].items() if suits(fields[name], kind)}}


runs = (
    st.one_of([runs_of(model) for model in members(ModelConfig)])
    .filter(in_one_direction_where_two_give_the_answer_away)
    .map(without_what_other_data_need)
)


def message(values: dict[str, Any]) -> str:
    with pytest.raises(ExplorerError) as caught:
        parse(values)
    return str(caught.value)


@settings(max_examples=60, deadline=None)
@given(values=runs)
def test_every_configuration_comes_back_from_json_as_it_was(values: dict[str, Any]) -> None:
    config = parse(values)
    assert RunConfig.model_validate_json(config.model_dump_json()) == config
    assert parse(json.loads(json.dumps(config.model_dump(mode="json")))) == config


@settings(max_examples=20, deadline=None)
@given(values=runs)
def test_a_configuration_can_be_hashed_and_two_equal_ones_are_one(values: dict[str, Any]) -> None:
    assert len({parse(values), parse(values)}) == 1


OF_PICTURES = [name for name, field in TrainingConfig.model_fields.items() if not suits(field, "sequences")]


@pytest.mark.parametrize("dataset", names(DatasetConfig))
@pytest.mark.parametrize("setting", OF_PICTURES)
def test_what_changes_pictures_is_refused_for_all_other_data_with_the_one_value_to_choose(
    dataset: str, setting: str
) -> None:
    chosen = {"dataset": {"name": dataset}, "training": {setting: 1}}
    if by_name(DatasetConfig)[dataset].kind == "pictures":
        assert getattr(parse(chosen).training, setting) == 1
        return
    usual = TrainingConfig.model_fields[setting].default
    assert f"training.{setting} is " in message(chosen)
    assert f"{dataset} holds sequences, which it cannot change; choose {usual}" in message(chosen)
    assert parse({**chosen, "training": {setting: usual}})


def test_augmentation_is_for_pictures_alone() -> None:
    assert OF_PICTURES == ["horizontal_flip", "random_shift", "random_crop", "gaussian_noise"]


def test_names_are_enough_all_else_has_defaults() -> None:
    config = parse({"dataset": {"name": "digits"}, "model": {"name": "cnn"}, "training": {}})
    assert config == RunConfig() == parse({})
    assert isinstance(config.dataset, DigitsData)


@pytest.mark.parametrize("name", names(DatasetConfig))
def test_every_data_set_can_be_chosen_by_its_name(name: str) -> None:
    assert parse({"dataset": {"name": name}}).dataset.name == name


@pytest.mark.parametrize("part", PARTS)
def test_a_part_cannot_be_changed(part: type[Part]) -> None:
    value = part()
    for field in part.model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(value, field, getattr(value, field))


@pytest.mark.parametrize("part", PARTS)
def test_every_parameter_has_a_line_of_help_and_every_number_two_bounds(part: type[BaseModel]) -> None:
    for name, field in part.model_fields.items():
        if name == "name":
            continue
        assert field.description, name
        if field.annotation in (int, float):
            low, high = bounds(field.metadata)
            assert low is not None, name
            assert high is not None, name
            assert low <= field.default <= high


@pytest.mark.parametrize("part", [part for part in PARTS if part is not ConvolutionBlock])
def test_a_number_outside_its_bounds_is_named_with_its_value_and_both_bounds(part: type[Part]) -> None:
    place = "training" if part is TrainingConfig else "model" if part in members(ModelConfig) else "dataset"
    chosen = {} if part is TrainingConfig else {"name": part.model_fields["name"].default}
    for field, about in part.model_fields.items():
        low, high = bounds(about.metadata)
        if low is None or high is None:
            continue
        for wrong in (low - 1, high + 1):
            said = message({place: {**chosen, field: wrong}})
            assert f"{place}.{field} is {wrong!r}" in said
            assert f"(it may be {low} to {high})" in said


def test_each_of_several_faults_gets_a_sentence() -> None:
    said = message({"training": {"epochs": 0, "batch_size": 9999}, "model": {"head_size": -1}})
    for part in (
        "training.epochs is 0",
        "1 to 500",
        "training.batch_size is 9999",
        "1 to 1024",
        "model.head_size is -1",
    ):
        assert part in said


def test_a_fault_in_a_block_is_named_by_the_blocks_place() -> None:
    assert message({"model": {"blocks": [{}, {"channels": 400}]}}) == (
        "model.blocks.1.channels is 400: input should be less than or equal to 128 (it may be 1 to 128)."
    )


def test_too_many_blocks_are_counted() -> None:
    said = message({"model": {"blocks": [{}] * 5}})
    assert "model.blocks" in said
    assert "at most 4" in said


@pytest.mark.parametrize(
    ("values", "field", "meant"),
    [
        ({"training": {"learning_rat": 0.1}}, "training.learning_rat", "learning_rate"),
        ({"training": {"optimiser": "adam"}}, "training.optimiser", "optimizer"),
        ({"dataset": {"name": "shapes", "cluter": 0.1}}, "dataset.cluter", "clutter"),
        ({"model": {"blocks": [{"chanels": 3}]}}, "model.blocks.0.chanels", "channels"),
        ({"trainings": {}}, "trainings", "training"),
    ],
)
def test_an_unknown_field_is_answered_with_the_nearest_one(values: dict[str, Any], field: str, meant: str) -> None:
    assert f"{field} is unknown" in message(values)
    assert f"Did you mean {meant}?" in message(values)


def test_an_unknown_field_like_no_other_is_answered_with_all_there_are() -> None:
    said = message({"training": {"zzz": 1}})
    for field in TrainingConfig.model_fields:
        assert field in said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"dataset": {"name": "digits", "shapes": 1}}, "dataset.shapes is unknown"),
        ({"model": {"cnn": {}}}, "model.cnn is unknown"),
        ({"cnn": {}}, "cnn is unknown"),
    ],
)
def test_a_data_sets_or_models_name_in_the_wrong_place_is_named(values: dict[str, Any], said: str) -> None:
    assert message(values).startswith(said)


@pytest.mark.parametrize("wrong", ["imagenet", None, 3])
def test_an_unknown_data_set_is_answered_with_all_names(wrong: Any) -> None:
    said = message({"dataset": {"name": wrong}})
    for name in names(DatasetConfig):
        assert name in said


def test_a_data_set_without_a_name_is_answered_with_all_names() -> None:
    said = message({"dataset": {}})
    assert "dataset has no name" in said
    assert all(name in said for name in names(DatasetConfig))


def test_an_unknown_choice_is_answered_with_the_choices() -> None:
    said = message({"training": {"optimizer": "rmsprop"}})
    assert "training.optimizer is 'rmsprop'" in said
    assert all(choice in said for choice in ("sgd", "adam", "adamw"))


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -1, "fast", None, []])
def test_a_learning_rate_is_a_number_within_its_bounds(wrong: Any) -> None:
    assert f"training.learning_rate is {wrong!r}" in message({"training": {"learning_rate": wrong}})


@settings(max_examples=60, deadline=None)
@given(
    values=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["dataset", "model", "training", "name", "blocks", "digits", "x"]), inner)
        ),
        max_leaves=8,
    )
)
def test_whatever_is_given_is_a_configuration_or_an_explained_error(values: Any) -> None:
    try:
        config = parse(values)
    except ExplorerError as error:
        said = str(error)
    else:
        said = config.training.optimizer
    assert said


# ── what fits ────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("dataset", "model", "advice"),
    [
        (
            "digits",
            "lstm",
            ["reads sequences", "digits holds pictures", "cnn, pretrained or mlp", "adding", "digit_drawing"],
        ),
        ("shapes", "rnn", ["reads sequences", "shapes holds pictures"]),
        ("adding", "pretrained", ["pretrained reads pictures", "adding holds sequences", "rnn, lstm or gru"]),
        ("adding", "cnn", ["reads pictures", "adding holds sequences", "rnn, lstm or gru", "mnist"]),
        ("shapes", "mlp", ["mlp reads the data set digits, not shapes", "the model cnn"]),
        ("parity", "mlp", ["mlp reads the data set digits, not parity", "rnn, lstm or gru"]),
    ],
)
def test_a_model_that_cannot_read_the_data_is_refused_with_what_fits(
    dataset: str, model: str, advice: list[str]
) -> None:
    said = message({"dataset": {"name": dataset}, "model": {"name": model}})
    assert all(words in said for words in advice), said
    with pytest.raises(ValidationError, match="choose"):
        RunConfig.model_validate({"dataset": {"name": dataset}, "model": {"name": model}})


@pytest.mark.parametrize("model", ["rnn", "lstm", "gru"])
def test_reading_from_the_end_is_refused_where_it_would_give_the_answers_away(model: str) -> None:
    both = {"name": model, "bidirectional": True}
    assert "choose bidirectional false" in message({"dataset": {"name": "digit_drawing"}, "model": both})
    for name in ("digit_rows", "bracket_depth", "adding"):
        assert parse({"dataset": {"name": name}, "model": both}).model.name == model


def test_what_is_left_out_suits_the_rest() -> None:
    assert parse({"dataset": {"name": "adding"}}).model == LstmModel()
    assert parse({"dataset": {"name": "adding"}, "model": {"hidden_size": 32}}).model == LstmModel(hidden_size=32)
    assert parse({"dataset": {"name": "shapes"}}).model == CnnModel()
    assert parse({"model": {"name": "gru"}}).dataset.name == "adding"
    assert parse({"model": {"name": "mlp"}}).dataset.name == "digits"


@pytest.mark.parametrize("training", [{}, {"seed": 3}, {"epochs": 7}, {"learning_rate": 0.5, "weight_decay": 0.25}])
@pytest.mark.parametrize("name", names(DatasetConfig))
def test_training_is_as_recommended_but_for_what_is_given(name: str, training: dict[str, Any]) -> None:
    config = parse({"dataset": {"name": name}, "training": training})
    recommended = recommended_training(name).model_dump()
    assert config.training.model_dump() == {**recommended, **training}


@pytest.mark.parametrize("name", ["rnn", "lstm", "gru"])
def test_a_network_is_as_large_as_its_data_need_but_for_what_is_given(name: str) -> None:
    text = parse({"dataset": {"name": "python_source"}, "model": {"name": name, "hidden_size": 32}}).model
    assert text == type(recommended_network("python_source", name))(hidden_size=32, embedding_size=64)
    assert parse({"dataset": {"name": "addition"}, "model": {"name": name}}).model == recommended_network(
        "addition", name
    )
    assert recommended_network("adding", name) == type(text)()


def test_a_whole_network_is_taken_as_it_is() -> None:
    config = RunConfig.model_validate({"dataset": {"name": "addition"}, "model": LstmModel()})
    assert config.model == LstmModel()


def test_nothing_special_is_recommended_for_pictures() -> None:
    for name in names(ImageDataset):
        assert recommended_training(name) == TrainingConfig()


def test_a_whole_training_is_taken_as_it_is() -> None:
    config = RunConfig.model_validate({"dataset": {"name": "adding"}, "training": TrainingConfig(epochs=3)})
    assert config.training == TrainingConfig(epochs=3)


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_configuration_file_is_read(tmp_path: Path) -> None:
    config = RunConfig(dataset=ShapesData(examples=500), model=CnnModel(head_size=0))
    (tmp_path / "config.json").write_text(config.model_dump_json(), encoding="utf-8")
    assert read_config(tmp_path / "config.json") == config


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "is not a JSON file"),
        (b"", "is not a JSON file"),
        (b"\xff\xfe\x00", "is not a JSON file"),
        (b"1" * 5000, "is not a JSON file"),
        (b"[]", "must hold a JSON object with dataset, model and training, not a list"),
        (b"3", "not a int"),
        (b'{"training": {"epochs": 0}}', r"training\.epochs is 0.*\(it may be 1 to 500\)"),
        (b'{"training": {"learning_rate": NaN}}', r"training\.learning_rate is nan"),
    ],
)
def test_a_faulty_file_is_named_with_its_fault(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(ExplorerError, match=said) as caught:
        read_config(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_missing_or_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExplorerError, match=r"no configuration file .*absent\.json"):
        read_config(tmp_path / "absent.json")
    with pytest.raises(ExplorerError, match="cannot be read"):
        read_config(tmp_path)


def test_ten_thousands_of_unknown_fields_are_counted_and_the_first_ones_explained() -> None:
    said = message({"training": {f"x{number}": number for number in range(50_000)}})
    assert said.startswith("training.x0 is unknown (given 0).")
    assert said.endswith("49,995 more faults follow.")
    assert len(said) < 5000


def test_thousands_of_blocks_are_counted_and_the_first_ones_explained() -> None:
    said = message({"model": {"name": "cnn", "blocks": [{"channels": -1}] * 20_000}})
    assert "model.blocks.0.channels is -1" in said
    assert len(said) < 5000


@pytest.mark.parametrize("value", ["x" * 10**6, list(range(10**5)), {"x" * 10**6: 1}, {"x": {"y": "z" * 10**6}}])
def test_a_huge_value_is_cut_in_the_message(value: Any) -> None:
    for values in ({"training": {"epochs": value}}, {"dataset": {"name": value}}, {"x": value}, {"model": value}):
        assert len(message(values)) < 2000


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"model":' * 100_000, b'{"a": "' + b"x" * 2_000_000])
def test_a_deep_or_large_file_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "config.json").write_bytes(content)
    with pytest.raises(ExplorerError, match=r"recursion limit exceeded|2 MB, and 1 MB is the limit"):
        read_config(tmp_path / "config.json")
