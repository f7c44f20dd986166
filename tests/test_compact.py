"""A configuration in one line: it comes back as it was, and says no more than it must."""

import json
from typing import Any, Literal, get_args, get_origin

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from explorer.config import (
    DatasetConfig,
    ModelConfig,
    Part,
    RunConfig,
    TrainingConfig,
    bounds,
    by_name,
    compact,
    expanded,
    members,
    names,
    parse,
    suits,
)
from explorer.errors import ExplorerError


def values(field: FieldInfo) -> st.SearchStrategy[Any]:
    """What a field may be, from its own type and bounds."""
    kind = field.annotation
    low, high = bounds(field.metadata)
    if get_origin(kind) is Literal:
        return st.sampled_from(get_args(kind))
    if kind == tuple[str, ...]:
        return st.lists(st.text(max_size=9), max_size=3)
    if get_origin(kind) is tuple:
        return st.lists(fields(get_args(kind)[0]), min_size=1, max_size=3)
    if kind is bool:
        return st.booleans()
    if kind is int and low is not None and high is not None:
        return st.integers(int(low), int(high))
    if kind is float and low is not None and high is not None:
        return st.floats(float(low), float(high))
    return st.just(field.default)


def fields(part: type[Part]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of a part's fields, the others as they are; with its name, where it has one."""
    strategies = {name: values(field) for name, field in part.model_fields.items() if name != "name"}
    named = {"name": st.just(part.model_fields["name"].default)} if "name" in part.model_fields else {}
    return st.fixed_dictionaries(named, optional=strategies)


@st.composite
def configurations(draw: st.DrawFn) -> RunConfig:
    dataset = draw(st.sampled_from(members(DatasetConfig)).flatmap(fields))
    model = draw(st.sampled_from(members(ModelConfig)).flatmap(fields))
    kind = by_name(DatasetConfig)[dataset["name"]].kind
    training = draw(fields(TrainingConfig))
    suited = {name: value for name, value in training.items() if suits(TrainingConfig.model_fields[name], kind)}
    try:
        return parse({"dataset": dataset, "model": model, "training": suited})
    except ExplorerError:
        assume(False)
        raise


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(config=configurations())
def test_a_configuration_comes_back_as_it_was(config: RunConfig) -> None:
    assert expanded(compact(config)) == config


@pytest.mark.parametrize("model", names(ModelConfig))
def test_what_is_usual_is_left_unsaid(model: str) -> None:
    config = parse({"model": {"name": model}})
    usual = {"dataset": {"name": config.dataset.name}, "model": {"name": model}}
    assert json.loads(compact(config)) == usual
    changed = parse({**usual, "training": {"epochs": 2}})
    assert json.loads(compact(changed)) == {**usual, "training": {"epochs": 2}}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"model":{"name":"cnn","wheels":4}}', "[" * 100_000, '{"a":' * 100_000]
)
def test_what_is_no_configuration_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(ExplorerError, match=r"JSON|wheels"):
        expanded(text)
