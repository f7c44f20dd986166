"""Interventions: change an input, clamp a gate or a unit, and compare the outcome."""

import numpy as np
import streamlit as st

from explorer.datasets.splits import Objective
from explorer.figures.through_time import before_after
from explorer.inspection import Clamp
from explorer.ui.address.settings import EDITED
from explorer.ui.chart import chart
from explorer.ui.subject.edited_sequence import changed
from explorer.ui.subject.sequence import Sequence, SequenceSubject, visible
from explorer.ui.views.sequence import changed_answers, holding
from explorer.ui.views.sequence.outcome import NAMES, Outcome, outcome
from explorer.ui.views.sequence.over_the_split import OverSplit, over_the_test_split
from explorer.ui.views.sequence.timed import timed_chart
from explorer.ui.widgets import ask, pick_from_list, pick_in_row

UNCHANGED = "unchanged"
FEW = 4  # a number with at most this many values is chosen, not typed
SEEN = 200  # sequences in which values are counted


def draw(subject: SequenceSubject) -> None:
    """Draw the choices, and the unit's states, the answer and the loss before and after."""
    left, right = st.columns(2)
    with left, st.container(border=True):
        edited = _edit(subject)
    with right, st.container(border=True):
        clamps = holding.choose(subject)
    st.caption(f"Both apply at time step {subject.time}, the clamp from there on; the Time step slider moves them.")
    before = outcome(subject, subject.sequence, [])
    after = outcome(subject, edited or subject.sequence, clamps)
    if edited:
        st.caption(
            "The changed input is measured on this one sequence, since another has another input there. A clamp "
            "applies to every sequence, and is also measured over the whole test split."
        )
    if not edited and not clamps:
        st.info("Nothing is changed or clamped yet: both lines are the same.")
    _told(subject, clamps)
    for name, values in before.states.items():
        timed_chart(
            subject,
            before_after(
                values[:, subject.unit],
                after.states[name][:, subject.unit],
                NAMES,
                f"{name.capitalize()} state of unit {subject.unit}",
                subject.ticks,
                subject.time,
                f"{name} state",
            ),
            f"held-{name}",
            "held-states",
        )
    _losses(subject, before, after, edited)
    changed_answers.draw(subject, before, after)


def _told(subject: SequenceSubject, clamps: list[Clamp]) -> None:
    """Say what a clamp means, and what it does on average over the test split."""
    for clamp in clamps:
        found = over_the_test_split(subject, clamp)
        st.markdown(f"{holding.meaning(clamp)} {on_average(found, subject.splits.unit)}")


def on_average(found: OverSplit, unit: str) -> str:
    """A sentence on the whole test split."""
    before, after = found.loss
    turn = "rises" if after > before else "falls" if after < before else "stays"
    said = (
        f"On average over all {found.sequences:,} sequences of the test split, the loss {turn} from **{before:.4g}** "
        f"to **{after:.4g}** {unit}"
    )
    if np.isnan(found.changed):
        return f"{said}."
    first, second = found.accuracy
    return f"{said}, the accuracy goes from {first:.1%} to {second:.1%}, and {found.changed:.1%} of the answers change."


def _edit(subject: SequenceSubject) -> Sequence | None:
    """The sequence with another input at the selected time step; None if nothing is replaced."""
    if subject.splits.vocabulary:
        names = [visible(name) for name in subject.splits.vocabulary]
        token = _choose(subject, f"Replace {subject.ticks[subject.time]!r} by", names)
        return None if token is None else changed(subject, token)
    features = subject.splits.feature_names
    feature = _choose(subject, f"Change an input at step {subject.time}", list(features))
    if feature is None:
        return None
    return changed(subject, _number(subject, feature, features[feature]), feature)


def _choose(subject: SequenceSubject, question: str, options: list[str]) -> int | None:
    """The chosen option; None for no change."""
    chosen = pick_from_list(
        EDITED.variant(subject.splits.name, -1, str),  # called by its words in the address
        question,
        [-1, *range(len(options))],
        format_func=lambda number: UNCHANGED if number < 0 else options[number],
    )
    return None if chosen < 0 else int(chosen)


def _number(subject: SequenceSubject, feature: int, name: str) -> float:
    """The replacing number, normalised for the network; it is typed in the unit of the data."""
    splits = subject.splits
    scale, offset = splits.scale_of(feature)
    now = float(subject.sequence.inputs[0, subject.time, feature]) * scale + offset
    values = np.unique(splits.test.inputs[:SEEN, :, feature].numpy())
    mark = f"{feature}-{subject.time}-{now:.4g}"  # another number to start from is another choice
    label = f"{name.capitalize()} instead of {now:.4g}"
    if len(values) <= FEW:
        options = [float(value) for value in values]
        other = next((value for value in options if value != now), now)
        return float(pick_in_row(EDITED.variant(mark, other), label, options, format_func=lambda v: f"{v:g}"))
    step = float(np.ptp(values)) * scale / 50
    typed = ask(EDITED.variant(mark, now), st.number_input, label, step=step, format="%.4g")
    return (float(typed) - offset) / scale


def _losses(subject: SequenceSubject, before: Outcome, after: Outcome, edited: Sequence | None) -> None:
    """Draw the loss before and after, and at each step if steps have losses."""
    note = (edited.note if edited else "") or subject.sequence.note
    if before.loss is None or after.loss is None:
        known = f" The original loss is {before.loss:.4g} {subject.splits.unit}." if before.loss is not None else ""
        st.info(f"{note} So the loss is unknown.{known}")
        return
    assert before.target is not None
    assert after.target is not None
    st.markdown(
        f"The loss of this sequence changes from **{before.loss:.4g}** to **{after.loss:.4g}** {subject.splits.unit}."
    )
    if note:
        st.caption(note)
    elif not np.array_equal(before.target, after.target):
        st.caption(_compared(subject, before.target, after.target))
    if subject.splits.objective is Objective.CLASS_PER_STEP:
        chart(
            before_after(
                before.losses(),
                after.losses(),
                NAMES,
                "Loss at each step",
                _answer_ticks(subject),
                _marked(subject),
                "loss, nats",
            ),
            "held-losses",
            "held-losses",
        )


def _compared(subject: SequenceSubject, before: np.ndarray, after: np.ndarray) -> str:
    """A sentence on the targets of the two losses."""
    said = "The target changes with the input; each loss is measured against its own target."
    broken = (
        subject.splits.objective is Objective.CLASS_PER_STEP
        and not subject.splits.is_encoder_decoder
        and (after < 0) & (before >= 0)
    )
    if not np.any(broken):
        return said
    first = int(np.flatnonzero(broken)[0])
    return f"{said} From step {first} on, the changed sequence breaks the task's rule and has no target."


def _answer_ticks(subject: SequenceSubject) -> list[str] | None:
    """The inputs at the steps that answer; None if the other part of the network answers."""
    return None if subject.splits.is_encoder_decoder and not subject.decoder else subject.ticks


def _marked(subject: SequenceSubject) -> int | None:
    return None if subject.splits.is_encoder_decoder and not subject.decoder else subject.time
