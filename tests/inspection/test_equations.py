"""The course's equations with their numbers, against PyTorch and against numbers worked out by hand."""

from math import exp, tanh

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from explorer.errors import ExplorerError
from explorer.inspection import cell_step, equations, symbol_table
from tests.inspection.recurrent_cases import Case, cases, filled, unrolled

SYMBOLS = {
    "lstm": {
        "f_t": "forget_gate",
        "i_t": "input_gate",
        "C̄_t": "candidate",
        "C_t": "cell",
        "o_t": "output_gate",
        "H_t": "hidden",
    },
    "gru": {"r_t": "reset", "z_t": "update", "n_t": "candidate", "h_t": "hidden"},
    "tanh": {"a⟨t⟩": "hidden"},
    "relu": {"a⟨t⟩": "hidden"},
}


@given(cases(), st.data())
def test_what_stands_around_the_equations_is_what_the_network_read_and_kept(case: Case, data: st.DataObject) -> None:
    _, runs = unrolled(case)
    example, step = data.draw(st.sampled_from(sorted(runs[0].values["hidden"])))
    unit = data.draw(st.integers(0, case.module.hidden_size - 1))
    one = cell_step(case.module, case.given, step, unit, 0, "forward", example, case.initial, case.lengths)
    assert torch.equal(one.inputs, case.inputs[example, step].double())
    for name, value in one.found.items():
        expected = filled(runs[0].values[name], case)[example, step, unit].item()
        assert value == pytest.approx(expected, rel=2e-6, abs=2e-6)
    for name, value in one.before.items():
        if step > 0:
            before = filled(runs[0].values[name], case)[example, step - 1, unit].item()
        else:
            states = case.initial if case.kind == "lstm" else (case.initial,)
            before = 0.0 if case.initial is None else states[("hidden", "cell").index(name)][0, example, unit].item()
        assert value == pytest.approx(before, rel=2e-6, abs=2e-6)


@given(cases(), st.data())
def test_every_equation_gives_the_networks_own_number(case: Case, data: st.DataObject) -> None:
    _, runs = unrolled(case)
    place = data.draw(st.integers(0, len(runs) - 1))
    example, step = data.draw(st.sampled_from(sorted(runs[place].values["hidden"])))
    unit = data.draw(st.integers(0, case.module.hidden_size - 1))
    ways = 2 if case.module.bidirectional else 1
    found = equations(
        case.module,
        case.given,
        step,
        unit,
        place // ways,
        ("forward", "reverse")[place % ways],
        example,
        case.initial,
        case.lengths,
    )
    names = dict(SYMBOLS[case.kind])
    if case.module.proj_size:
        names = {**names, "m_t": "output"}
        runs[place].values["output"] = {
            where: torch.sigmoid(runs[place].before_activation["output_gate"][where]) * torch.tanh(cell)
            for where, cell in runs[place].values["cell"].items()
        }
        if unit >= case.module.proj_size:
            del names["H_t"]
    assert sorted(equation.symbol for equation in found) == sorted(names)
    accuracy = 2e-6 if case.dtype == torch.float32 else 1e-12
    for equation in found:
        expected = filled(runs[place].values[names[equation.symbol]], case)[example, step, unit].item()
        assert equation.value == pytest.approx(expected, rel=accuracy, abs=accuracy)
        assert equation.pytorch == pytest.approx(expected, rel=accuracy, abs=accuracy)
        assert equation.difference == equation.value - equation.pytorch
        total = sum(term.value for term in equation.terms)
        assert total == pytest.approx(equation.value if equation.pre_activation is None else equation.pre_activation)
        assert all(term.symbol in equation.formula for term in equation.terms)
        assert ("b_" in equation.formula) <= case.module.bias


def test_the_slide_network_is_shown_term_by_term() -> None:
    module = nn.RNN(1, 1, bias=False)
    module.load_state_dict({"weight_ih_l0": torch.tensor([[0.5]]), "weight_hh_l0": torch.tensor([[0.8]])})
    (equation,) = equations(module, torch.tensor([[1.0], [0.0], [0.0]]), 1, 0)
    assert equation.formula == "a⟨t⟩ = tanh(W_ax x⟨t⟩ + W_aa a⟨t−1⟩)"
    assert [term.value for term in equation.terms] == pytest.approx([0.0, 0.8 * 0.46211716])
    assert equation.value == pytest.approx(0.35372379, abs=1e-7)
    assert equation.pytorch == pytest.approx(0.35372379, abs=1e-7)


def test_an_lstm_of_ones_is_shown_term_by_term() -> None:
    module = nn.LSTM(1, 1)
    for name, parameter in module.named_parameters():
        nn.init.constant_(parameter, 1.0 if name.startswith("weight") else 0.0)
    forget, input_gate, candidate, cell, output, hidden = equations(module, torch.ones(3, 1), 2, 0)
    total = 0.65053522 + 1
    assert [term.symbol for term in forget.terms] == ["W_f h_{t−1}", "U_f x_t", "b_f"]
    assert forget.formula == "f_t = σ(W_f h_{t−1} + U_f x_t + b_f)"
    for gate in (forget, input_gate, output):
        assert gate.pre_activation == pytest.approx(total, abs=1e-6)
        assert gate.value == pytest.approx(1 / (1 + exp(-total)), abs=1e-6)
    assert candidate.value == pytest.approx(tanh(total), abs=1e-6)
    assert cell.formula == "C_t = f_t · C_{t−1} + i_t · C̄_t"
    assert cell.value == pytest.approx(1.73948752, abs=1e-6)
    assert hidden.value == pytest.approx(0.78876583, abs=1e-6)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({"time_step": 5, "unit": 0}, "no time step 5: example 0 has 5"),
        ({"time_step": -1, "unit": 0}, "no time step -1"),
        ({"time_step": 3, "unit": 0, "example": 1, "lengths": [5, 3]}, "no time step 3: example 1 has 3"),
        ({"time_step": 0, "unit": 3}, "no unit 3: each layer has 3 units"),
        ({"time_step": 0, "unit": 0, "layer": 1}, "no layer 1: the network has 1"),
        ({"time_step": 0, "unit": 0, "direction": "reverse"}, "runs forward"),
        ({"time_step": 0, "unit": 0, "example": 2}, "no example 2: the batch has 2"),
    ],
)
def test_what_there_is_not_is_refused_with_the_sizes(place: dict[str, int], message: str) -> None:
    with pytest.raises(ExplorerError, match=message):
        equations(nn.LSTM(2, 3), torch.zeros(5, 2, 2), **place)  # type: ignore[arg-type]


@given(cases())
def test_the_symbol_table_covers_every_row_of_every_parameter_once(case: Case) -> None:
    covered = {name: torch.zeros(parameter.shape[0]) for name, parameter in case.module.named_parameters()}
    for row in symbol_table(case.module):
        covered[row.parameter][row.rows] += 1
        assert getattr(case.module, row.parameter)[row.rows].shape == row.shape
    assert all(bool((count == 1).all()) for count in covered.values())


def test_the_symbol_table_follows_pytorchs_gate_order() -> None:
    rows = {(row.symbol, row.parameter): row.rows for row in symbol_table(nn.LSTM(2, 3))}
    assert rows["U_i", "weight_ih_l0"] == slice(0, 3)
    assert rows["W_f", "weight_hh_l0"] == slice(3, 6)
    assert rows["U_C", "weight_ih_l0"] == slice(6, 9)
    assert rows["b_o", "bias_ih_l0"] == rows["b_o", "bias_hh_l0"] == slice(9, 12)
    gru = {row.symbol: (row.parameter, row.rows) for row in symbol_table(nn.GRU(2, 3))}
    assert gru["W_r"] == ("weight_hh_l0", slice(0, 3))
    assert gru["U_z"] == ("weight_ih_l0", slice(3, 6))
    assert gru["b_hn"] == ("bias_hh_l0", slice(6, 9))
