"""How fast training is, as ratios: two loops take turns in one process, so that a busy machine slows both.

Run with ``pytest -n 0 tests/benchmarks --benchmark-only``. Times are processor time of the one thread that works.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import functional

from explorer import datasets, models
from explorer.config import RunConfig
from explorer.datasets import Pair, Splits
from explorer.training import Run, Trainer, snapshot_steps
from explorer.training.state import take_lease
from explorer.training.worker import Worker

CONFIG = RunConfig()  # the digits, the default network
STEPS = 40  # in a turn: an epoch


@pytest.fixture(scope="module")
def splits() -> Splits:
    torch.set_num_threads(1)
    loaded = datasets.load(CONFIG)
    assert isinstance(loaded, Splits)
    return loaded


def seconds(turn: Callable[[], object]) -> float:
    start = time.thread_time()
    turn()
    return time.thread_time() - start


def compare(benchmark: BenchmarkFixture, ours: Callable[[], object], theirs: Callable[[], object], turns: int) -> None:
    """Print how many times the speed of the other loop ours has, over all turns together."""
    spent = {"ours": 0.0, "theirs": 0.0}

    def both() -> None:
        spent["theirs"] += seconds(theirs)
        spent["ours"] += seconds(ours)

    benchmark.pedantic(both, rounds=turns, iterations=1)  # type: ignore[no-untyped-call]
    ratio = spent["theirs"] / spent["ours"]
    benchmark.extra_info.update(spent, ratio=ratio)
    print(f"\n{ratio:.3f} times the speed of the other loop ({spent})")


def test_recording_everything_against_recording_nothing(
    benchmark: BenchmarkFixture, splits: Splits, tmp_path: Path
) -> None:
    bare = Trainer(models.build(CONFIG, splits), splits, CONFIG.training)
    run = Run.create(tmp_path, CONFIG)
    worker = Worker(run.path, take_lease(run.path))
    worker.say("running")
    worker.prepare()

    def recorded() -> None:
        for _ in range(STEPS):
            worker.look()
            worker.update()

    def unrecorded() -> None:
        for _ in range(STEPS):
            bare.step()

    compare(benchmark, recorded, unrecorded, turns=bare.total // STEPS)  # the whole run, all its snapshots
    assert run.steps == list(snapshot_steps(bare.total, CONFIG.training.snapshots))


def normalised_each(image: Tensor) -> Tensor:
    """The transform that most tutorials apply to every example; here it changes nothing."""
    normalised: Tensor = functional.normalize(image, [0.0], [1.0])
    return normalised


@pytest.mark.parametrize("transform", [None, normalised_each], ids=["ready tensors", "a transform for each example"])
def test_the_loop_against_the_tutorials(
    benchmark: BenchmarkFixture, splits: Splits, transform: Callable[[Tensor], Tensor] | None
) -> None:
    """Goal: 1.5 times the speed of the usual loop on the same network and data."""
    trainer = Trainer(models.build(CONFIG, splits), splits, CONFIG.training)
    tutorial = tutorial_loop(models.build(CONFIG, splits), splits, transform)

    def ours() -> None:
        for _ in range(STEPS):
            trainer.step()

    compare(benchmark, ours, lambda: next(tutorial), turns=20)


class Examples(Dataset[tuple[Tensor, Tensor]]):
    """A data set as tutorials write it: one example at a time, transformed when it is asked for."""

    def __init__(self, pair: Pair, transform: Callable[[Tensor], Tensor] | None) -> None:
        self.pair = pair
        self.transform = transform

    def __len__(self) -> int:
        return len(self.pair.targets)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image = self.pair.inputs[index]
        return image if self.transform is None else self.transform(image), self.pair.targets[index]


def tutorial_loop(
    model: nn.Module, splits: Splits, transform: Callable[[Tensor], Tensor] | None = None
) -> Iterator[float]:
    """The usual loop: a shuffling DataLoader, the optimiser's defaults, a number taken from every step."""
    loader = DataLoader(Examples(splits.train, transform), batch_size=CONFIG.training.batch_size, shuffle=True)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=CONFIG.training.learning_rate)
    while True:
        model.train()
        running_loss, right = 0.0, 0
        for images, labels in loader:
            optimizer.zero_grad()
            logits = model(images)
            loss = criterion(logits, labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
            right += (logits.argmax(1) == labels).sum().item()
        yield running_loss
