"""What every model keeps to; a new entry of MODELS arrives tested."""

from typing import Any

import pytest
import torch
from torch import Tensor

from explorer import datasets, models
from explorer.config import ModelConfig, RunConfig, members, names, parse
from explorer.datasets import Sequences, Splits
from explorer.models import MODELS
from explorer.training.objective import loss_of

PARTS: dict[str, Any] = {part.model_fields["name"].default: part for part in members(ModelConfig)}
# every model on every kind of answer it can give
PICTURES: list[dict[str, Any]] = [{"name": "digits"}]
SEQUENCES: list[dict[str, Any]] = [
    {"name": "adding", "examples": 500, "length": 6},
    {"name": "parity", "examples": 500, "length": 5},
    {"name": "bracket_depth", "examples": 500, "length": 6},
    {"name": "flip_flop", "examples": 500, "length": 6},
    {"name": "digit_drawing"},
]
PAIRS = [
    (name, data) for name, part in PARTS.items() for data in (PICTURES if part.reads.kind == "pictures" else SEQUENCES)
]
every_pair = pytest.mark.parametrize(("name", "data"), PAIRS, ids=[f"{name} on {data['name']}" for name, data in PAIRS])


def chosen(name: str, data: dict[str, Any]) -> tuple[RunConfig, Splits | Sequences]:
    config = parse({"dataset": data, "model": {"name": name}})
    return config, datasets.load(config)


def answer(model: Any, splits: Splits | Sequences, count: int) -> Tensor:
    lengths = splits.lengths_of("train")
    inputs = splits.train.inputs[:count]
    outputs: Tensor = model(inputs) if lengths is None else model(inputs, lengths[:count])
    return outputs


def test_every_name_that_can_be_configured_is_there_in_the_same_order() -> None:
    assert tuple(MODELS) == names(ModelConfig)
    assert len({part.title for part in members(ModelConfig)} - {""}) == len(MODELS)


@every_pair
def test_inputs_give_an_output_for_each_answer(name: str, data: dict[str, Any]) -> None:
    config, splits = chosen(name, data)
    targets = splits.train.targets[:5]
    answers = targets.shape if targets.is_floating_point() else (*targets.shape, len(splits.class_names))
    for model in (models.build(config, splits), models.build(config.model, splits.shape_facts())):
        outputs = answer(model, splits, 5)
        assert outputs.shape == answers
        assert outputs.dtype == torch.float32


@every_pair
def test_the_parts_of_a_network_run_in_the_order_in_which_they_are_listed(name: str, data: dict[str, Any]) -> None:
    config, splits = chosen(name, data)
    model: Any = models.build(config, splits)
    parts = dict(model.named_children())
    ran: list[str] = []
    for name_of_part, part in parts.items():
        part.register_forward_hook(lambda *_, name_of_part=name_of_part: ran.append(name_of_part))
    answer(model, splits, 2)
    assert ran == list(parts)
    assert len(set(ran)) == len(ran) > 0


@every_pair
def test_a_copy_has_the_same_weights_and_gives_the_same_outputs(name: str, data: dict[str, Any]) -> None:
    config, splits = chosen(name, data)
    state = torch.get_rng_state()
    first, again = (models.build(config, splits).eval() for _ in range(2))
    assert answer(first, splits, 8).equal(answer(again, splits, 8))
    other = models.build(type(config.model).model_validate({"seed": 1}), splits).eval()
    assert not answer(first, splits, 8).equal(answer(other, splits, 8))
    assert torch.get_rng_state().equal(state)


@every_pair
def test_every_parameter_that_learns_gets_a_gradient(name: str, data: dict[str, Any]) -> None:
    config, splits = chosen(name, data)
    model = models.build(config, splits)
    loss = loss_of(answer(model, splits, 64), splits.train.targets[:64], splits.objective)
    loss.backward()  # type: ignore[no-untyped-call]
    for parameter, value in model.named_parameters():
        if not value.requires_grad:
            assert value.grad is None, parameter
            continue
        assert value.grad is not None, parameter
        assert value.grad.isfinite().all(), parameter
        assert value.grad.abs().sum() > 0, parameter
