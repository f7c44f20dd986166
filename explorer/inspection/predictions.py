"""A classifier's predictions, its confidence and its mistakes."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import check_device, first_tensor, undisturbed
from explorer.inspection.neighbours import batches
from explorer.inspection.score import logits_of


@dataclass(frozen=True)
class Predictions:
    """A classifier's predictions for a batch of inputs."""

    logits: Tensor  # (example, class)
    probabilities: Tensor  # (example, class)
    labels: Tensor  # (example,), the class with the largest logit


@dataclass(frozen=True)
class SoftmaxSteps:
    """Softmax over the last axis, step by step; all float64."""

    logits: Tensor
    shifted: Tensor  # each logit minus the largest, so that no exponential overflows
    exponentials: Tensor
    total: Tensor  # the sum of the exponentials, without the last axis
    probabilities: Tensor


def softmax_steps(logits: Tensor) -> SoftmaxSteps:
    """The steps from logits (…, class) to probabilities."""
    exact = logits.detach().double()
    shifted = exact - exact.amax(-1, keepdim=True)
    exponentials = shifted.exp()
    total = exponentials.sum(-1)
    return SoftmaxSteps(exact, shifted, exponentials, total, exponentials / total.unsqueeze(-1))


@torch.no_grad()
def predict(model: nn.Module, inputs: Tensor, batch_size: int = 256) -> Predictions:
    """A classifier's logits, probabilities and labels, in eval mode, batch by batch.

    If the answer for one example depends on the others in its batch, each is run alone.

    Args:
        model: any module that returns logits (example, class).
        inputs: (example, …), on the model's device.
        batch_size: examples in one forward pass.

    Raises:
        ExplorerError: if the model does not return logits, or is on another device.
    """
    check_device(model, inputs)

    with undisturbed(model):
        parts = batches(model, lambda examples: first_tensor(model(examples)), inputs, batch_size)
        logits = torch.cat([logits_of(model(batch)) for batch in parts])
    return Predictions(logits, logits.softmax(1), logits.argmax(1))


class ClassReport(NamedTuple):
    """Of each class (class,), from 0 to 1, NaN where there is nothing to divide by; and the number of its examples."""

    precision: np.ndarray  # the share of the predictions of this class that are correct
    recall: np.ndarray  # the share of the examples of this class that are found
    support: np.ndarray  # int64


def class_report(counts: np.ndarray) -> ClassReport:
    """Precision, recall and support of every class, from the counts (true class, predicted class) of ``confusion``."""
    correct = np.diag(counts).astype(np.float64)
    predicted, examples = counts.sum(axis=0), counts.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return ClassReport(correct / predicted, correct / examples, examples.astype(np.int64))


def mistakes(predictions: Predictions, targets: Tensor | np.ndarray) -> np.ndarray:
    """Indices (int64) of the misclassified examples, the most confident mistake first."""
    labels = predictions.labels.cpu().numpy()
    expected = np.asarray(torch.as_tensor(targets).cpu())
    if labels.shape != expected.shape:
        raise ExplorerError(f"There are {len(labels)} predictions but {len(expected)} targets; give one target each.")
    wrong = np.flatnonzero(labels != expected)
    confidence = predictions.probabilities.amax(1).double().cpu().numpy()[wrong]
    return wrong[np.argsort(-confidence, kind="stable")]


def confusion(targets: Tensor | np.ndarray, labels: Tensor | np.ndarray, classes: int) -> np.ndarray:
    """Counts (true class, predicted class), through scikit-learn."""
    expected, answered = (np.asarray(torch.as_tensor(which).cpu()) for which in (targets, labels))
    if not len(expected):
        return np.zeros((classes, classes), dtype=np.int64)
    from sklearn.metrics import confusion_matrix  # a second to import: only where it is needed

    return np.asarray(confusion_matrix(expected, answered, labels=np.arange(classes)))
