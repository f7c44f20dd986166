"""The network's answer for the probe, short enough to stand beside every view."""

from dataclasses import dataclass

import numpy as np
import torch

from explorer.datasets.splits import Objective
from explorer.inspection import softmax_steps
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.subject.sequence import SequenceSubject, visible

MOST = 3  # classes
UNKNOWN = ""


@dataclass(frozen=True)
class Answer:
    """An answer and its target.

    ``likeliest`` holds the likeliest classes with their probabilities, the likeliest first; it is empty where the
    answer is no class. ``said`` and ``target`` are the answer and the target in words; ``target`` is empty where it is
    unknown. ``right`` is None where right and wrong do not exist.
    """

    said: str
    target: str = UNKNOWN
    right: bool | None = None
    likeliest: tuple[tuple[str, float], ...] = ()
    note: str = ""


def of_classes(probabilities: np.ndarray, names: tuple[str, ...], target: str, note: str = "") -> Answer:
    """The answer of a classification.

    Args:
        probabilities: of each class, (class,).
        names: of the classes.
        target: the name of the right class; empty where it is unknown.
        note: what the answer is about.
    """
    first = np.argsort(-probabilities, kind="stable")[:MOST]
    said = names[int(first[0])]
    right = said == target if target else None
    return Answer(said, target, right, tuple((names[int(one)], float(probabilities[one])) for one in first), note)


def of_number(value: float, target: float | None, note: str = "") -> Answer:
    """The answer of a regression: no class, and neither right nor wrong."""
    return Answer(f"{value:.4g}", UNKNOWN if target is None else f"{target:.4g}", note=note)


def answer_for(subject: PictureSubject | SequenceSubject) -> Answer:
    """The network's answer for the probe."""
    return of_picture(subject) if isinstance(subject, PictureSubject) else of_sequence(subject)


def of_picture(subject: PictureSubject) -> Answer:
    """The answer for a picture: the softmax of the logits."""
    names = subject.class_names
    target = UNKNOWN if subject.target is None else names[subject.target]
    return of_classes(softmax_steps(subject.logits()).probabilities.numpy(), names, target)


def of_sequence(subject: SequenceSubject) -> Answer:
    """The answer for a sequence: the one at the chosen time step, of a task that answers once the only one."""
    splits, sequence = subject.splits, subject.sequence
    if splits.is_encoder_decoder:
        return _written(subject)
    names = tuple(visible(name) for name in splits.class_names)
    if splits.objective is Objective.CLASS:
        target = UNKNOWN if sequence.target is None else names[int(sequence.target[0])]
        return of_classes(_softmax(subject.answer()), names, target)
    note = f"at time step {subject.time}"
    if splits.objective is Objective.CLASS_PER_STEP:
        targets = subject.answered_ticks
        target = targets[subject.time] if targets else UNKNOWN
        return of_classes(_softmax(subject.answer()[subject.time]), names, target, note)
    return _numbers(subject)


def _softmax(logits: np.ndarray) -> np.ndarray:
    return np.asarray(softmax_steps(torch.from_numpy(logits)).probabilities)


def _numbers(subject: SequenceSubject) -> Answer:
    """The first number of the answer, in the unit of a series."""
    splits, target = subject.splits, subject.sequence.target
    answer = subject.answer()
    asked = None if target is None else target[0].numpy()
    place = f"at time step {subject.time}" if splits.objective.per_step else ""
    if place:
        answer = answer[subject.time]
        asked = asked[subject.time] if asked is not None and subject.time < len(asked) else None
    name = str(splits.class_names[0]) if answer.size > 1 else ""
    first = [None if one is None else float(splits.in_unit(one.reshape(-1)[:1])[0]) for one in (answer, asked)]
    return of_number(first[0] or 0.0, first[1], ", ".join(filter(None, (name, place))))


def _written(subject: SequenceSubject) -> Answer:
    """The sequence that an encoder-decoder writes, as long as its target."""
    tokens, target, names = subject.written(), subject.sequence.target, subject.splits.class_names
    if target is None:
        return Answer(_text(tokens, names), note="written token by token")
    asked = [int(token) for token in target[0] if int(token) >= 0]
    own = tokens[: len(asked)]
    return Answer(_text(own, names), _text(asked, names), own == asked, note="written token by token")


def _text(tokens: list[int], names: tuple[str, ...]) -> str:
    return "".join(visible(names[token]) for token in tokens)
