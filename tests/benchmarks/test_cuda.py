"""What an update of the default network takes on a CUDA GPU: as a plain loop, as ours, and recorded as a graph.

Run with ``pytest -n 0 tests/benchmarks/test_cuda.py --benchmark-only -s`` on a machine with one. Times are the clock's,
with the device awaited; the loops take turns, so that a busy machine slows all.
"""

import time
from collections.abc import Callable

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch import nn
from torch.nn import functional

from explorer import datasets, models
from explorer.config import RunConfig, parse
from explorer.datasets import Splits
from explorer.training import Trainer, loop

STEPS, TURNS = 200, 10
BATCH = 64

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU here")


def plain_loop(model: nn.Module, splits: Splits, config: RunConfig) -> Callable[[], object]:
    """The loop as everyone writes it, on data that lies on the device already; a number is read at the end alone."""
    model, data = model.to("cuda"), splits.to("cuda").train
    optimizer = torch.optim.AdamW(model.parameters(), config.training.learning_rate)

    def run() -> object:
        model.train()
        for _ in range(STEPS):
            batch = torch.randint(len(data.targets), (BATCH,), device="cuda")
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(data.inputs[batch]), data.targets[batch])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        return loss.item()

    return run


def seconds(turn: Callable[[], object]) -> float:
    torch.cuda.synchronize()
    start = time.perf_counter()
    turn()
    torch.cuda.synchronize()
    return time.perf_counter() - start


def test_a_step_of_the_default_network(benchmark: BenchmarkFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    config = parse({"training": {"device": "cuda", "batch_size": BATCH, "epochs": 500}})
    splits = datasets.load(config)
    assert isinstance(splits, Splits)

    def steps(trainer: Trainer) -> Callable[[], object]:
        return lambda: [trainer.step() for _ in range(STEPS)][-1].loss

    recorded = Trainer(models.build(config.model, splits), splits, config.training)
    with monkeypatch.context() as patched:
        patched.setattr(loop, "worth_capturing", lambda *_: False)
        launched = Trainer(models.build(config.model, splits), splits, config.training)
    turns = {
        "plain loop": plain_loop(models.build(config.model, splits), splits, config),
        "ours, launched": steps(launched),
        "ours, recorded": steps(recorded),
    }
    for turn in turns.values():
        turn()
    spent = dict.fromkeys(turns, 0.0)

    def all_of_them() -> None:
        for name, turn in turns.items():
            spent[name] += seconds(turn)

    benchmark.pedantic(all_of_them, rounds=TURNS, iterations=1)  # type: ignore[no-untyped-call]
    each = {name: f"{total / STEPS / TURNS * 1e6:.0f} µs" for name, total in spent.items()}
    ratio = spent["plain loop"] / spent["ours, recorded"]
    benchmark.extra_info.update(each, ratio=ratio)
    print(f"\n{torch.cuda.get_device_name()}: {each}; recorded {ratio:.2f} times the speed of the plain loop")
