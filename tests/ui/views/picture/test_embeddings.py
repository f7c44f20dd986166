"""Maps of a run's features: of a frozen backbone one map serves every step."""

from pathlib import Path

import numpy as np
import pytest

from explorer.training.run import ReadableRun, Run
from explorer.ui.subject.published import TransferSubject, splits_as_read
from explorer.ui.views.picture import embeddings

RUN = Path(__file__).parents[4] / "sample_data" / "runs" / "pretrained-on-digits"


@pytest.fixture
def subject() -> TransferSubject:
    """The shipped run that trained only the head of a pretrained network, at its first step."""
    run = Run.open(RUN)
    assert isinstance(run, ReadableRun)
    steps = list(run.steps)
    splits = splits_as_read(run.config.dataset, "shapes_resnet", "default")
    return TransferSubject(splits=splits, run=run, step=steps[0], steps=steps)


def test_frozen_features_have_one_map_at_every_step(subject: TransferSubject, monkeypatch: pytest.MonkeyPatch) -> None:
    assert subject.has_frozen_features
    first = embeddings._placed(subject, "tsne", 60)
    assert first.shape == (60, 2)
    monkeypatch.setattr(embeddings, "project", None)  # no other map is computed
    np.testing.assert_array_equal(embeddings._placed(subject.at(subject.steps[-1]), "tsne", 60), first)


def test_features_of_the_last_step_are_those_of_the_first_if_frozen(subject: TransferSubject) -> None:
    before, _ = embeddings._features(subject, 20)
    after, _ = embeddings._features(subject.at(subject.steps[-1]), 20)
    np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-6)
