"""What looking costs; run with ``pytest -n 0 tests/benchmarks --benchmark-only -s``."""

import statistics
import time

import pytest
import torch
import torchvision
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor, nn

from explorer.inspection import capture, layer_table, receptive_field

GOAL = 1.15  # times the plain forward pass


def seconds_of_both(model: nn.Module, images: Tensor, rounds: int = 25) -> tuple[float, float]:
    """Median seconds of the plain forward pass and of capturing everything, measured in turns."""
    plain, captured = [], []
    with torch.no_grad():
        for _ in range(rounds):
            start = time.perf_counter()
            model(images)
            between = time.perf_counter()
            capture(model, images)
            plain.append(between - start)
            captured.append(time.perf_counter() - between)
    return statistics.median(plain[3:]), statistics.median(captured[3:])


@pytest.mark.parametrize(("batch", "side"), [(1, 224), (8, 64), (8, 224)])
def test_capturing_every_layer_of_resnet18_against_its_plain_forward(
    benchmark: BenchmarkFixture, batch: int, side: int
) -> None:
    model = torchvision.models.resnet18().eval()
    images = torch.randn(batch, 3, side, side)
    plain, captured = seconds_of_both(model, images)
    ratio = captured / plain
    benchmark.extra_info.update(plain_ms=round(plain * 1e3, 2), ratio=round(ratio, 3), goal=GOAL)
    print(f"\n{batch}x3x{side}x{side}: plain {plain * 1e3:.1f} ms, capture {captured * 1e3:.1f} ms, ratio {ratio:.3f}")
    benchmark.pedantic(capture, args=(model, images), rounds=10, warmup_rounds=2)  # type: ignore[no-untyped-call]


def test_a_receptive_field_of_resnet18(benchmark: BenchmarkFixture) -> None:
    benchmark(receptive_field, torchvision.models.resnet18(), "layer4.1", (3, 224, 224))


def test_the_layer_table_of_resnet18(benchmark: BenchmarkFixture) -> None:
    benchmark(layer_table, torchvision.models.resnet18(), (3, 224, 224))
