"""What the caches tell apart: a subject is another one where one of its compared fields is."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.config import DigitsData, ShapesData
from explorer.training.run import Run
from explorer.ui.cache import HASHES, Identified, Snapshot, identity, kept, pictures_of, sequences_of
from explorer.ui.subject.picture import RunSubject
from explorer.ui.subject.published import Published, PublishedSubject, TransferSubject
from explorer.ui.subject.sequence import Sequence, SequenceSubject
from explorer.ui.subject.sequence_batch import SequenceBatch

RUNS = Path(__file__).parents[3] / "sample_data" / "runs"
OWN = torch.ones(1, 1, 8, 8)


def subjects() -> dict[str, tuple[Any, dict[str, Any]]]:
    """An example of each type, and for each compared field another value."""
    cnn, other = Run.open(RUNS / "cnn-on-digits"), Run.open(RUNS / "mlp-on-digits")
    lstm = Run.open(RUNS / "lstm-on-adding")
    assert cnn.config is not None
    assert lstm.config is not None
    splits, sequences = pictures_of(cnn.config.dataset), sequences_of(lstm.config.dataset)
    picture = {"split": "train", "image": 1, "own": OWN, "run": other, "step": 1}
    run: dict[str, Any] = {"splits": splits, "run": cnn, "step": 0, "steps": [0, 1]}
    first = Sequence(sequences.test.inputs[:1], None, 50)
    another = Sequence(sequences.test.inputs[1:2], None, 50)
    published = {
        "published": Published("resnet18", "none"),
        "pictures": ShapesData(),
        "split": "train",
        "image": 1,
        "own": OWN,
    }
    return {
        "run": (RunSubject(**run), picture),
        "transfer": (TransferSubject(**run), picture),
        "published": (
            PublishedSubject(
                splits=splits, published=Published("shapes_resnet", "default"), pictures=DigitsData(), names=()
            ),
            published,
        ),
        "network": (Published("resnet18", "none"), {"network": "resnet34", "weights": "default"}),
        "snapshot": (Snapshot(cnn, 0), {"run": other, "step": 1}),
        "sequence": (
            SequenceSubject(lstm, 0, [0], sequences, first),
            {"run": cnn, "step": 1, "sequence": another, "decoder": True, "layer": 1, "time": 1, "unit": 1},
        ),
        "one sequence": (
            first,
            {
                "inputs": another.inputs,
                "target": torch.zeros(1),
                "steps": 49,
                "note": "typed",
                "split": "train",
                "example": 1,
            },
        ),
        "batch": (
            SequenceBatch(torch.zeros(2, 3), torch.zeros(2), torch.ones(2, 3) > 0, "test"),
            {
                "inputs": torch.ones(2, 3),
                "targets": torch.ones(2),
                "valid": torch.zeros(2, 3) > 0,
                "split": "train",
            },
        ),
    }


CASES = [
    (name, field.name) for name, (one, _) in subjects().items() for field in dataclasses.fields(one) if field.compare
]


@kept(100)
def counted(subject: Any) -> int:
    CALLS.append(subject)
    return len(CALLS)


CALLS: list[Any] = []


@pytest.mark.parametrize(("name", "field"), CASES)
def test_another_value_of_a_field_misses_the_cache_and_the_same_value_hits(name: str, field: str) -> None:
    one, others = subjects()[name]
    changed = dataclasses.replace(one, **{field: others[field]})
    assert identity(changed) != identity(one)
    assert counted(one) == counted(subjects()[name][0])
    assert counted(changed) != counted(one)


def test_every_type_that_caches_tell_apart_is_tried_here() -> None:
    tried = {type(one) for one, _ in subjects().values()}

    def below(kind: type) -> set[type]:
        children: list[type] = kind.__subclasses__()
        return {kind}.union(*(below(child) for child in children))

    ours = {kind for kind in below(Identified) - {Identified} if kind.__module__.startswith("explorer.")}
    assert {kind for kind in ours if not getattr(kind, "__abstractmethods__", None)} <= tried
    assert ours <= set(HASHES)


def test_a_subject_of_another_type_is_another_subject() -> None:
    assert identity(subjects()["run"][0]) != identity(subjects()["transfer"][0])


def test_snapshots_that_come_while_it_trains_leave_what_is_kept() -> None:
    one, _ = subjects()["run"]
    assert identity(dataclasses.replace(one, steps=[0, 1, 2])) == identity(one)
