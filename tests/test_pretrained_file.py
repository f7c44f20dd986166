"""The pretrained network that ships: its file is what its card says it is."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from explorer import datasets, models
from explorer.config import PretrainedModel, ShapesData, TrainingConfig
from explorer.datasets.shapes import CLASSES
from explorer.models.residual import SHAPES_RESNET, ShapesResNet
from explorer.training import evaluate, train

CARD = (SHAPES_RESNET.parent / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(SHAPES_RESNET.with_suffix(".json").read_text(encoding="utf-8"))
    return read


@pytest.fixture(scope="module")
def network(facts: dict[str, Any]) -> ShapesResNet:
    loaded = ShapesResNet(len(facts["class_names"]))
    loaded.load_state_dict(load_file(SHAPES_RESNET), strict=True)
    return loaded.eval()


def test_the_file_is_small_enough_to_ship_and_every_number_in_it_is_finite() -> None:
    assert SHAPES_RESNET.stat().st_size < 2_000_000
    state = load_file(SHAPES_RESNET)
    assert all(tensor.isfinite().all() for tensor in state.values())
    assert {tensor.dtype for name, tensor in state.items() if "num_batches" not in name} == {torch.float32}


def test_its_classes_are_the_pretraining_shapes_and_none_of_the_unseen(facts: dict[str, Any]) -> None:
    assert tuple(facts["class_names"]) == tuple(CLASSES["pretraining"])
    assert not set(facts["class_names"]) & set(CLASSES["unseen"])


def test_the_card_says_what_was_measured(facts: dict[str, Any], network: ShapesResNet) -> None:
    assert facts["parameters"] == sum(parameter.numel() for parameter in network.parameters())
    assert f"{facts['parameters']:,} parameters" in CARD
    for row in facts["tests"].values():
        assert f"| {row['accuracy@1']:.1f}% | {row['accuracy@5']:.1f}% |" in CARD
    for row in facts["transfer"]:
        shown = " | ".join(f"{row[strategy]:.1f}%" for strategy in ("frozen", "all", "scratch"))
        assert f"| {row['data']} | {row['examples_per_class']} | {shown} |" in CARD
    assert all(name in CARD for name in facts["class_names"])
    assert "MIT" in CARD
    assert not re.findall(r"[{}]", CARD)  # nothing was left open


@pytest.mark.slow
@pytest.mark.parametrize("title", ["40 classes, clutter 0.3 (the default)", "40 classes, clutter 1.0"])
def test_it_names_new_shapes_as_often_as_the_card_says(
    title: str, facts: dict[str, Any], network: ShapesResNet
) -> None:
    clutter = 1.0 if "1.0" in title else 0.3
    splits = datasets.load(ShapesData(classes="pretraining", examples=4000, drawing_seed=1, clutter=clutter))
    right = []
    for pair in (splits.validation, splits.test):
        pixels = pair.inputs * splits.std.view(-1, 1, 1) + splits.mean.view(-1, 1, 1)
        inputs = (pixels - torch.tensor(facts["mean"]).view(-1, 1, 1)) / torch.tensor(facts["deviation"]).view(-1, 1, 1)
        with torch.no_grad():
            right.append(network(inputs).argmax(1) == pair.targets)
    found = 100 * torch.cat(right).double().mean().item()  # of 1,200: the deviation of such a share is about 1
    assert found == pytest.approx(facts["tests"][title]["accuracy@1"], abs=3)


@pytest.mark.slow
def test_on_unseen_classes_with_10_examples_each_frozen_features_beat_training_from_scratch_by_10_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path))  # features are computed anew, not taken from an earlier test
    accuracies: dict[str, list[float]] = {"frozen": [], "scratch": []}
    for seed in range(3):
        config = ShapesData(classes="unseen", drawing_seed=seed, split_seed=seed, examples_per_class=10)
        splits = datasets.load(config)
        for strategy, found in accuracies.items():
            model = models.build(PretrainedModel.model_validate({"strategy": strategy, "seed": seed}), splits)
            for _ in train(model, splits, TrainingConfig(seed=seed, device="cpu"), watched_steps=()):
                pass
            found.append(evaluate(model, splits.test).accuracy)
    assert np.mean(accuracies["frozen"]) >= np.mean(accuracies["scratch"]) + 0.1
