"""What an import costs; run with ``pytest -n 0 tests/benchmarks --benchmark-only -s``."""

import subprocess
import sys
import time

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

GOAL = 1.1  # times ``import torch``


def seconds(code: str) -> float:
    """The time that a fresh interpreter takes for some code."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


@pytest.mark.parametrize("name", ["capture", "trace", "attribute"])
def test_the_first_use_of_a_name_against_importing_torch(benchmark: BenchmarkFixture, name: str) -> None:
    use = f"import explorer; explorer.{name}"
    pairs = [(seconds("import torch"), seconds(use)) for _ in range(8)]  # in turns
    plain, ours = (min(column) for column in zip(*pairs, strict=True))  # what no other process disturbed
    benchmark.extra_info.update(torch_s=round(plain, 2), ratio=round(ours / plain, 3), goal=GOAL)
    print(f"\nimport torch {plain:.2f} s, explorer.{name} {ours:.2f} s, ratio {ours / plain:.3f}, goal {GOAL}")
    benchmark.pedantic(seconds, args=("import explorer",), rounds=3)  # type: ignore[no-untyped-call]
