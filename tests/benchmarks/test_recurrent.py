"""What tracing a recurrent network costs; run with ``pytest -n 0 tests/benchmarks --benchmark-only -s``."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor, nn

from explorer.inspection import gradients_through_time, trace


def seconds_in_turns(first: Callable[[], Any], second: Callable[[], Any], turns: int = 8) -> tuple[float, float]:
    """Median seconds of the processor that both take, five calls at a turn: what else runs here does not count.

    Single calls in turns would measure each with the caches full of the other's data.
    """
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(turns):
        for run, seconds in zip((first, second), taken, strict=True):
            for _ in range(5):
                start = time.thread_time()
                run()
                seconds.append(time.thread_time() - start)
    return statistics.median(taken[0][5:]), statistics.median(taken[1][5:])


def report(benchmark: BenchmarkFixture, what: str, ours: float, theirs: float, ratio: float, goal: str) -> None:
    benchmark.extra_info.update(ours_ms=round(ours * 1e3, 2), theirs_ms=round(theirs * 1e3, 2), ratio=round(ratio, 2))
    benchmark.extra_info["goal"] = goal
    print(f"\n{what}: ours {ours * 1e3:.2f} ms, theirs {theirs * 1e3:.2f} ms, ratio {ratio:.2f} (goal {goal})")


@pytest.mark.parametrize("make", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("features", [8, 128])
def test_all_gates_against_the_plain_fused_forward(benchmark: BenchmarkFixture, make: Any, features: int) -> None:
    module, inputs = make(features, 128).eval(), torch.randn(100, 32, features)

    @torch.no_grad()
    def plain() -> None:
        module(inputs)

    theirs, ours = seconds_in_turns(plain, lambda: trace(module, inputs))
    report(benchmark, f"{make.__name__} of {features} features", ours, theirs, ours / theirs, "at most 2.5")
    benchmark.pedantic(trace, args=(module, inputs), rounds=10, warmup_rounds=2)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("units", [64, 128])
def test_all_gates_against_a_loop_over_cells(benchmark: BenchmarkFixture, units: int) -> None:
    module, cell = nn.LSTM(16, units), nn.LSTMCell(16, units)
    inputs = torch.randn(500, 1, 16)

    @torch.no_grad()
    def loop() -> None:
        state = (torch.zeros(1, units), torch.zeros(1, units))
        for now in inputs:
            state = cell(now, state)

    theirs, ours = seconds_in_turns(loop, lambda: trace(module, inputs))
    report(benchmark, f"LSTM of {units} units, T 500, batch 1", ours, theirs, theirs / ours, "at least 3")
    benchmark.pedantic(trace, args=(module, inputs), rounds=10, warmup_rounds=2)  # type: ignore[no-untyped-call]


def unrolled_gradients(module: nn.LSTM, inputs: Tensor, loss: Callable[[Tensor], Tensor]) -> None:
    """The same gradients from autograd, the network written out step by step."""
    input_weight, state_weight, input_bias, state_bias = (parameter for parameter in module.parameters())
    hidden = cell = torch.zeros(inputs.shape[1], module.hidden_size)
    outputs = []
    for now in inputs:
        gates = now @ input_weight.T + input_bias + hidden @ state_weight.T + state_bias
        input_gate, forget_gate, candidate, output_gate = gates.chunk(4, -1)
        cell = torch.sigmoid(forget_gate) * cell + torch.sigmoid(input_gate) * torch.tanh(candidate)
        hidden = torch.sigmoid(output_gate) * torch.tanh(cell)
        for kept in (gates, cell, hidden):
            kept.retain_grad()
        outputs.append(hidden)
    loss(torch.stack(outputs)).backward()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("units", [32, 64, 128])
def test_gradients_through_time_against_the_unrolled_network(benchmark: BenchmarkFixture, units: int) -> None:
    module, inputs = nn.LSTM(8, units), torch.randn(100, 1, 8)

    def loss(output: Tensor) -> Tensor:
        return output[-1].square().sum()

    theirs, ours = seconds_in_turns(
        lambda: unrolled_gradients(module, inputs, loss), lambda: gradients_through_time(module, inputs, loss)
    )
    report(benchmark, f"LSTM of {units} units, T 100, batch 1", ours, theirs, theirs / ours, "at least 5")
    benchmark.pedantic(  # type: ignore[no-untyped-call]
        gradients_through_time, args=(module, inputs, loss), rounds=10, warmup_rounds=2
    )
