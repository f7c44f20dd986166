"""The widgets that choose a feature of the sequences, to which units are compared."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from explorer.datasets.sequences import IGNORE_INDEX
from explorer.inspection.features import TEXT_FEATURES, as_text, matches
from explorer.ui.address.settings import CHARACTER, FEATURE, FEATURE_CLASS, PATTERN
from explorer.ui.cache import kept
from explorer.ui.subject.sequence import SequenceSubject, visible
from explorer.ui.subject.sequence_batch import SequenceBatch
from explorer.ui.widgets import ask, pick_from_list

BY_TIME, ONE_CHARACTER, EXPRESSION, ONE_ANSWER = "the time step", "one character", "a regular expression", "one answer"


@dataclass(frozen=True, eq=False)
class Feature:
    """A number for each time step of several sequences, without the padding."""

    name: str
    values: np.ndarray  # (position,)
    asked: np.ndarray  # (position,): False where there is no answer


def choose(subject: SequenceSubject, chosen: SequenceBatch) -> Feature:
    """Draw the widgets; the feature for these sequences.

    Raises:
        ExplorerError: for a regular expression that is invalid, or takes too long.
    """
    feature = pick_from_list(FEATURE, "Feature", _options(subject))
    everywhere = np.ones(int(chosen.valid.sum()), bool)
    if feature == BY_TIME:
        return Feature(feature, np.nonzero(chosen.valid.numpy())[1].astype(float), everywhere)
    if feature in TEXT_FEATURES:
        return Feature(feature, _of_text(subject, chosen, feature), everywhere)
    if feature == EXPRESSION:
        pattern = ask(
            PATTERN,
            st.text_input,
            "Regular expression",
            help="The feature is 1 inside a match and 0 elsewhere. Each sequence is searched separately.",
        )
        return Feature(f"a match of {pattern}", _of_text(subject, chosen, EXPRESSION, pattern), everywhere)
    if feature == ONE_CHARACTER:
        tokens = subject.splits.vocabulary
        token = pick_from_list(CHARACTER, "Character", range(len(tokens)), format_func=lambda n: visible(tokens[n]))
        values = (chosen.inputs == token)[chosen.valid].double().numpy()
        return Feature(f"reading {visible(tokens[token])}", values, everywhere)
    if feature == ONE_ANSWER:
        return _of_class(subject, chosen)
    side, name = feature.split(": ", 1)
    if side == "input":
        numbers = chosen.inputs[..., subject.splits.feature_names.index(name)]
    else:
        numbers = chosen.targets[..., subject.splits.class_names.index(name)]
        if numbers.dim() == 1:  # answered once
            numbers = numbers[:, None].expand(chosen.valid.shape)
    return Feature(f"the {side} {name}", numbers[chosen.valid].double().numpy(), everywhere)


def _options(subject: SequenceSubject) -> list[str]:
    """The features of this data set; for a text, only those that its characters can show."""
    splits = subject.splits
    known = as_text(splits.vocabulary)
    options = [f"input: {name}" for name in splits.feature_names]
    if known:
        options += [name for name, measure in TEXT_FEATURES.items() if np.ptp(measure(known)) > 0]
        options += [ONE_CHARACTER, EXPRESSION]
    if not splits.is_encoder_decoder or subject.decoder:  # an encoder gives no answers
        numbers = not splits.objective.is_classification
        options += [f"answer: {name}" for name in splits.class_names] if numbers else [ONE_ANSWER]
    return [*options, BY_TIME]


def _of_text(subject: SequenceSubject, chosen: SequenceBatch, name: str, pattern: str = "") -> np.ndarray:
    texts = [as_text([subject.splits.vocabulary[token] for token in row]) for row in chosen.inputs.tolist()]
    rows = _matches(tuple(texts), pattern) if name == EXPRESSION else [TEXT_FEATURES[name](text) for text in texts]
    return np.asarray(np.stack(rows)[chosen.valid.numpy()])


@kept(16, spinner="Searching …")
def _matches(texts: tuple[str, ...], pattern: str) -> list[np.ndarray]:
    return matches(texts, pattern)


def _of_class(subject: SequenceSubject, chosen: SequenceBatch) -> Feature:
    names = subject.splits.class_names
    label = pick_from_list(FEATURE_CLASS, "Answer", range(len(names)), format_func=lambda n: visible(names[n]))
    targets = chosen.targets if chosen.targets.dim() == 2 else chosen.targets[:, None].expand(chosen.valid.shape)
    targets = targets[chosen.valid]
    values = (targets == label).double().numpy()
    return Feature(f"the answer {visible(names[label])}", values, (targets != IGNORE_INDEX).numpy())
