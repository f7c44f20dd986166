"""Interventions: what is held stays held, what came before stays as it was, and what follows follows."""

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection import Clamp, clamped_trace, trace
from explorer.inspection.clamped import legal_range
from tests.inspection.recurrent_cases import NAMES, Case, cases, width


@given(cases())
def test_without_clamps_it_is_the_plain_trace(case: Case) -> None:
    plain = trace(case.module, case.given, case.initial, case.lengths)
    clamped = clamped_trace(case.module, case.given, [], case.initial, case.lengths)
    assert torch.equal(clamped.output, plain.output)
    for ours, theirs in zip(clamped.layers, plain.layers, strict=True):
        for name, values in ours.quantities.items():
            assert torch.equal(values, theirs.quantities[name])


@pytest.mark.slow
@given(cases(), st.data())
def test_a_quantity_held_at_its_own_values_changes_nothing(case: Case, data: st.DataObject) -> None:
    """Every step from the first clamped one on is computed singly, and must agree with the fused kernel."""
    plain = trace(case.module, case.given, case.initial, case.lengths)
    place = data.draw(st.sampled_from(range(len(plain.layers))))
    layer = plain.layers[place]
    name = data.draw(st.sampled_from(NAMES[case.kind]))
    unit = data.draw(st.integers(0, width(case, "hidden") - 1))
    steps = range(data.draw(st.integers(0, case.inputs.shape[1] - 1)), case.inputs.shape[1])
    clamps = [
        Clamp(name, layer.quantities[name][0, step, unit].item(), unit, layer.layer, layer.direction, step, step + 1)
        for step in steps
    ]
    clamped = clamped_trace(case.module, case.given, clamps, case.initial, case.lengths)
    for ours, theirs in zip(clamped.layers, plain.layers, strict=True):
        for quantity, values in ours.quantities.items():
            torch.testing.assert_close(values[0], theirs.quantities[quantity][0], atol=2e-6, rtol=1e-5)


@given(cases(), st.data())
def test_what_is_held_is_held_and_nothing_that_came_before_moves(case: Case, data: st.DataObject) -> None:
    steps = case.inputs.shape[1]
    plain = trace(case.module, case.given, case.initial, case.lengths)
    place = data.draw(st.sampled_from(range(len(plain.layers))))
    chosen = plain.layers[place]
    name = data.draw(st.sampled_from(NAMES[case.kind]))
    unit = data.draw(st.none() | st.integers(0, width(case, name) - 1))
    start = data.draw(st.integers(0, steps - 1))
    end = data.draw(st.none() | st.integers(start + 1, steps))
    clamp = Clamp(name, 0.25, unit, chosen.layer, chosen.direction, start, end)
    clamped = clamped_trace(case.module, case.given, [clamp], case.initial, case.lengths)
    lengths = case.lengths or [steps] * len(case.inputs)
    held = clamped.layers[place].quantities[name][..., slice(None) if unit is None else unit]
    for example, length in enumerate(lengths):
        assert bool((held[example, start : min(end or steps, length)] == 0.25).all())
        assert not held[example, length:].any()
    for ours, theirs in zip(clamped.layers, plain.layers, strict=True):
        if ours.layer < chosen.layer or (ours.layer == chosen.layer and ours.direction != chosen.direction):
            untouched = slice(None)
        elif ours is not clamped.layers[place]:
            continue
        else:
            untouched = slice(0, start) if ours.direction == "forward" else slice(end or steps, None)
        for quantity, values in ours.quantities.items():
            assert torch.equal(values[:, untouched], theirs.quantities[quantity][:, untouched])


@given(cases(dtypes=(torch.float64,)), st.data())
def test_ablating_a_unit_equals_removing_its_outgoing_weights(case: Case, data: st.DataObject) -> None:
    module = case.module
    assume(not module.bidirectional and case.initial is None)
    layer = data.draw(st.integers(0, module.num_layers - 1))
    unit = data.draw(st.integers(0, width(case, "hidden") - 1))
    ablated = clamped_trace(module, case.given, [Clamp("hidden", 0.0, unit, layer)], lengths=case.lengths)
    with torch.no_grad():
        getattr(module, f"weight_hh_l{layer}")[:, unit] = 0
        if layer + 1 < module.num_layers:
            getattr(module, f"weight_ih_l{layer + 1}")[:, unit] = 0
    expected = trace(module, case.given, lengths=case.lengths).output
    if layer + 1 == module.num_layers:
        expected[..., unit] = 0
    torch.testing.assert_close(ablated.output, expected, atol=1e-12, rtol=0)


def test_an_open_forget_gate_and_a_shut_input_gate_keep_the_cell_state() -> None:
    module, inputs = nn.LSTM(2, 3, batch_first=True), torch.randn(2, 8, 2)
    clamps = [Clamp("forget_gate", 1.0, start=4), Clamp("input_gate", 0.0, start=4)]
    cell = clamped_trace(module, inputs, clamps).layers[0].quantities["cell"]
    assert torch.equal(cell[:, 4:], cell[:, 3:4].expand(-1, 4, -1))


def test_a_grus_candidate_reads_its_reset_gate_as_it_is_held() -> None:
    module = nn.GRU(1, 1)
    for parameter in module.parameters():
        nn.init.constant_(parameter, 0.5)
    layer = clamped_trace(module, torch.ones(2, 1), [Clamp("reset", 0.0)]).layers[0]
    assert layer.quantities["candidate"].flatten().tolist() == pytest.approx([torch.tensor(1.0).tanh().item()] * 2)


def test_of_two_clamps_of_one_quantity_the_later_in_the_list_counts() -> None:
    clamps = [Clamp("hidden", 1.0), Clamp("hidden", 2.0, unit=1)]
    hidden = clamped_trace(nn.RNN(2, 2), torch.zeros(3, 2), clamps).layers[0].hidden
    assert hidden[0, 0].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("clamp", "message"),
    [
        (Clamp("cell", 0.0), "An nn.GRU has no 'cell'; choose one of hidden, reset, update, candidate"),
        (Clamp("reset", float("nan")), "cannot be held at nan"),
        (Clamp("reset", -1.0), "-1 is impossible for reset, which lies between 0 and 1"),
        (Clamp("update", 1.5), "1.5 is impossible for update, which lies between 0 and 1"),
        (Clamp("candidate", -2.0), "-2 is impossible for candidate, which lies between -1 and 1"),
        (Clamp("reset", 0.0, unit=3), "no unit 3: each layer has 3 units"),
        (Clamp("reset", 0.0, unit=-1), "no unit -1"),
        (Clamp("reset", 0.0, layer=2), "no layer 2: the network has 2"),
        (Clamp("reset", 0.0, direction="reverse"), "no direction 'reverse': the network runs forward"),
        (Clamp("reset", 0.0, start=4), "time steps from 4 to before 4: the input has 4 time steps, from 0 to 3"),
        (Clamp("reset", 0.0, start=2, end=2), "from 2 to before 2"),
        (Clamp("reset", 0.0, end=5), "from 0 to before 5"),
    ],
)
def test_a_clamp_of_what_there_is_not_is_refused_with_the_sizes(clamp: Clamp, message: str) -> None:
    inputs: Tensor = torch.zeros(4, 1, 2)
    with pytest.raises(ExplorerError, match=message):
        clamped_trace(nn.GRU(2, 3, 2), inputs, [clamp])


@given(cases())
def test_everything_a_cell_computes_lies_in_its_legal_range(case: Case) -> None:
    assume(case.initial is None)  # an initial state can lie beyond
    for layer in trace(case.module, case.given, lengths=case.lengths).layers:
        for name, values in layer.quantities.items():
            low, high = legal_range(case.module, name)
            assert low <= float(values.min()) <= float(values.max()) <= high
