"""What attribution costs beside the libraries it stands on.

Run with ``pytest -n 0 tests/benchmarks --benchmark-only -s``.

Two ways take turns in one process on one thread, and processor time is counted, so that a busy machine slows neither
more than the other.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any

import captum.attr
import pytest
import torch
import torchvision
from pytest_benchmark.fixture import BenchmarkFixture
from torch import nn

from explorer.inspection import attribute


def compare(
    benchmark: BenchmarkFixture, what: str, ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int
) -> None:
    """Print the median over the rounds of our processor time as a multiple of theirs, measured in turns."""
    ratios: list[float] = []

    def both() -> None:
        seconds = []
        for run in (ours, theirs) if len(ratios) % 2 else (theirs, ours):
            start = time.process_time()
            run()
            seconds.append(time.process_time() - start)
        ours_first = bool(len(ratios) % 2)
        ratios.append(seconds[0] / seconds[1] if ours_first else seconds[1] / seconds[0])

    benchmark.pedantic(both, rounds=rounds, warmup_rounds=1)  # type: ignore[no-untyped-call]
    ratio = statistics.median(ratios[1:])  # the first warmed up
    benchmark.extra_info.update(ratio=round(ratio, 3), goal="at most 1")
    spread = f"{min(ratios):.2f}…{max(ratios):.2f}"
    print(f"\n{what}: {ratio:.3f} times their processor time (goal: at most 1; rounds {spread})")


def small_network() -> nn.Module:
    """About the size of the digits' network."""
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.BatchNorm2d(32),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(512, 10),
    ).eval()


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_grad_cam_against_pytorch_grad_cam(benchmark: BenchmarkFixture, name: str) -> None:
    library = pytest.importorskip("pytorch_grad_cam", reason="grad-cam is not installed: pip install '.[bench]'")
    targets = pytest.importorskip("pytorch_grad_cam.utils.model_targets")
    model = torchvision.models.get_model(name, weights=None).eval()
    images = torch.randn(1, 3, 224, 224)
    theirs = library.GradCAM(model, [model.layer4])
    try:
        compare(
            benchmark,
            f"Grad-CAM of {name} at 224x224, against pytorch-grad-cam",
            lambda: attribute(model, images, 3, "grad_cam", layer="layer4"),
            lambda: theirs(images, [targets.ClassifierOutputTarget(3)]),
            rounds=12,
        )
    finally:
        theirs.activations_and_grads.release()


@pytest.mark.parametrize("side", [8, 96])
def test_integrated_gradients_against_captum_called_plainly(benchmark: BenchmarkFixture, side: int) -> None:
    model = small_network() if side == 8 else torchvision.models.resnet18().eval()
    images = torch.randn(1, 1 if side == 8 else 3, side, side)
    compare(
        benchmark,
        f"integrated gradients, 50 steps, {side}x{side}, against captum",
        lambda: attribute(model, images, 3, "integrated_gradients", steps=50),
        lambda: captum.attr.IntegratedGradients(model).attribute(
            images, target=3, n_steps=50, return_convergence_delta=True
        ),
        rounds=8,
    )


@pytest.mark.parametrize("side", [8, 96])
def test_occlusion_against_captum_called_plainly(benchmark: BenchmarkFixture, side: int) -> None:
    model = small_network() if side == 8 else torchvision.models.resnet18().eval()
    channels, window, stride = (1, 2, 1) if side == 8 else (3, 24, 12)
    images = torch.randn(1, channels, side, side)
    compare(
        benchmark,
        f"occlusion, {side}x{side}, against captum",
        lambda: attribute(model, images, 3, "occlusion", window=window, stride=stride),
        lambda: captum.attr.Occlusion(model).attribute(
            images, (channels, window, window), (channels, stride, stride), target=3
        ),
        rounds=8,
    )
