"""Gradients through time, against autograd on the network unrolled step by step."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection import gradients_through_time
from explorer.inspection.cells.cell import RecurrentLayer
from explorer.inspection.gradients import gradients_of_last_state
from tests.inspection.recurrent_cases import Case, Unrolled, cases, filled, unrolled


def curved(output: Tensor) -> Tensor:
    """A loss in which every output value has a different weight."""
    weights = torch.linspace(-1, 2, output.numel(), dtype=output.dtype).reshape(output.shape)
    return (torch.sin(3 * output) * weights).sum() + (output**2).mean()


def assert_pytorchs(layer: RecurrentLayer, run: Unrolled, loss: Tensor, case: Case) -> None:
    """Each gradient of a layer is autograd's, by the nodes of the network unrolled step by step."""
    accuracy = 1e-5 if case.dtype == torch.float32 else 1e-12
    for name, ours in layer.quantities.items():
        nodes = run.before_activation[name]
        each = torch.autograd.grad(
            loss, list(nodes.values()), retain_graph=True, allow_unused=True, materialize_grads=True
        )
        theirs = filled(dict(zip(nodes, each, strict=True)), case)
        largest = max(1.0, theirs.abs().max().item())
        torch.testing.assert_close(ours, theirs, atol=accuracy * largest, rtol=0)


@settings(max_examples=100)
@given(cases())
def test_every_gradient_is_that_of_the_unrolled_network(case: Case) -> None:
    found = gradients_through_time(case.module, case.given, curved, case.initial, case.lengths)
    output, runs = unrolled(case)
    loss = curved(output if case.module.batch_first else output.transpose(0, 1))
    accuracy = 1e-5 if case.dtype == torch.float32 else 1e-12
    assert found.loss == pytest.approx(loss.item(), rel=accuracy, abs=accuracy)
    assert len(found.layers) == len(runs)
    for layer, run in zip(found.layers, runs, strict=True):
        assert set(layer.quantities) == set(run.values)
        assert_pytorchs(layer, run, loss, case)


@given(cases())
def test_a_packed_sequence_gives_the_gradients_of_its_padded_batch(case: Case) -> None:
    steps = max(case.lengths or [case.inputs.shape[1]])
    case.inputs = case.inputs[:, :steps]
    packed = gradients_through_time(case.module, case.packed(), curved, case.initial)
    padded = gradients_through_time(case.module, case.given, curved, case.initial, case.lengths)
    assert packed.loss == pytest.approx(padded.loss, rel=1e-5)  # float32, added up in another order
    for ours, theirs in zip(packed.layers, padded.layers, strict=True):
        for name, values in ours.quantities.items():
            torch.testing.assert_close(values, theirs.quantities[name])


@settings(max_examples=60)
@given(cases())
def test_the_gradients_of_a_state_that_is_handed_on_are_those_of_the_unrolled_network(case: Case) -> None:
    case.lengths = None
    runs = unrolled(case)[1]
    names = ("hidden", "cell") if case.kind == "lstm" else ("hidden",)
    batch, steps, _ = case.inputs.shape
    directions = 1 + case.module.bidirectional
    ends = [0 if row % directions else steps - 1 for row in range(len(runs))]
    last = [
        torch.stack(
            [torch.stack([run.values[name][b, end] for b in range(batch)]) for run, end in zip(runs, ends, strict=True)]
        )
        for name in names
    ]
    loss = sum((curved(state) for state in last), torch.zeros((), dtype=case.dtype))
    handed = torch.autograd.grad(loss, last, retain_graph=True)
    gradient = (handed[0], handed[1]) if case.kind == "lstm" else handed[0]
    found = gradients_of_last_state(case.module, case.given, gradient, case.initial)
    for layer, run in zip(found, runs, strict=True):
        assert_pytorchs(layer, run, loss, case)


def test_the_slide_network_forgets_by_the_factor_worked_out_by_hand() -> None:
    module = nn.RNN(1, 1, bias=False)
    module.load_state_dict({"weight_ih_l0": torch.tensor([[0.5]]), "weight_hh_l0": torch.tensor([[0.8]])})
    inputs = torch.tensor([[1.0], [0.0], [0.0]])
    found = gradients_through_time(module, inputs, lambda output: output[-1].sum())
    assert found.loss == pytest.approx(0.27565999, abs=1e-7)
    assert found.layers[0].hidden[0, :, 0].tolist() == pytest.approx(
        [0.517375, 0.8 * (1 - 0.27565999**2), 1.0], abs=1e-6
    )


def test_a_loss_may_write_into_its_argument() -> None:
    module, inputs = nn.LSTM(2, 3), torch.randn(4, 2, 2)
    written = gradients_through_time(module, inputs, lambda output: output.mul_(2).sum())
    plain = gradients_through_time(module, inputs, lambda output: 2 * output.sum())
    assert torch.equal(written.layers[0].hidden, plain.layers[0].hidden)


def test_a_head_after_the_network_keeps_its_own_gradients() -> None:
    head = nn.Linear(3, 1)
    gradients_through_time(nn.GRU(2, 3), torch.randn(4, 1, 2), lambda output: head(output[-1]).sum())
    assert head.weight.grad is None


def test_gradients_are_computed_even_when_autograd_is_switched_off() -> None:
    module, inputs = nn.GRU(2, 3), torch.randn(4, 1, 2)
    with torch.no_grad():
        silent = gradients_through_time(module, inputs, curved)
    assert torch.equal(silent.layers[0].hidden, gradients_through_time(module, inputs, curved).layers[0].hidden)


def test_returned_gradients_may_be_modified_and_differentiated() -> None:
    found = gradients_through_time(nn.LSTM(2, 3), torch.randn(4, 1, 2), curved)
    for values in found.layers[0].quantities.values():
        values.mul_(2).requires_grad_().square().sum().backward()  # type: ignore[no-untyped-call]
        assert values.grad is not None


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda output: output, r"shape \(4, 1, 3\)"),
        (lambda output: output.detach().sum(), "computed from the output"),
        (lambda output: 3.0, "not float"),
    ],
)
def test_a_loss_that_is_not_one_number_computed_from_the_output_is_refused(
    loss: Callable[[Tensor], Tensor], message: str
) -> None:
    with pytest.raises(ExplorerError, match=message):
        gradients_through_time(nn.LSTM(2, 3), torch.randn(4, 1, 2), loss)
