"""The Gradients view: how much of one answer's gradient arrives at each earlier step, against an unrolled network."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from explorer.models.recurrent import EncoderDecoder, Recurrent
from explorer.training.run import Run
from explorer.ui.cache import sequences_of
from explorer.ui.subject.sequence import Sequence, SequenceSubject
from explorer.ui.views.sequence.followed_back import Way, shares, ticks, way
from explorer.ui.views.sequence.gradients import reach, reading
from tests.app.pages import TASKS, finished_sequence_run

CELLS = {nn.RNN: nn.RNNCell, nn.LSTM: nn.LSTMCell, nn.GRU: nn.GRUCell}
ANSWERS = {
    "many-to-one": (None, "rnn"),
    "one-to-many": (7, "rnn"),
    "many-to-many in step": (5, "lstm"),
    "many-to-many in step, text": (19, "gru"),
    "many-to-many encoder-decoder": (3, "lstm"),
}
OF_ENCODER_DECODERS = [(0, "rnn"), (1, "gru"), (2, "lstm")]


def subject_of(root: Path, task: str, model: str) -> SequenceSubject:
    run = finished_sequence_run(root, {**TASKS[task], "model": {"name": model}})
    splits = sequences_of(run.config.dataset)
    inputs, targets = splits.test
    lengths = splits.lengths_of("test")
    sequence = Sequence(inputs[:1], targets[:1], inputs.shape[1] if lengths is None else int(lengths[0]))
    decoder = splits.is_encoder_decoder
    return SequenceSubject(run, run.steps[-1], run.steps, splits, sequence, decoder=decoder)


def unrolled_norms(subject: SequenceSubject, answering: int) -> np.ndarray:
    """‖∂L/∂h_t‖ of the loss of one answer, (time,), by autograd through PyTorch's cells, one step after another.

    Of an encoder-decoder, the encoder's steps come first.
    """
    model = subject.run.model(subject.step)
    inputs = subject.sequence.inputs
    hidden: list[Tensor] = []

    def unroll(module: nn.RNNBase, read: Tensor, state: Any = None) -> Any:
        cell = CELLS[type(module)](module.input_size, module.hidden_size)
        cell.load_state_dict({name.removesuffix("_l0"): value for name, value in module.state_dict().items()})
        for step in range(read.shape[1]):
            state = cell(read[:, step], state)
            hidden.append(state[0] if isinstance(state, tuple) else state)
            hidden[-1].retain_grad()
        return state

    if isinstance(model, EncoderDecoder):
        source = subject.splits.source_length
        state = unroll(model.encoder, model.embedding(inputs[:, : subject.sequence.steps]))
        unroll(model.decoder, model.embedding(inputs[:, source : source + answering + 1]), state)
    else:
        assert isinstance(model, Recurrent)
        unroll(model.recurrent, model.embed(inputs)[:, : answering + 1])
    answer, target = model.readout(hidden[-1]), subject.sequence.target
    assert target is not None
    target = target[:, answering] if subject.splits.objective.per_step else target
    lossy = functional.cross_entropy if subject.splits.objective.is_classification else functional.mse_loss
    torch.autograd.backward(lossy(answer, target))
    return np.array([float(state.grad.norm()) for state in hidden if state.grad is not None])


@pytest.mark.parametrize("task", ANSWERS)
def test_what_is_left_of_an_answers_gradient_is_that_of_an_unrolled_network(tmp_path: Path, task: str) -> None:
    answering, model = ANSWERS[task]
    subject = subject_of(tmp_path, task, model)
    steps = subject.answering_steps
    answering = steps[-1] if answering is None else answering
    assert answering in steps
    norms = unrolled_norms(subject, answering)
    found = shares(subject, answering)["hidden"]
    assert way(subject, answering).begins == len(norms) - 1
    np.testing.assert_allclose(found[: len(norms)], norms / norms[-1], rtol=2e-3, atol=1e-7)
    assert np.isnan(found[len(norms) :]).all()


@pytest.mark.parametrize(("answering", "model"), OF_ENCODER_DECODERS)
def test_of_an_encoder_decoder_it_is_carried_through_the_hand_over_into_the_encoder(
    tmp_path: Path, answering: int, model: str
) -> None:
    subject = subject_of(tmp_path, "many-to-many encoder-decoder", model)
    norms, found = unrolled_norms(subject, answering), shares(subject, answering)
    assert way(subject, answering).join == subject.sequence.steps < subject.splits.source_length
    for values in found.values():
        assert len(values) == len(ticks(subject)) == subject.sequence.steps + len(subject.ticks)
    np.testing.assert_allclose(found["hidden"][: len(norms)], norms / norms[-1], rtol=2e-3, atol=1e-7)
    assert (found["hidden"][: subject.sequence.steps] > 0).all()


def test_a_task_that_answers_once_has_one_answer_and_one_that_ignores_steps_has_the_others(tmp_path: Path) -> None:
    assert subject_of(tmp_path, "many-to-one", "lstm").answering_steps == [7]
    decoder = subject_of(tmp_path, "many-to-many encoder-decoder", "lstm")
    assert decoder.sequence.target is not None
    written = int((decoder.sequence.target[0] >= 0).sum())
    assert decoder.answering_steps == list(range(written))


def test_a_sentence_says_where_less_than_one_per_cent_is_left() -> None:
    said = reach(np.array([6e-20, 1e-6, 0.005, 0.1, 1.0]), Way(4, "forward"))
    assert "A share of 6e-20 of the gradient arrives at step 0, 4 steps back: it vanishes" in said
    assert "Less than 1 % is left 2 steps back" in said


@pytest.mark.parametrize(
    ("line", "begins", "said"),
    [
        ([0.5, 0.9, 1.0], 2, "0.5 times the gradient arrives at step 0, 2 steps back"),
        ([2e3, 10.0, 1.0], 2, "it explodes"),
        ([0.02, 0.2, 1.0], 2, "little is learnt from it"),
        ([1e-9, 1e-3, 1.0], 2, "it vanishes"),
        ([1.0, np.nan], 0, "There is no earlier step"),
        ([np.nan, np.nan], 1, "The gradient at step 1 is 0"),
    ],
)
def test_the_sentence_follows_from_the_shares(line: list[float], begins: int, said: str) -> None:
    assert said in reach(np.array(line), Way(begins, "forward"))


def test_of_an_encoder_decoder_the_sentence_names_the_part() -> None:
    line = np.array([0.02, 0.05, 0.5, 1.0])
    said = reach(line, Way(3, "forward", join=2))
    assert "A share of 0.02 of the gradient arrives at the encoder's step 0, 3 steps back: little" in said
    assert "The gradient at the decoder's step 1 is 0" in reach(np.full(4, np.nan), Way(3, "forward", join=2))


def test_each_network_of_several_has_a_sentence_of_its_own() -> None:
    lines = {"RNN": np.array([1e-9, 1.0]), "LSTM": np.array([[0.5, 1.0], [0.7, 1.0], [0.9, 1.0]])}
    said = reading(lines, {"RNN": Way(1, "forward"), "LSTM": Way(1, "forward")})
    assert "RNN: A share of 1e-09" in said
    assert "LSTM: 0.7 times" in said


def test_a_shipped_lstm_that_solves_its_task_reaches_back_further_than_the_rnn_that_fails() -> None:
    left = {}
    for kind in ("lstm", "rnn"):
        run = Run.open(Path("sample_data/runs") / f"{kind}-on-adding")
        assert run.config is not None
        splits = sequences_of(run.config.dataset)
        sequence = Sequence(splits.test.inputs[:1], splits.test.targets[:1], 50)
        subject: Any = SequenceSubject(run, run.steps[-1], run.steps, splits, sequence)
        left[kind] = shares(subject, 49)["hidden"][0]
    assert left["rnn"] < 1e-3 < left["lstm"]
