"""What an import costs; run with ``pytest -n 0 tests/benchmarks --benchmark-only -s``."""

import os
import subprocess
import sys

from pytest_benchmark.fixture import BenchmarkFixture

GOAL = 1.1  # times ``import torch``


def seconds(code: str) -> float:
    """The processor's time that a fresh interpreter takes for some code, which other processes hardly change."""
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}  # compiled in the first round, as by any first import
    before = os.times()
    subprocess.run([sys.executable, "-c", code], env=env, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def test_the_first_use_of_capture_against_importing_torch(benchmark: BenchmarkFixture) -> None:
    pairs = [(seconds("import torch"), seconds("import explorer; explorer.capture")) for _ in range(8)]  # in turns
    plain, ours = (min(column) for column in zip(*pairs, strict=True))
    benchmark.extra_info.update(torch_s=round(plain, 2), ratio=round(ours / plain, 3), goal=GOAL)
    print(f"\nimport torch {plain:.2f} s, explorer.capture {ours:.2f} s, ratio {ours / plain:.3f}, goal {GOAL}")
    benchmark.pedantic(seconds, args=("import explorer",), rounds=3)  # type: ignore[no-untyped-call]
