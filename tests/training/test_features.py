from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from explorer import datasets, models
from explorer.config import RunConfig, parse
from explorer.datasets.splits import Splits
from explorer.models.pretrained import Pretrained
from explorer.training import Run, Trainer
from explorer.training.checkpoint import write_snapshot
from explorer.training.features import MOST_KEPT, frozen_features
from explorer.training.state import take_lease
from explorer.training.worker import work

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPLORER_DATA", str(tmp_path / "cache"))
    return tmp_path / "cache" / "features"


def config(**model: Any) -> RunConfig:
    return parse(
        {
            "dataset": {"name": "digits", "examples_per_class": 3},
            "model": {"name": "pretrained", "weights": "none", **model},
            "training": {"epochs": 2, "batch_size": 10, "optimizer": "sgd", "learning_rate": 0.1, "snapshots": 3},
        }
    )


def built(config: RunConfig) -> tuple[Pretrained, Splits]:
    splits = datasets.load(config)
    model = models.build(config, splits)
    assert isinstance(splits, Splits)
    assert isinstance(model, Pretrained)
    return model, splits


def test_training_on_kept_features_is_training_through_the_whole_network() -> None:
    chosen = config()
    model, splits = built(chosen)
    trainer = Trainer(model, splits, chosen.training)
    reference, _ = built(chosen)
    optimizer = torch.optim.SGD(reference.head.parameters(), 0.1, momentum=0.9, weight_decay=0.01)
    order = torch.Generator().manual_seed(chosen.training.seed)
    for _epoch in range(2):
        for batch in torch.randperm(30, generator=order).tensor_split(3):
            optimizer.param_groups[0]["lr"] = trainer.learning_rate(trainer.step_count + 1)
            loss = functional.cross_entropy(reference.train()(splits.train.inputs[batch]), splits.train.targets[batch])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            assert trainer.step().loss == pytest.approx(float(loss.detach()), rel=1e-4)
    assert torch.allclose(model.head.weight, reference.head.weight, rtol=1e-4, atol=1e-6)


def test_features_are_computed_once_and_read_from_the_cache_afterwards(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, splits = built(config())
    first = frozen_features(model, splits, CPU)
    assert len(list(cache.iterdir())) == 1
    monkeypatch.setattr(model, "features", None)  # whoever calls it now fails
    second = frozen_features(model, splits, CPU)
    for name in ("train", "validation", "test"):
        assert torch.equal(first.split(name).inputs, second.split(name).inputs)
        assert torch.equal(second.split(name).targets, splits.split(name).targets)


def test_other_weights_or_other_pictures_have_other_features(cache: Path) -> None:
    model, splits = built(config())
    frozen_features(model, splits, CPU)
    with torch.no_grad():
        next(model.backbone.parameters()).add_(0.1)
    frozen_features(model, splits, CPU)
    splits.test.inputs[0, 0, 0, 0] += 1
    frozen_features(model, splits, CPU)
    assert len(list(cache.iterdir())) == 3


def test_a_damaged_file_is_computed_anew(cache: Path) -> None:
    model, splits = built(config())
    first = frozen_features(model, splits, CPU)
    next(cache.iterdir()).write_bytes(b"damaged")
    assert torch.equal(frozen_features(model, splits, CPU).test.inputs, first.test.inputs)


def test_the_cache_does_not_grow_without_end(cache: Path) -> None:
    cache.mkdir(parents=True)
    for number in range(MOST_KEPT + 5):
        (cache / f"{number}.safetensors").write_bytes(b"")
    model, splits = built(config())
    frozen_features(model, splits, CPU)
    assert len(list(cache.iterdir())) == MOST_KEPT


@pytest.mark.parametrize(("strategy", "share"), [("frozen", 0.1), ("last_blocks", 0.9), ("all", 1.1), ("scratch", 1.1)])
def test_snapshots_keep_only_what_changed_and_every_step_can_be_opened(
    tmp_path: Path, strategy: str, share: float
) -> None:
    run = Run.create(tmp_path / "runs", config(strategy=strategy, seed=3))
    work(run.path, take_lease(run.path))
    assert run.status == "finished", run.reason
    sizes = {
        step: (run.path / "snapshots" / name.name).stat().st_size
        for step, name in zip(run.steps, sorted((run.path / "snapshots").iterdir()), strict=True)
    }
    assert sizes[run.steps[-1]] < share * sizes[0]
    first, last = run.model(0).state_dict(), run.model(run.steps[-1]).state_dict()
    changed = {name for name in first if not torch.equal(first[name], last[name])}
    if strategy == "frozen":
        assert changed == {"head.weight", "head.bias"}
    else:
        assert {"head.weight", "head.bias"} < changed
    splits = datasets.load(config(strategy=strategy, seed=3))
    assert isinstance(splits, Splits)
    with torch.no_grad():
        answers: Tensor = run.model(run.steps[-1])(splits.test.inputs).argmax(1)
    assert float((answers == splits.test.targets).float().mean()) == pytest.approx(run.state().test_accuracy, abs=0.01)


def test_the_pretrained_layers_learn_at_their_share_of_the_rate() -> None:
    chosen = config(strategy="all", rate_factor=0.2)
    model, splits = built(chosen)
    trainer = Trainer(model, splits, chosen.training)
    trainer.manual_rate = 0.05
    trainer.step()
    rates = {len(group["params"]): group["lr"] for group in trainer.optimizer.param_groups}
    assert rates == {len(list(model.backbone.parameters())): pytest.approx(0.01), 2: pytest.approx(0.05)}


@pytest.mark.parametrize("network", ["mnasnet0_5", "mnasnet1_0"])
def test_a_network_whose_files_carry_versions_goes_on_and_is_opened_again(tmp_path: Path, network: str) -> None:
    chosen = config(network=network, strategy="scratch")
    model, splits = built(chosen)
    trainer = Trainer(model, splits, chosen.training)
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    trainer.load_state(trainer.state())
    run = Run.create(tmp_path / "runs", chosen)
    (run.path / "data.json").write_text(splits.shape_facts().model_dump_json(), encoding="utf-8")
    (run.path / "snapshots").mkdir(exist_ok=True)
    write_snapshot(run.path, 0, model)
    for opened in (model.state_dict(), run.model(0).state_dict()):
        assert opened.keys() == state.keys()
        assert all(opened[name].equal(state[name]) for name in state)
