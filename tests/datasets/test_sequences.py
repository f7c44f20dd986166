"""What every data set of sequences keeps to; a new entry of DATASETS arrives tested."""

import functools
import math
import pickle
from typing import Any

import numpy as np
import pytest
import torch

from explorer import datasets
from explorer.config import SequenceData, SequenceDataset, members, names, parse
from explorer.datasets import DATASETS, Sequences, Splits
from explorer.datasets.sequences import IGNORE_INDEX
from explorer.datasets.splits import Objective, ShapeFacts

PARTS: dict[str, Any] = {
    part.model_fields["name"].default: part for part in members(SequenceDataset) if issubclass(part, SequenceData)
}
SPLITS = ("train", "validation", "test")
every_one = pytest.mark.parametrize("name", PARTS)


@functools.cache
def load(name: str, seed: int = 0, copy: int = 0) -> Sequences:
    fields = PARTS[name].model_fields
    few = {"examples": 500} if "examples" in fields else {}
    seeded = {"data_seed": seed} if "data_seed" in fields else {}
    loaded = datasets.load(PARTS[name](**few, **seeded))
    assert isinstance(loaded, Sequences)
    return loaded


def test_sequences_stand_beside_the_digits_for_the_one_to_one_network() -> None:
    assert set(names(SequenceDataset)) == set(PARTS)
    assert isinstance(datasets.load(parse({"model": {"name": "mlp"}})), Splits)
    assert DATASETS.keys() >= PARTS.keys()


@every_one
def test_inputs_are_tokens_of_the_vocabulary_or_named_numbers(name: str) -> None:
    sequences = load(name)
    assert sequences.name == name
    assert bool(sequences.vocabulary) != bool(sequences.feature_names)
    for part in SPLITS:
        inputs = sequences.split(part).inputs
        assert inputs.shape[1:] == sequences.input_shape
        assert inputs.is_contiguous()
        if sequences.vocabulary:
            assert inputs.dtype == torch.int64
            assert inputs.dim() == 2
            assert 0 <= int(inputs.min()) <= int(inputs.max()) < len(sequences.vocabulary)
        else:
            assert inputs.dtype == torch.float32
            assert inputs.shape[2] == len(sequences.feature_names)
            assert inputs.isfinite().all()
    assert len(set(sequences.vocabulary)) == len(sequences.vocabulary)


@every_one
def test_targets_have_the_shape_and_type_of_what_is_asked(name: str) -> None:
    sequences = load(name)
    for part in SPLITS:
        inputs, targets = sequences.split(part)
        steps = inputs.shape[1] - sequences.source_length
        shape = {"class": (), "value": (-1,), "classes": (steps,), "values": (steps, -1)}[sequences.objective]
        width = len(sequences.class_names)
        assert targets.shape == (len(inputs), *(width if size == -1 else size for size in shape))
        if sequences.unit == "nats":
            asked = targets[targets != IGNORE_INDEX]
            assert targets.dtype == torch.int64
            assert len(asked) > 0
            assert 0 <= int(asked.min()) <= int(asked.max()) < width
        else:
            assert targets.dtype == torch.float32
            assert targets.isfinite().all()


@every_one
def test_the_architecture_goes_with_what_is_asked(name: str) -> None:
    sequences = load(name)
    once = sequences.objective in ("class", "value")
    assert once == (sequences.architecture in ("many-to-one", "one-to-one"))
    assert (sequences.source_length > 0) == (sequences.architecture == "many-to-many encoder-decoder")
    assert sequences.autoregressive == PARTS[name].autoregressive


@every_one
def test_real_steps_are_counted_for_every_example(name: str) -> None:
    sequences = load(name)
    for part in SPLITS:
        lengths = sequences.lengths_of(part)
        inputs = sequences.split(part).inputs
        if lengths is not None:
            assert lengths.shape == (len(inputs),)
            assert lengths.dtype == torch.int64
            assert 1 <= int(lengths.min()) <= int(lengths.max()) <= (sequences.source_length or inputs.shape[1])


@every_one
def test_the_baseline_is_a_loss_and_says_what_it_does(name: str) -> None:
    sequences = load(name)
    assert 0 < sequences.baseline < math.inf
    assert sequences.baseline_name
    assert "\n" not in sequences.baseline_name


@every_one
def test_every_split_is_counted(name: str) -> None:
    sequences = load(name)
    counts = sequences.describe()
    assert list(counts.columns) == list(SPLITS)
    for part in SPLITS:
        targets = sequences.split(part).targets
        if sequences.unit == "nats":
            assert list(counts.index) == list(sequences.class_names)
            assert counts[part].sum() == int((targets != IGNORE_INDEX).sum())
        else:
            assert counts.loc["examples", part] == len(targets)
            assert counts.loc["mean", part] == pytest.approx(targets.mean().item())


@every_one
def test_the_same_seed_gives_the_same_sequences_and_another_seed_others(name: str) -> None:
    first, again = load(name), load(name, copy=1)
    for part in SPLITS:
        assert all(a.equal(b) for a, b in zip(first.split(part), again.split(part), strict=True))
    if "data_seed" in PARTS[name].model_fields:
        other = load(name, seed=1)
        assert not all(a.equal(b) for a, b in zip(first.test, other.test, strict=True))


@every_one
def test_loading_leaves_the_process_wide_random_state_alone(name: str) -> None:
    torch_state, numpy_state = torch.get_rng_state(), pickle.dumps(np.random.get_state())
    load(name, copy=2)
    assert torch.get_rng_state().equal(torch_state)
    assert pickle.dumps(np.random.get_state()) == numpy_state


@every_one
def test_what_a_network_has_to_know_comes_back_from_json(name: str) -> None:
    facts = load(name).shape_facts()
    assert type(facts).model_validate_json(facts.model_dump_json()) == facts
    assert facts.shape_facts() is facts
    assert facts.vocabulary_size == len(load(name).vocabulary)


@every_one
def test_the_lengths_stay_on_the_cpu_when_the_examples_move(name: str) -> None:
    moved = load(name).to("meta")
    for part in SPLITS:
        assert moved.split(part).inputs.device.type == moved.split(part).targets.device.type == "meta"
        lengths = moved.lengths_of(part)
        assert lengths is None or lengths.device.type == "cpu"


@every_one
def test_what_ships_is_never_missing(name: str) -> None:
    assert DATASETS[name].missing(PARTS[name]()) is None


def test_facts_that_an_older_run_stored_are_read() -> None:
    stored = {"input_shape": [1, 8, 8], "class_names": ["a", "b"], "mean": [0.5], "deviation": [0.25]}
    assert ShapeFacts.model_validate(stored).std == (0.25,)
    assert ShapeFacts.model_validate(ShapeFacts.model_validate(stored).model_dump()).std == (0.25,)


def test_an_objective_says_what_kind_of_answer_it_is() -> None:
    kinds = {one.value: (one.is_classification, one.per_step, one.loss_unit) for one in Objective}
    assert kinds == {
        "class": (True, False, "nats"),
        "value": (False, False, "squared error"),
        "classes": (True, True, "nats"),
        "values": (False, True, "squared error"),
    }
