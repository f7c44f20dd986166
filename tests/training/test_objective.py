import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error
from torch import Tensor, nn

from explorer import datasets, models
from explorer.config import parse
from explorer.datasets import Pair, Sequences
from explorer.datasets.splits import Objective
from explorer.training import evaluate, evaluate_split
from explorer.training.objective import accuracy_of, loss_of

seeds = st.integers(0, 999)
few = settings(max_examples=20, deadline=None)


def random_logits(seed: int, *shape: int) -> Tensor:
    return 3 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_scikit_learn(logits: Tensor, labels: list[int]) -> tuple[float, float]:
    probabilities = logits.softmax(-1).numpy()
    names = list(range(logits.shape[-1]))
    return log_loss(labels, probabilities, labels=names), accuracy_score(labels, probabilities.argmax(1))


@few
@given(seed=seeds, labels=st.lists(st.integers(0, 3), min_size=1, max_size=9))
def test_of_one_class_an_example_loss_and_accuracy_are_scikit_learns(seed: int, labels: list[int]) -> None:
    logits, targets = random_logits(seed, len(labels), 4), torch.tensor(labels)
    loss, accuracy = by_scikit_learn(logits, labels)
    assert loss_of(logits, targets, Objective.CLASS).item() == pytest.approx(loss)
    assert accuracy_of(logits, targets, Objective.CLASS).item() == pytest.approx(accuracy)


@few
@given(seed=seeds, asked=st.lists(st.booleans(), min_size=12, max_size=12).filter(any))
def test_steps_that_are_not_asked_count_for_nothing(seed: int, asked: list[bool]) -> None:
    logits = random_logits(seed, 3, 4, 5)
    labels = np.random.default_rng(seed).integers(0, 5, 12)
    targets = torch.from_numpy(np.where(asked, labels, -100)).view(3, 4)
    loss, accuracy = by_scikit_learn(logits.flatten(0, 1)[asked], list(labels[asked]))
    assert loss_of(logits, targets, Objective.CLASS_PER_STEP).item() == pytest.approx(loss)
    assert accuracy_of(logits, targets, Objective.CLASS_PER_STEP).item() == pytest.approx(accuracy)


@few
@given(seed=seeds)
def test_numbers_cost_their_mean_squared_error_and_are_not_right_or_wrong(seed: int) -> None:
    for shape, objective in (((6, 2), Objective.NUMBERS), ((6, 5, 2), Objective.NUMBERS_PER_STEP)):
        answers, targets = random_logits(seed, *shape), random_logits(seed + 1, *shape)
        kind: Any = objective
        expected = mean_squared_error(targets.flatten(), answers.flatten())
        assert loss_of(answers, targets, kind).item() == pytest.approx(expected)
        assert math.isnan(accuracy_of(answers, targets, kind).item())


def test_the_same_answer_for_all_of_a_vocabulary_costs_its_logarithm() -> None:
    for size in (2, 27, 96):
        targets = torch.randint(0, size, (3, 7), generator=torch.Generator().manual_seed(0))
        assert loss_of(torch.zeros(3, 7, size), targets, Objective.CLASS_PER_STEP).item() == pytest.approx(
            math.log(size)
        )


class Echo(nn.Module):
    """Answers with its inputs, and keeps the lengths it was given."""

    def forward(self, inputs: Tensor, lengths: Tensor | None = None) -> Tensor:
        self.seen = [*getattr(self, "seen", []), *([] if lengths is None else lengths.tolist())]
        return inputs


@few
@given(seed=seeds, batch_size=st.integers(1, 12))
def test_a_split_in_batches_is_evaluated_as_a_whole(seed: int, batch_size: int) -> None:
    logits = random_logits(seed, 11, 4, 5).float()
    targets = torch.randint(0, 5, (11, 4), generator=torch.Generator().manual_seed(seed))
    targets[1:, 2:] = -100  # fewer are asked of some batches than of others
    lengths = torch.arange(11)
    model = Echo()
    found = evaluate(model, Pair(logits, targets), batch_size, objective=Objective.CLASS_PER_STEP, lengths=lengths)
    assert found.loss == pytest.approx(loss_of(logits, targets, Objective.CLASS_PER_STEP).item(), rel=1e-5)
    assert found.accuracy == pytest.approx(accuracy_of(logits, targets, Objective.CLASS_PER_STEP).item(), rel=1e-5)
    assert model.seen == lengths.tolist()
    values = evaluate(model, Pair(logits, logits + 2), batch_size, objective=Objective.NUMBERS_PER_STEP)
    assert values.loss == pytest.approx(4.0, rel=1e-5)
    assert math.isnan(values.accuracy)


@pytest.mark.parametrize("name", ["adding", "parity", "bracket_depth", "flip_flop"])
def test_the_simple_guess_costs_its_baseline(name: str) -> None:
    config = parse({"dataset": {"name": name, "examples": 2000}})
    sequences = datasets.load(config)
    assert isinstance(sequences, Sequences)
    model: Any = models.build(config, sequences)
    with torch.no_grad():
        model.readout.weight.zero_()
        model.readout.bias.fill_(1.0 if name == "adding" else 0.0)
        if name == "bracket_depth":  # the readout is a softmax: logarithms of frequencies give the frequencies
            counts = sequences.describe()["train"].to_numpy()
            model.readout.bias.copy_(torch.from_numpy(np.log(counts / counts.sum())))
    assert evaluate_split(model, sequences, "test").loss == pytest.approx(sequences.baseline, rel=0.05)
