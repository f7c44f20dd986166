"""Equations in numbers: a calculation that gives the result, with dot products that open up to single products."""

import math
import re
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from explorer.errors import ExplorerError
from explorer.inspection import equations
from explorer.inspection.in_numbers import biases, in_numbers, opened
from explorer.inspection.readout import readout_step
from tests.inspection.contract_cases import HalvedLinear
from tests.inspection.recurrent_cases import Case, cases, unrolled

KINDS = (nn.RNN, nn.LSTM, nn.GRU)
MEANING = {
    "σ": lambda value: 1 / (1 + math.exp(-value)),
    "tanh": math.tanh,
    "ReLU": lambda value: max(value, 0.0),
}


def calculated(stage: str) -> float:
    """What a stage of an equation gives, worked out by Python."""
    return float(eval(stage.replace("·", "*").replace("−", "-"), {"__builtins__": {}}, MEANING))


@given(cases(), st.data())
def test_every_stage_of_every_equation_is_a_calculation_that_gives_the_value(case: Case, data: st.DataObject) -> None:
    _, runs = unrolled(case)
    example, step = data.draw(st.sampled_from(sorted(runs[0].values["hidden"])))
    place = (step, data.draw(st.integers(0, case.module.hidden_size - 1)), 0, "forward", example)
    for equation in equations(case.module, case.given, *place, case.initial, case.lengths):
        for stage in in_numbers(equation).split(" = "):
            largest = max([1.0, *(abs(float(number)) for number in re.findall(r"\d+\.\d+", stage))])
            assert calculated(stage) == pytest.approx(equation.value, abs=1e-3 * largest)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bias", [True, False])
def test_no_equation_only_repeats_its_result(kind: Any, bias: bool) -> None:
    torch.manual_seed(1)
    for equation in equations(kind(3, 4, bias=bias), torch.randn(5, 3), 3, 2):
        first = in_numbers(equation).split(" = ")[0]
        assert re.search(r"[·+(]", first), f"{equation.symbol} = {first}"


def test_the_states_of_an_lstm_show_every_factor() -> None:
    torch.manual_seed(1)
    module, inputs = nn.LSTM(3, 4), torch.randn(5, 3)
    forget, into, candidate, cell, output, hidden = equations(module, inputs, 3, 2)
    before = equations(module, inputs, 2, 2)[3]
    shown = [forget.value, before.value, into.value, candidate.value]
    numbers = [float(number.replace("−", "-")) for number in re.findall(r"−?\d+\.\d+", in_numbers(cell))]
    assert numbers[:4] == pytest.approx(shown, abs=6e-5)
    said = f"{output.value:.4f} · tanh({cell.value:.4f})".replace("-", "−")
    assert in_numbers(hidden) == said


@pytest.mark.parametrize("kind", KINDS)
def test_dot_products_open_up_to_the_products_of_the_modules_own_rows(kind: Any) -> None:
    torch.manual_seed(2)
    module, inputs, unit = kind(3, 4), torch.randn(5, 3), 1
    before = module(inputs[:2])[0][-1].detach().double()
    parts = ((module.get_parameter("weight_ih_l0"), inputs[2].double()), (module.get_parameter("weight_hh_l0"), before))
    expected = [row * vector for weights, vector in parts for row in weights.detach().double()[unit::4]]
    found = [torch.from_numpy(dot.products) for one in equations(module, inputs, 2, unit) for dot in opened(one)]
    assert len(found) == len(expected)
    for own in expected:
        assert any(len(own) == len(other) and torch.allclose(own, other, atol=1e-6) for other in found)


def test_the_lectures_bias_is_shown_as_pytorchs_two() -> None:
    module = nn.RNN(1, 1)
    nn.init.constant_(module.get_parameter("bias_ih_l0"), 0.5)
    nn.init.constant_(module.get_parameter("bias_hh_l0"), -0.25)
    [equation] = equations(module, torch.zeros(1, 1), 0, 0)
    assert biases(equation) == ["b_a = b_ih + b_hh = 0.5000 + (−0.2500) = 0.2500"]


@torch.no_grad()
@pytest.mark.parametrize("bias", [True, False])
def test_the_output_equation_goes_from_the_state_over_logits_to_pytorchs_probabilities(bias: bool) -> None:
    torch.manual_seed(3)
    layer, states = nn.Linear(6, 4, bias=bias), torch.randn(6)
    found = readout_step(layer, states, classes=True)
    torch.testing.assert_close(found.pytorch, layer(states).softmax(0).detach())
    assert found.softmax is not None
    torch.testing.assert_close(found.softmax.probabilities.float(), found.pytorch)
    for number, equation in enumerate(found.equations):
        assert equation.value == pytest.approx(float(layer(states)[number]), abs=1e-6)
        [dot] = opened(equation)
        torch.testing.assert_close(torch.from_numpy(dot.products).float(), (layer.weight[number] * states).detach())
    assert 0 < found.difference < 1e-6


@torch.no_grad()
def test_numbers_have_no_softmax() -> None:
    layer, states = nn.Linear(6, 2), torch.randn(6)
    found = readout_step(layer, states, classes=False)
    assert found.softmax is None
    assert [equation.value for equation in found.equations] == pytest.approx(layer(states).tolist(), abs=1e-6)


@torch.no_grad()
def test_a_readout_that_computes_something_else_is_refused_with_the_gap() -> None:
    layer = HalvedLinear(2, 1, bias=False)
    nn.init.ones_(layer.weight)
    with pytest.raises(ExplorerError, match=r"HalvedLinear gives 2\.5, .* give 5; the gap of 2\.5"):
        readout_step(layer, torch.tensor([2.0, 3.0]), classes=False)
