"""Units that follow a feature of the text, found by themselves: one button for each feature that some unit follows."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import streamlit as st
import torch

from explorer.inspection.features import TEXT_FEATURES, as_text, correlations
from explorer.ui.address.settings import FEATURE, UNIT
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.subject.sequence_batch import SequenceBatch, values_of

LEAST = 0.3  # of a correlation


class Follower(NamedTuple):
    """A unit and how closely it follows a feature."""

    feature: str
    unit: int
    correlation: float


def offer(subject: SequenceSubject, chosen: SequenceBatch, quantity: str) -> None:
    """Draw a button for each feature of the text that a unit follows, the closest first; nothing for other data."""
    if not as_text(subject.splits.vocabulary):
        return
    rows = [as_text([subject.splits.vocabulary[token] for token in row]) for row in chosen.inputs.tolist()]
    valid = chosen.valid.numpy()
    features = {name: np.stack([measure(row) for row in rows])[valid] for name, measure in TEXT_FEATURES.items()}
    found = followers(values_of(subject, quantity), features)
    if not found:
        return
    st.caption(f"Units that follow a feature of the text, over {chosen}:")
    with st.container(horizontal=True):
        for one in found:
            sign = f"{one.correlation:+.2f}".replace("-", "−")
            label = f"unit {one.unit}: {one.feature} ({sign})"
            st.button(label, key=f"follows-{one.feature}", on_click=_choose, args=(one,))


def followers(states: np.ndarray, features: Mapping[str, np.ndarray]) -> list[Follower]:
    """The unit that follows each feature best, if its correlation is 0.3 or more, the closest first.

    Args:
        states: (position, unit).
        features: by name, (position,).
    """
    found = []
    for name, values in features.items():
        against = correlations(torch.from_numpy(states), values).numpy()
        unit = int(np.abs(against).argmax())
        if abs(against[unit]) >= LEAST:
            found.append(Follower(name, unit, float(against[unit])))
    return sorted(found, key=lambda one: -abs(one.correlation))


def _choose(one: Follower) -> None:
    UNIT.set(one.unit)
    FEATURE.set(one.feature)
