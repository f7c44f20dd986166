"""Interventions: change an input, clamp a gate or a unit, and compare the outcome."""

import numpy as np
import pandas as pd
import streamlit as st
import torch

from explorer.datasets.splits import Objective
from explorer.figures.interventions import answer_bars
from explorer.figures.through_time import before_after
from explorer.inspection import Clamp, trace
from explorer.ui.address.settings import EDITED, HELD, HELD_ALL, HELD_VALUE, HOLDING
from explorer.ui.chart import chart
from explorer.ui.subject.edited_sequence import changed
from explorer.ui.subject.sequence import Sequence, SequenceSubject, visible
from explorer.ui.views.sequence.outcome import Outcome, outcome
from explorer.ui.widgets import ask, pick_from_list, pick_in_row, toggle

NAMES = ("original", "changed")
UNCHANGED = "unchanged"
FEW = 4  # a number with at most this many values is chosen, not typed
SEEN = 200  # sequences in which values are counted


def draw(subject: SequenceSubject) -> None:
    """Draw the choices, and the unit's states, the answer and the loss before and after."""
    left, right = st.columns(2)
    with left, st.container(border=True):
        edited = _edit(subject)
    with right, st.container(border=True):
        clamps = _hold(subject)
    st.caption(f"Both apply at time step {subject.time}, the clamp from there on; the Time step slider moves them.")
    before = outcome(subject, subject.sequence, [])
    after = outcome(subject, edited or subject.sequence, clamps)
    if not edited and not clamps:
        st.info("Nothing is changed or clamped yet: both lines are the same.")
    chart(
        before_after(
            before.hidden[:, subject.unit],
            after.hidden[:, subject.unit],
            NAMES,
            f"Hidden state of unit {subject.unit}",
            subject.ticks,
            subject.time,
            "hidden state",
        ),
        "held-states",
        "held-states",
    )
    _losses(subject, before, after, edited)
    _answers(subject, before, after)


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


def _hold(subject: SequenceSubject) -> list[Clamp]:
    """The clamped gate or state; empty if that is switched off."""
    if not toggle(HOLDING, "Clamp a gate or a unit"):
        return []
    with subject.part() as part:
        quantities = list(trace(part.module, part.inputs, part.initial).layers[subject.layer].quantities)
    left, right = st.columns(2)
    with left:
        what = pick_from_list(HELD, "Clamp", quantities, format_func=lambda name: name.replace("_", " "))
    with right:
        value = ask(HELD_VALUE, st.slider, "To the value", -1.0, 1.0, step=0.05)
    everywhere = toggle(HELD_ALL, f"In all units, not only in unit {subject.unit}")
    unit = None if everywhere else subject.unit
    return [Clamp(what, value, unit, *subject.layers[subject.layer], start=subject.time)]


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


def _answers(subject: SequenceSubject, before: Outcome, after: Outcome) -> None:
    """Draw targets and answers, before and after."""
    names = [visible(name) for name in subject.splits.class_names]
    if subject.splits.objective is Objective.CLASS:
        chances = [torch.from_numpy(found.answer).softmax(0).numpy() for found in (before, after)]
        said = [names[int(found.answer.argmax())] for found in (before, after)]
        title = f"Answer: still {said[0]}" if said[0] == said[1] else f"Answer: {said[0]} becomes {said[1]}"
        chart(answer_bars(names, chances[0], chances[1], NAMES, title), "held-answers", "held-answers")
    elif subject.splits.objective is Objective.CLASS_PER_STEP:
        _table(subject, before, after, names)
    elif subject.splits.objective is Objective.NUMBERS:
        _values(subject, before, after)
    else:
        for number, name in enumerate(names):
            chart(
                before_after(
                    before.answer[:, number],
                    after.answer[:, number],
                    NAMES,
                    f"Answer: {name}",
                    subject.ticks,
                    subject.time,
                    name,
                ),
                f"held-answer-{number}",
                "held-answers",
            )


def _table(subject: SequenceSubject, before: Outcome, after: Outcome, names: list[str]) -> None:
    """Draw targets and answers at every step."""
    said = [[names[int(index)] for index in found.answer.argmax(axis=1)] for found in (before, after)]
    targets = [found.target for found in (before, after) if found.target is not None]
    asked = np.any([target >= 0 for target in targets], axis=0) if targets else np.full(len(said[0]), True)
    moved = sum(first != second for first, second, counts in zip(*said, asked, strict=True) if counts)
    st.markdown(f"**{moved} of {int(asked.sum())}** answers change.")
    rows: dict[str, list[str]] = {}
    for name, found, answers in zip(NAMES, (before, after), said, strict=True):
        if found.target is not None:
            rows[f"target, {name}"] = [names[int(label)] if label >= 0 else "" for label in found.target]
        rows[f"answer, {name}"] = answers
    st.dataframe(pd.DataFrame.from_dict(rows, orient="index", columns=[str(n) for n in range(len(said[0]))]))
    if subject.splits.is_encoder_decoder:
        st.caption("The decoder reads the target so far, if it is known.")


def _values(subject: SequenceSubject, before: Outcome, after: Outcome) -> None:
    """Draw numbers that are answered once."""
    in_unit = subject.splits.in_unit
    columns = {}
    for name, found in zip(NAMES, (before, after), strict=True):
        if found.target is not None:
            columns[f"target, {name}"] = in_unit(found.target)
        columns[f"answer, {name}"] = in_unit(found.answer)
    st.dataframe(pd.DataFrame(columns, index=list(subject.splits.class_names)))
    if before.running is None or after.running is None:
        return
    for number, name in enumerate(subject.splits.class_names):
        lines = [in_unit(found.running[:, number]) for found in (before, after) if found.running is not None]
        title = f"Answer read out after each step: {name}"
        figure = before_after(lines[0], lines[1], NAMES, title, subject.ticks, subject.time, name)
        chart(figure, f"held-answer-{number}", "held-answers")
