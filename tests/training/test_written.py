"""The two accuracies of an encoder-decoder, against a decoder that is unrolled by hand."""

import pytest
import torch

from explorer import datasets
from explorer.command import follow
from explorer.config import parse
from explorer.datasets.sequences import Sequences
from explorer.models.recurrent import EncoderDecoder
from explorer.training.accuracies import PLAIN, TOLD, WRITTEN, accuracies_of
from explorer.training.run import Run
from explorer.training.state import RunState, take_lease
from explorer.training.worker import work
from explorer.training.written import written_accuracy

ADDITION = {"dataset": {"name": "addition", "examples": 2000, "digits": 1}, "model": {"name": "gru", "hidden_size": 24}}
DIGITS = parse({"dataset": {"name": "digits"}, "model": {"name": "cnn"}})


def written_by_hand(model: EncoderDecoder, splits: Sequences) -> float:
    """The share of whole answers, one source after another, each token read back by the decoder."""
    (inputs, targets), lengths = splits.test, splits.lengths_of("test")
    right = 0
    for number, target in enumerate(targets):
        count = splits.source_length if lengths is None else int(lengths[number])
        _, state = model.encoder(model.embedding(inputs[number : number + 1, :count]))
        token = inputs[number, splits.source_length]
        said = []
        for _ in target:
            states, state = model.decoder(model.embedding(token.reshape(1, 1)), state)
            token = model.readout(states[0, 0]).argmax()
            said.append(int(token))
        right += all(own == asked for own, asked in zip(said, target.tolist(), strict=True) if asked >= 0)
    return right / len(targets)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    config = parse({**ADDITION, "training": {"epochs": 12, "snapshots": 2, "learning_rate": 0.01}})
    made = Run.create(tmp_path_factory.mktemp("runs"), config)
    work(made.path, take_lease(made.path))
    return made


def test_a_worker_measures_whole_answers_beside_characters(run: Run) -> None:
    state = run.state()
    assert (state.status, state.reason) == ("finished", "")
    assert run.config is not None
    splits, model = datasets.load(run.config), run.model(state.total)
    assert isinstance(splits, Sequences)
    assert isinstance(model, EncoderDecoder)
    with torch.no_grad():
        expected = written_by_hand(model, splits)
        said, (_, targets) = model(splits.test.inputs, splits.lengths_of("test")).argmax(2), splits.test
    assert state.test_written == pytest.approx(expected)
    assert state.test_accuracy == pytest.approx(float((said == targets).sum() / (targets >= 0).sum()))
    assert state.test_accuracy is not None
    assert state.test_accuracy > expected > 0


def test_both_are_named_wherever_they_are_told(run: Run) -> None:
    state = run.state()
    assert list(accuracies_of(run.config, state)) == [TOLD, WRITTEN]
    assert f"{WRITTEN} {state.test_written:.2%}" in follow.line(run)
    assert f"{TOLD} {state.test_accuracy:.2%}" in follow.line(run)


def test_a_run_from_before_the_second_was_measured_still_names_the_first() -> None:
    config = parse(ADDITION)
    assert accuracies_of(config, RunState(test_accuracy=0.9788)) == {TOLD: 0.9788}


def test_other_networks_have_one_accuracy_or_none() -> None:
    assert accuracies_of(DIGITS, RunState(test_accuracy=0.5)) == {PLAIN: 0.5}
    assert accuracies_of(DIGITS, RunState()) == {}
    assert written_accuracy(torch.nn.Linear(2, 2), datasets.load(DIGITS), "test") is None
