"""Whole networks: what their recurrent layers read is caught as they run, and traced."""

from typing import Any

import pytest
import torch
from hypothesis import given
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from explorer import equations, gradients_through_time, trace
from explorer.errors import ExplorerError
from explorer.inspection import Clamp, clamped_trace
from tests.inspection.recurrent_cases import Case, cases, filled, unrolled
from tests.inspection.test_gradients import assert_pytorchs

# PyTorch says so once, when an LSTM with a projection runs on a CPU
pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")


class Around(nn.Module):
    """A case's recurrent module behind an embedding and packing, and before a readout of states and last state."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        rows = case.inputs.flatten(0, 1)
        self.embedding = nn.Embedding(len(rows), rows.shape[1], _weight=rows)
        self.recurrent = case.module
        self.initial = case.initial

    def forward(self, tokens: Tensor, lengths: Any = None) -> Tensor:
        embedded = self.embedding(tokens)  # (batch, time, feature)
        given = embedded if self.recurrent.batch_first else embedded.transpose(0, 1)
        if lengths is not None:
            given = pack_padded_sequence(given, lengths, self.recurrent.batch_first, enforce_sorted=False)
        states, last = self.recurrent(given, self.initial)
        if lengths is not None:
            states, _ = pad_packed_sequence(states, self.recurrent.batch_first, total_length=tokens.shape[1])
        states = states if self.recurrent.batch_first else states.transpose(0, 1)
        return read_out(states, last if isinstance(last, tuple) else (last,))


def read_out(states: Tensor, last: tuple[Tensor, ...]) -> Tensor:
    """A number for each example from (batch, time, unit) states and (layer·direction, batch, unit) last states."""
    ends = sum(torch.tanh(3 * state).sum((0, 2)) for state in last)
    return torch.sin(2 * states).sum((1, 2)) + ends


def tokens_of(case: Case) -> Tensor:
    batch, steps, _ = case.inputs.shape
    return torch.arange(batch * steps).reshape(batch, steps)


def read_out_unrolled(case: Case) -> tuple[Tensor, list[Any]]:
    output, runs = unrolled(case)
    batch, steps, _ = case.inputs.shape
    lengths = case.lengths or [steps] * batch
    ways = 1 + case.module.bidirectional
    last = [
        torch.stack(
            [
                torch.stack([run.values[name][b, 0 if row % ways else lengths[b] - 1] for b in range(batch)])
                for row, run in enumerate(runs)
            ]
        )
        for name in (("hidden", "cell") if case.kind == "lstm" else ("hidden",))
    ]
    return read_out(output, tuple(last)), runs


@given(cases(dtypes=(torch.float64,)))
def test_a_network_is_traced_behind_its_embedding_and_packing(case: Case) -> None:
    found = trace(Around(case), tokens_of(case), lengths=case.lengths)
    _, runs = unrolled(case)
    for layer, run in zip(found.layers, runs, strict=True):
        for name, values in layer.quantities.items():
            theirs = filled(run.values[name], case)[:, : values.shape[1]]
            torch.testing.assert_close(values, theirs, atol=1e-12, rtol=0)
    assert list(found.modules) == ["recurrent"]
    assert torch.equal(found["recurrent"].output, found.output)


@given(cases(dtypes=(torch.float64,)))
def test_gradients_of_a_networks_answer_are_those_of_the_unrolled_network(case: Case) -> None:
    steps = max(case.lengths or [case.inputs.shape[1]])
    case.inputs = case.inputs[:, :steps]
    found = gradients_through_time(Around(case), tokens_of(case), lambda answer: answer.sum(), lengths=case.lengths)
    answer, runs = read_out_unrolled(case)
    loss = answer.sum()
    assert found.loss == pytest.approx(loss.item())
    for layer, run in zip(found.layers, runs, strict=True):
        assert_pytorchs(layer, run, loss, case)


class Classifier(nn.Module):
    """An embedding, a packed bidirectional LSTM of two layers, and a linear layer on its last states."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(11, 5)
        self.lstm = nn.LSTM(5, 4, num_layers=2, bidirectional=True, batch_first=True, dropout=0.5)
        self.head = nn.Linear(8, 3)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        packed = pack_padded_sequence(self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False)
        _, (hidden, _) = self.lstm(packed)
        logits: Tensor = self.head(torch.cat([hidden[-2], hidden[-1]], dim=1))
        return logits


TOKENS, LENGTHS = torch.arange(12).reshape(2, 6) % 11, torch.tensor([4, 6])


@pytest.mark.parametrize(
    "given", [(TOKENS, LENGTHS), {"tokens": TOKENS, "lengths": LENGTHS}], ids=["in order", "by name"]
)
def test_a_packed_bidirectional_lstm_of_two_layers_gives_the_states_that_pytorch_gives(given: Any) -> None:
    torch.manual_seed(0)
    network = Classifier()
    found = trace(network, given)
    network.eval()
    with torch.no_grad():
        packed = pack_padded_sequence(network.embedding(TOKENS), LENGTHS, batch_first=True, enforce_sorted=False)
        output, (hidden, cell) = network.lstm(packed)
    output, _ = pad_packed_sequence(output, batch_first=True)
    torch.testing.assert_close(found.output, output, atol=1e-6, rtol=0)
    assert found.lengths is not None
    assert found.lengths.tolist() == [4, 6]
    for place, layer in enumerate(found.layers):
        ends = [0, 0] if layer.direction == "reverse" else [3, 5]
        for name, last in (("hidden", hidden), ("cell", cell)):
            torch.testing.assert_close(layer.quantities[name][[0, 1], ends], last[place], atol=1e-6, rtol=0)


def test_a_network_is_left_in_its_mode_and_without_hooks() -> None:
    network = Classifier().train()
    trace(network, (TOKENS, LENGTHS))
    gradients_through_time(network, (TOKENS, LENGTHS), lambda logits: logits[0, 0])
    assert all(module.training for module in network.modules())
    assert not network.lstm._forward_hooks
    assert not network.lstm._forward_pre_hooks
    assert all(weight.grad is None for weight in network.parameters())


class Translator(nn.Module):
    """An encoder, and a decoder that takes one step at a time from the encoder's last state."""

    def __init__(self, *, again: bool = False) -> None:
        super().__init__()
        self.encoder = nn.GRU(3, 4, batch_first=True)
        self.decoder = nn.GRU(4, 4, batch_first=True)
        self.again = again

    def forward(self, inputs: Tensor) -> Tensor:
        _, state = self.encoder(inputs)
        said = []
        step = state.transpose(0, 1)
        for _ in range(5):
            step, state = self.decoder(step, torch.zeros_like(state) if self.again else state)
            said.append(step)
        return torch.cat(said, 1)


def test_the_steps_of_a_decoder_are_one_trace_from_the_encoders_last_state() -> None:
    torch.manual_seed(0)
    network, inputs = Translator(), torch.randn(2, 7, 3)
    found = trace(network, inputs)
    assert list(found.modules) == ["encoder", "decoder"]
    encoded, state = network.encoder(inputs)
    torch.testing.assert_close(found["encoder"].output, encoded.detach())
    torch.testing.assert_close(found["decoder"].output, network(inputs).detach())
    assert found.layers == (*found["encoder"].layers, *found["decoder"].layers)
    first = nn.GRUCell(4, 4)
    first.load_state_dict({name.removesuffix("_l0"): value for name, value in network.decoder.state_dict().items()})
    start = state[0]
    expected = first(start, start).detach()  # it reads the encoder's last state, and starts from it
    torch.testing.assert_close(found["decoder"].layers[0].hidden[:, 0], expected)


def test_calls_that_do_not_go_on_from_each_other_have_a_trace_each() -> None:
    found = trace(Translator(again=True), torch.randn(2, 7, 3))
    assert list(found.modules) == ["encoder", *(f"decoder#{number}" for number in range(1, 6))]


def test_the_equations_of_one_of_several_recurrent_layers_are_chosen_by_its_name() -> None:
    torch.manual_seed(0)
    network, inputs = Translator(), torch.randn(2, 7, 3)
    *_, last = equations(network, inputs, 3, 1, example=1, module="encoder")
    assert last.value == pytest.approx(network.encoder(inputs)[0][1, 3, 1].item(), abs=1e-6)
    with pytest.raises(ExplorerError, match=r"has 2 recurrent layers: encoder, decoder\. Choose one"):
        equations(network, inputs, 3, 1)
    with pytest.raises(ExplorerError, match="There is no recurrent layer 'lstm'; choose one of 'encoder', 'decoder'"):
        equations(network, inputs, 3, 1, module="lstm")
    with pytest.raises(ExplorerError, match="There is no recurrent layer 'lstm'"):
        trace(network, inputs)["lstm"]
    with pytest.raises(ExplorerError, match="the trace of a recurrent layer itself"):
        trace(network.encoder, inputs)["encoder"]


class Stepping(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTMCell(3, 4)

    def forward(self, inputs: Tensor) -> Tensor:
        states: Tensor = self.cell(inputs)[0]
        return states


class Idle(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(3, 4)

    def forward(self, inputs: Tensor) -> Tensor:
        return inputs


@pytest.mark.parametrize(
    ("network", "inputs", "options", "message"),
    [
        (nn.Sequential(nn.Linear(3, 4)), torch.zeros(2, 3), {}, "Sequential has no recurrent layer; choose an nn.RNN"),
        (Stepping(), torch.zeros(2, 3), {}, "Stepping has no recurrent layer.*'cell' is a single cell"),
        (Idle(), torch.zeros(2, 3), {}, r"calls none of its recurrent layers \(gru\)"),
        (Translator(), torch.zeros(2, 7, 3), {"initial": torch.zeros(1, 2, 4)}, "leave out initial"),
        (torch.zeros(2, 3), nn.GRU(3, 4), {}, "A network .* comes first, then its inputs; this is Tensor"),
    ],
)
def test_a_network_that_cannot_be_traced_is_refused(network: Any, inputs: Any, options: Any, message: str) -> None:
    with pytest.raises(ExplorerError, match=message):
        trace(network, inputs, **options)


def test_a_gate_of_a_recurrent_layer_inside_a_network_is_held() -> None:
    torch.manual_seed(0)
    network, inputs = Translator(), torch.randn(2, 7, 3)
    found = clamped_trace(network, inputs, [Clamp("update", 1.0)], module="encoder")
    assert torch.equal(found.layers[0].hidden, torch.zeros(2, 7, 4))  # a GRU that keeps everything keeps its start, 0


def test_gradients_through_a_decoder_that_is_called_step_by_step_are_refused() -> None:
    with pytest.raises(ExplorerError, match="step by step; give gradients_through_time the layer itself"):
        gradients_through_time(Translator(), torch.zeros(2, 7, 3), lambda said: said.sum(), module="decoder")
