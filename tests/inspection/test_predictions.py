import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import precision_recall_fscore_support
from torch import nn

from explorer.errors import ExplorerError
from explorer.inspection import Predictions, confusion, mistakes, predict, softmax_steps
from explorer.inspection.predictions import class_report


def classifier() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Linear(5, 3))


@given(arrays(np.float32, (2, 4), elements=st.floats(-1e4, 1e4, width=32)))
def test_the_steps_of_softmax_end_at_pytorchs_softmax(logits: np.ndarray) -> None:
    steps = softmax_steps(torch.from_numpy(logits))
    assert torch.allclose(steps.probabilities, torch.from_numpy(logits).double().softmax(-1), rtol=1e-12, atol=1e-300)
    assert torch.equal(steps.shifted.amax(-1), torch.zeros(2, dtype=torch.float64))
    assert torch.equal(steps.exponentials / steps.total[:, None], steps.probabilities)


def test_softmax_of_logits_by_hand() -> None:
    steps = softmax_steps(torch.tensor([0.0, float(np.log(3))]))
    assert steps.probabilities.tolist() == pytest.approx([0.25, 0.75], abs=1e-7)
    assert steps.shifted.tolist() == pytest.approx([-np.log(3), 0])


def test_predictions_in_small_batches_are_the_eval_mode_output() -> None:
    model, inputs = classifier().train(), torch.randn(7, 4)
    predictions = predict(model, inputs, batch_size=3)
    logits = model.eval()(inputs).detach()
    assert torch.allclose(predictions.logits, logits, atol=1e-6)
    assert torch.allclose(predictions.probabilities, logits.softmax(1), atol=1e-6)
    assert torch.equal(predictions.labels, logits.argmax(1))


def test_a_model_without_logits_is_refused() -> None:
    with pytest.raises(ExplorerError, match=r"shape \(2, 1, 4, 4\)"):
        predict(nn.Conv2d(1, 1, 1), torch.zeros(2, 1, 4, 4))


def test_mistakes_come_with_the_most_confident_first() -> None:
    probabilities = torch.tensor([[0.6, 0.4], [0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
    predictions = Predictions(probabilities.log(), probabilities, probabilities.argmax(1))
    assert mistakes(predictions, torch.tensor([1, 1, 1, 0])).tolist() == [1, 3, 0]
    with pytest.raises(ExplorerError, match="4 predictions but 2 targets"):
        mistakes(predictions, torch.tensor([1, 1]))


def test_confusion_counts_true_classes_in_rows() -> None:
    counts = confusion(torch.tensor([0, 0, 2]), torch.tensor([0, 1, 2]), classes=4)
    assert counts.tolist() == [[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert confusion(np.array([], dtype=int), np.array([], dtype=int), classes=2).tolist() == [[0, 0], [0, 0]]


@given(st.integers(2, 6), st.integers(0, 999))
def test_precision_recall_and_support_are_those_of_scikit_learn(classes: int, seed: int) -> None:
    truth, said = np.random.default_rng(seed).integers(0, classes, (2, 40))
    report = class_report(confusion(truth, said, classes))
    precision, recall, _, support = precision_recall_fscore_support(
        truth, said, labels=np.arange(classes), zero_division=np.nan
    )
    np.testing.assert_allclose(report.precision, precision)
    np.testing.assert_allclose(report.recall, recall)
    np.testing.assert_array_equal(report.support, support)
