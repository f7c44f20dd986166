"""Tracing a recurrent network: against PyTorch's fused kernel, its cells, and the equations step by step."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from math import exp, tanh
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pad_packed_sequence

from explorer.errors import ExplorerError
from explorer.inspection import (
    Clamp,
    clamped_trace,
    equations,
    gradients_through_time,
    saturation,
    symbol_table,
    trace,
)
from tests.inspection.recurrent_cases import KINDS, NAMES, Case, cases, filled, unrolled, width

# PyTorch says so once, when an LSTM with a projection runs on a CPU
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")


def assert_same(ours: Tensor, theirs: Tensor) -> None:
    tolerance = 1e-6 if ours.dtype == torch.float32 else 1e-13
    torch.testing.assert_close(ours, theirs.detach(), atol=tolerance, rtol=10 * tolerance)


@torch.no_grad()
def own_output(case: Case) -> Tensor:
    """The module's own output in eval mode, padded with 0."""
    case.module.eval()
    if case.lengths is None:
        output: Tensor = case.module(case.given, case.initial)[0]
        return output
    packed = case.module(case.packed(), case.initial)[0]
    return pad_packed_sequence(packed, case.module.batch_first, total_length=case.inputs.shape[1])[0]


@given(cases())
def test_the_output_is_the_modules_own(case: Case) -> None:
    traced = trace(case.module, case.given, case.initial, case.lengths)
    assert_same(traced.output, own_output(case))


@pytest.mark.slow
@settings(max_examples=100)
@given(cases())
def test_every_state_and_gate_is_what_the_equations_give_step_by_step(case: Case) -> None:
    traced = trace(case.module, case.given, case.initial, case.lengths)
    _, runs = unrolled(case)
    assert len(traced.layers) == len(runs)
    for place, (layer, run) in enumerate(zip(traced.layers, runs, strict=True)):
        ways = 2 if case.module.bidirectional else 1
        assert (layer.layer, layer.direction) == (place // ways, ("forward", "reverse")[place % ways])
        assert set(layer.quantities) == set(NAMES[case.kind])
        for name, values in layer.quantities.items():
            assert not values.requires_grad
            assert_same(values, filled(run.values[name], case))


@pytest.mark.parametrize(
    ("make", "cell", "names"),
    [
        (nn.LSTM, nn.LSTMCell, ("hidden", "cell")),
        (nn.GRU, nn.GRUCell, ("hidden",)),
        (nn.RNN, nn.RNNCell, ("hidden",)),
    ],
)
def test_states_are_those_of_pytorchs_cells_in_a_long_wide_batch(make: Any, cell: Any, names: tuple[str, ...]) -> None:
    module = make(20, 70, bidirectional=True)  # large enough for every fast path
    inputs = torch.randn(20, 40, 20)
    for layer in trace(module, inputs).layers:
        suffix = "_l0" if layer.direction == "forward" else "_l0_reverse"
        cells = cell(20, 70)
        weights = module.state_dict()
        cells.load_state_dict({name: weights[name + suffix] for name in cells.state_dict()})
        state: Any = torch.zeros(40, 70)
        state = (state, state) if make is nn.LSTM else state
        steps = []
        for now in inputs if layer.direction == "forward" else inputs.flip(0):
            state = cells(now, state)
            steps.append(state if make is nn.LSTM else (state,))
        if layer.direction == "reverse":
            steps.reverse()
        for name, states in zip(names, zip(*steps, strict=True), strict=True):
            torch.testing.assert_close(layer.quantities[name], torch.stack(states, 1).detach(), atol=1e-6, rtol=0)


def test_an_lstm_of_ones_gives_the_numbers_worked_out_by_hand() -> None:
    module = nn.LSTM(1, 1)
    for name, parameter in module.named_parameters():
        nn.init.constant_(parameter, 1.0 if name.startswith("weight") else 0.0)
    layer = trace(module, torch.ones(3, 1)).layers[0]
    expected = torch.tensor([0.36960635, 0.65053522, 0.78876583])
    torch.testing.assert_close(layer.hidden.flatten(), expected, atol=1e-7, rtol=0)
    assert layer.quantities["cell"][0, 2, 0].item() == pytest.approx(1.73948752, abs=1e-6)


@given(cases())
def test_a_packed_sequence_is_traced_like_its_padded_batch_with_lengths(case: Case) -> None:
    packed = trace(case.module, case.packed(), case.initial)
    padded = trace(case.module, case.given, case.initial, case.lengths)
    steps = max(case.lengths or [case.inputs.shape[1]])
    assert_same(case.batch_major(packed.output), case.batch_major(padded.output)[:, :steps])
    for ours, theirs in zip(packed.layers, padded.layers, strict=True):
        for name, values in ours.quantities.items():
            assert_same(values, theirs.quantities[name][:, :steps])


@given(cases())
def test_nothing_is_read_from_the_padding(case: Case) -> None:
    lengths = case.lengths or [1] * len(case.inputs)
    spoilt = case.inputs.clone()
    for example, length in enumerate(lengths):
        spoilt[example, length:] = torch.nan
    clean = trace(case.module, case.given, case.initial, lengths)
    traced = trace(case.module, replace(case, inputs=spoilt).given, case.initial, lengths)
    for ours, theirs in zip(traced.layers, clean.layers, strict=True):
        for name, values in ours.quantities.items():
            assert torch.equal(values, theirs.quantities[name])
            for example, length in enumerate(lengths):
                assert not values[example, length:].any()


@given(cases())
def test_a_single_sequence_is_traced_as_a_batch_of_one(case: Case) -> None:
    states = () if case.initial is None else case.initial if case.kind == "lstm" else (case.initial,)
    alone = tuple(state[:, 0] for state in states)
    initial: Any = None if not alone else alone if case.kind == "lstm" else alone[0]
    traced = trace(case.module, case.inputs[0], initial)
    with torch.no_grad():
        output = case.module.eval()(case.inputs[0], initial)[0]
    assert traced.output.shape == output.shape
    assert_same(traced.output, output)
    assert traced.layers[0].hidden.shape == (1, case.inputs.shape[1], width(case, "hidden"))


def test_states_too_large_for_an_exponential_are_traced_without_nan() -> None:
    module = nn.LSTM(1, 3)
    layer = trace(module, torch.tensor([[1e4], [-1e4], [1e30]])).layers[0]
    assert all(values.isfinite().all() for values in layer.quantities.values())
    assert layer.quantities["candidate"].abs().max() == 1


PRECISIONS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def test_an_lstm_in_half_precision_reaches_the_cell_state_worked_out_by_hand() -> None:
    module = nn.LSTM(1, 1, bias=False).half()
    for parameter in module.parameters():
        nn.init.constant_(parameter, 6.0)
    layer = trace(module, torch.ones(2, 1).half()).layers[0]
    forget = 1 / (1 + exp(-6 - 6 * tanh(1)))  # of the second step; every other gate is within 0.003 of 1
    assert layer.quantities["cell"][0, 1, 0].item() == pytest.approx(forget + 1, abs=0.01)
    gradients = gradients_through_time(module, torch.ones(2, 1).half(), lambda output: output.float().sum()).layers[0]
    assert all(values.isfinite().all() for values in (*layer.quantities.values(), *gradients.quantities.values()))


@pytest.mark.sample(4)
@pytest.mark.parametrize("dtype", PRECISIONS, ids=str)
@pytest.mark.parametrize("kind", KINDS)
@given(st.lists(st.floats(-1e4, 1e4, width=16), min_size=1, max_size=4))
def test_every_precision_agrees_with_float64_for_small_and_large_pre_activations(
    kind: str, dtype: torch.dtype, numbers: list[float]
) -> None:
    make, options = KINDS[kind]
    module = make(1, 1, bias=False, dtype=dtype, **options)
    for name, parameter in module.named_parameters():
        nn.init.constant_(parameter, 1.0 if "ih" in name else 0.5 if kind != "relu" else 0.0)
    inputs = torch.tensor(numbers, dtype=dtype)[:, None]
    ours, exact = trace(module, inputs), trace(deepcopy(module).double(), inputs.double())
    tolerance = 64 * torch.finfo(dtype).eps  # a few roundings at every step
    for name, values in ours.layers[0].quantities.items():
        expected = exact.layers[0].quantities[name]
        torch.testing.assert_close(values.double(), expected, atol=tolerance, rtol=tolerance)


class Failing(nn.LSTM):
    """Its second layer can be made unreadable."""

    told = False

    def __getattribute__(self, name: str) -> Any:
        if name == "bias_hh_l1" and self.told:
            raise RuntimeError("told to fail")
        return super().__getattribute__(name)


LOOKS: dict[str, Callable[[Any, Tensor], Any]] = {
    "trace": trace,
    "gradients_through_time": lambda module, inputs: gradients_through_time(
        module, inputs, lambda output: (output * torch.rand(())).sum()
    ),
    "clamped_trace": lambda module, inputs: clamped_trace(module, inputs, [Clamp("hidden", 0.0, start=1)]),
    "equations": lambda module, inputs: equations(module, inputs, 1, 0, layer=1),
    "symbol_table": lambda module, _inputs: symbol_table(module),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("training", [True, False])
def test_inspection_never_changes_the_module(look: str, kind: str, training: bool) -> None:
    make, options = KINDS[kind]
    module = make(2, 3, 2, dropout=0.5, bidirectional=True, **options).train(training)
    module.register_forward_hook(lambda *_: None)
    module(torch.randn(4, 2, 2))[0].sum().backward()
    inputs = torch.randn(4, 2, 2)
    kept = inputs.clone()
    parameters = {name: (p, p.detach().clone(), deepcopy(p.grad)) for name, p in module.named_parameters()}
    hooks, state = len(module._forward_hooks), torch.get_rng_state()
    LOOKS[look](module, inputs)
    assert module.training is training
    assert len(module._forward_hooks) == hooks
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(inputs, kept)
    assert inputs.grad is None
    for name, parameter in module.named_parameters():
        same, values, gradient = parameters[name]
        assert parameter is same
        assert parameter.requires_grad
        assert torch.equal(parameter, values)
        assert parameter.grad is not None
        assert gradient is not None
        assert torch.equal(parameter.grad, gradient)


class Doubled(nn.GRU):
    def forward(self, inputs: Any, initial: Any = None) -> Any:
        output, last = super().forward(inputs, initial)
        return output._replace(data=2 * output.data) if isinstance(output, PackedSequence) else 2 * output, last


class Told(nn.GRU):
    calls = 0

    def forward(self, inputs: Any) -> Any:  # type: ignore[override]
        self.calls += 1
        return super().forward(inputs)


@pytest.mark.parametrize("look", [name for name in LOOKS if name != "symbol_table"])
def test_a_module_that_gives_another_output_than_its_equations_is_refused_with_the_gap(look: str) -> None:
    module = Doubled(2, 3, 2, bidirectional=True)
    with pytest.raises(ExplorerError, match=r"Doubled gives another output .* by up to 0\.\d+"):
        LOOKS[look](module, torch.randn(4, 2, 2))
    hooked = nn.GRU(2, 3, 2)
    hooked.register_forward_hook(lambda _module, _inputs, found: (found[0] + 1, found[1]))
    with pytest.raises(ExplorerError, match="GRU gives another output"):
        LOOKS[look](hooked, torch.randn(4, 2, 2))


class DoubledOutside(nn.LSTM):
    """Gives twice its output, where no hook of PyTorch's looks."""

    def __call__(self, *arguments: Any) -> Any:
        output, states = super().__call__(*arguments)
        return output._replace(data=2 * output.data) if isinstance(output, PackedSequence) else 2 * output, states


class OfTheStates(nn.LSTM):
    """Changes one of its final states alone."""

    changed = 0

    def forward(self, inputs: Any, initial: Any = None) -> Any:
        output, states = super().forward(inputs, initial)
        return output, tuple(state + (place == self.changed) for place, state in enumerate(states))


@pytest.mark.parametrize("lengths", [None, [4, 2]], ids=str)
@pytest.mark.parametrize(("place", "what"), [(0, "hidden"), (1, "cell")])
def test_a_module_that_gives_other_final_states_is_refused(place: int, what: str, lengths: list[int] | None) -> None:
    module = OfTheStates(2, 3, 2, bidirectional=True)
    module.changed = place
    with pytest.raises(ExplorerError, match=rf"OfTheStates gives another final {what} state .* by up to 1"):
        trace(module, torch.randn(4, 2, 2), lengths=lengths)


@pytest.mark.parametrize("dtype", PRECISIONS, ids=str)
@pytest.mark.parametrize("look", [name for name in LOOKS if name != "symbol_table"])
def test_an_output_changed_around_the_call_is_refused_in_every_precision(look: str, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    module = DoubledOutside(2, 3, 2, dtype=dtype)
    with pytest.raises(ExplorerError, match="DoubledOutside gives another output"):
        LOOKS[look](module, torch.randn(4, 2, 2, dtype=dtype))


@given(cases())
def test_final_states_of_every_network_are_compared_without_a_false_alarm(case: Case) -> None:
    case.module.register_forward_hook(lambda *_: None)
    trace(case.module, case.given, case.initial, case.lengths)


def test_a_module_that_returns_its_output_alone_is_traced() -> None:
    class OutputAlone(nn.GRU):
        def forward(self, inputs: Any) -> Any:  # type: ignore[override]
            return super().forward(inputs)[0]

    module, inputs = OutputAlone(2, 3, batch_first=True), torch.randn(2, 4, 2)
    assert torch.equal(trace(module, inputs).output, module(inputs).detach())


def test_a_module_that_reads_something_else_is_refused_with_the_reason() -> None:
    class Stepped(nn.GRU):
        def forward(self, inputs: Any, steps: int) -> Any:  # type: ignore[override]
            return super().forward(inputs[:steps])

    with pytest.raises(ExplorerError, match=r"does not read what PyTorch's GRU reads .*steps"):
        trace(Stepped(2, 3), torch.randn(4, 2, 2))


def test_a_derived_module_that_computes_the_same_is_traced() -> None:
    module = Told(2, 3, 2, bidirectional=True)
    inputs = torch.randn(4, 2, 2)
    assert_same(
        trace(module, inputs, lengths=[4, 2]).layers[0].hidden,
        trace(as_gru(module), inputs, lengths=[4, 2]).layers[0].hidden,
    )
    assert module.calls > 0


def as_gru(module: nn.GRU) -> nn.GRU:
    plain = nn.GRU(2, 3, 2, bidirectional=True)
    plain.load_state_dict(module.state_dict())
    return plain


@pytest.mark.parametrize("look", [name for name in LOOKS if name != "symbol_table"])
def test_the_mode_is_restored_even_when_inspection_fails(look: str) -> None:
    module = Failing(2, 3, 2).train()
    module.told = True
    with pytest.raises(RuntimeError, match="told to fail"):
        LOOKS[look](module, torch.randn(4, 2, 2))
    assert module.training


@pytest.mark.parametrize("look", [name for name in LOOKS if name != "symbol_table"])
def test_inspection_works_in_inference_mode(look: str) -> None:
    with torch.inference_mode():
        LOOKS[look](nn.GRU(2, 3, 2), torch.randn(4, 2, 2))


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.Linear(2, 2), "Linear is not a recurrent layer; choose an nn.RNN"),
        (nn.LSTMCell(2, 2), "LSTMCell is not a recurrent layer; choose an nn.RNN"),
    ],
)
def test_a_module_that_cannot_be_inspected_is_refused(look: str, module: nn.Module, message: str) -> None:
    with pytest.raises(ExplorerError, match=message):
        LOOKS[look](module, torch.randn(4, 2, 2))


@pytest.mark.parametrize(
    ("inputs", "options", "message"),
    [
        (torch.zeros(5, 2, 4), {}, r"4 features a time step, but the network reads 3"),
        (torch.zeros(5, 2, 3, 1), {}, r"4 dimensions.*\(batch, time, 3 features\)"),
        (torch.zeros(5, 0, 3), {}, "0 time steps and 5 examples"),
        (torch.zeros(5, 2, 3).double(), {}, r"float64, but the weights are torch.float32"),
        (torch.zeros(5, 2, 3), {"lengths": [1, 2]}, "must be 5 whole numbers"),
        (torch.zeros(2, 5, 3), {"lengths": [1.0, 2.5]}, "must be 2 whole numbers"),
        (torch.zeros(2, 5, 3), {"lengths": [0, 6]}, r"from 1 to 5, the time steps given, not \[0, 6\]"),
        (torch.zeros(2, 5, 3), {"initial": torch.zeros(1, 2, 4)}, r"hidden \(1, 2, 4\) and cell \(1, 2, 4\)"),
        (torch.zeros(2, 5, 3), {"initial": (torch.zeros(2, 2, 4),) * 2}, r"not \(2, 2, 4\), \(2, 2, 4\)"),
        (torch.zeros(2, 5, 3), {"initial": (torch.zeros(1, 2, 4).double(),) * 2}, "The initial state is torch.float64"),
        (torch.zeros(2, 5, 3, device="meta"), {}, "the inputs are on meta"),
    ],
)
def test_inputs_that_the_module_cannot_read_are_refused_with_the_numbers(
    inputs: Tensor, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ExplorerError, match=message):
        trace(nn.LSTM(3, 4, batch_first=True), inputs, **options)


def test_a_packed_sequence_takes_no_lengths() -> None:
    packed = nn.utils.rnn.pack_sequence([torch.zeros(3, 2)])
    with pytest.raises(ExplorerError, match="knows its lengths"):
        trace(nn.GRU(2, 3), packed, lengths=[3])


@given(st.integers(0, 2**31), st.booleans())
def test_saturation_counts_the_steps_at_which_a_gate_is_closed_and_open(seed: int, padded: bool) -> None:
    gate = torch.rand(3, 5, 4, generator=torch.Generator().manual_seed(seed))
    lengths = [5, 2, 3] if padded else [5, 5, 5]
    below, above = saturation(gate, lengths if padded else None)
    for unit in range(4):
        counted = [float(gate[b, t, unit]) for b in range(3) for t in range(lengths[b])]
        assert below[unit].item() == pytest.approx(sum(value < 0.1 for value in counted) / len(counted))
        assert above[unit].item() == pytest.approx(sum(value > 0.9 for value in counted) / len(counted))


def test_saturation_needs_a_gate_over_time() -> None:
    with pytest.raises(ExplorerError, match=r"\(batch, time, unit\), not \(3, 4\)"):
        saturation(torch.zeros(3, 4))
    with pytest.raises(ExplorerError, match="2 lengths for 3 examples"):
        saturation(torch.zeros(3, 4, 5), [4, 4])
