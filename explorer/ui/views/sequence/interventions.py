"""Interventions: change what is read, hold a gate or a unit at a value, and see what the network says then."""

import numpy as np
import pandas as pd
import streamlit as st
import torch

from explorer.figures.interventions import answer_bars
from explorer.figures.through_time import before_after
from explorer.inspection import Clamp, trace
from explorer.ui.chart import chart
from explorer.ui.subject.own_sequence import changed
from explorer.ui.subject.sequence import Sequence, SequenceSubject, visible
from explorer.ui.views.sequence.outcome import Outcome, outcome

NAMES = ("as it is", "changed")
UNCHANGED = "as it is"
FEW = 4  # a number with no more values than these is chosen, not typed
SEEN = 200  # sequences in which its values are counted


def draw(subject: SequenceSubject) -> None:
    """Choose what to change and what to hold; the unit's states, the answer and the loss before and after."""
    left, right = st.columns(2)
    with left, st.container(border=True):
        edited = _edit(subject)
    with right, st.container(border=True):
        clamps = _hold(subject)
    st.caption(
        f"Both at time step {subject.time}, what is held from there on; move the Time step slider to go elsewhere."
    )
    before = outcome(subject, subject.sequence, [])
    after = outcome(subject, edited or subject.sequence, clamps)
    if not edited and not clamps:
        st.info("Nothing is changed or held yet: both lines are the same.")
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
    """What stands at the chosen time step instead; None where nothing is replaced."""
    if subject.splits.vocabulary:
        names = [visible(name) for name in subject.splits.vocabulary]
        token = _choose(
            subject, f"{'Told' if subject.decoder else 'Read'} instead of {subject.ticks[subject.time]!r}", names
        )
        return None if token is None else changed(subject, token)
    features = subject.splits.feature_names
    feature = _choose(subject, f"Change what is read at step {subject.time}", list(features))
    if feature is None:
        return None
    return changed(subject, _number(subject, feature, features[feature]), feature)


def _choose(subject: SequenceSubject, question: str, options: list[str]) -> int | None:
    """Which of the options is chosen; None for nothing."""
    numbers = [-1, *range(len(options))]
    key = f"edited-{subject.splits.name}"
    if st.session_state.get(key, -1) not in numbers:  # of a run with other characters
        del st.session_state[key]
    chosen = st.selectbox(
        question,
        numbers,
        format_func=lambda number: UNCHANGED if number < 0 else options[number],
        key=key,
        bind="query-params",
    )
    return None if chosen < 0 else int(chosen)


def _number(subject: SequenceSubject, feature: int, name: str) -> float:
    """The number to be read instead, as the network reads it; it is typed in the unit of the data."""
    splits = subject.splits
    scale, offset = (splits.deviation, splits.mean) if splits.time_labels else (1.0, 0.0)
    now = float(subject.sequence.inputs[0, subject.time, feature]) * scale + offset
    values = np.unique(splits.test.inputs[:SEEN, :, feature].numpy())
    key = f"edited-{feature}-{subject.time}-{now:.4g}"  # what begins with another number is another choice
    label = f"{name.capitalize()} instead of {now:.4g}"
    if len(values) <= FEW:
        options = [float(value) for value in values]
        other = next((value for value in options if value != now), now)
        chosen = st.segmented_control(
            label, options, default=other, required=True, format_func=lambda v: f"{v:g}", key=key, bind="query-params"
        )
        return float(now if chosen is None else chosen)
    typed = st.number_input(
        label, value=now, step=float(np.ptp(values)) * scale / 50, format="%.4g", key=key, bind="query-params"
    )
    return (float(typed) - offset) / scale


def _hold(subject: SequenceSubject) -> list[Clamp]:
    """The gate or state that is held; none where that is switched off."""
    if not st.toggle("Hold a gate or a unit", value=True, key="holding", bind="query-params"):
        return []
    with subject.part() as part:
        quantities = list(trace(part.module, part.inputs, part.initial).layers[subject.layer].quantities)
        layer, direction = divmod(subject.layer, 2) if part.module.bidirectional else (subject.layer, 0)
    if st.session_state.get("held", quantities[0]) not in quantities:  # of another kind of cell
        del st.session_state["held"]
    left, right = st.columns(2)
    with left:
        what = st.selectbox(
            "Hold", quantities, format_func=lambda name: name.replace("_", " "), key="held", bind="query-params"
        )
    with right:
        value = st.slider("At the value", -1.0, 1.0, value=0.0, step=0.05, key="held_value", bind="query-params")
    everywhere = st.toggle(f"In all units, not unit {subject.unit} alone", key="held_all", bind="query-params")
    unit = None if everywhere else subject.unit
    return [Clamp(what, value, unit, layer, ("forward", "reverse")[direction], start=subject.time)]


def _losses(subject: SequenceSubject, before: Outcome, after: Outcome, edited: Sequence | None) -> None:
    """The loss before and after, and over the steps where each has one of its own."""
    note = (edited.note if edited else "") or subject.sequence.note
    if before.loss is None or after.loss is None:
        known = f" As it is, it is {before.loss:.4g} {subject.splits.unit}." if before.loss is not None else ""
        st.info(f"{note} So the loss is not known.{known}")
        return
    assert before.target is not None
    assert after.target is not None
    st.markdown(f"The loss of this sequence: **{before.loss:.4g}** becomes **{after.loss:.4g}** {subject.splits.unit}.")
    if note:
        st.caption(note)
    elif not np.array_equal(before.target, after.target):
        st.caption(_compared(subject, before.target, after.target))
    if subject.splits.objective == "classes":
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
    """What each loss is measured against."""
    said = "What is right changes with what is read; each loss is measured against its own right answer."
    broken = subject.splits.objective == "classes" and not subject.splits.source_length and (after < 0) & (before >= 0)
    if not np.any(broken):
        return said
    first = int(np.flatnonzero(broken)[0])
    return f"{said} From step {first} on the changed sequence breaks the task's rule, and nothing is asked any more."


def _answer_ticks(subject: SequenceSubject) -> list[str] | None:
    """What is read at each step that answers; none where those steps are another network's."""
    return None if subject.splits.source_length and not subject.decoder else subject.ticks


def _marked(subject: SequenceSubject) -> int | None:
    return None if subject.splits.source_length and not subject.decoder else subject.time


def _answers(subject: SequenceSubject, before: Outcome, after: Outcome) -> None:
    """The answers, right beside given, before and after."""
    names = [visible(name) for name in subject.splits.class_names]
    if subject.splits.objective == "class":
        chances = [torch.from_numpy(found.answer).softmax(0).numpy() for found in (before, after)]
        said = [names[int(found.answer.argmax())] for found in (before, after)]
        title = f"Answer: {said[0]} stays" if said[0] == said[1] else f"Answer: {said[0]} becomes {said[1]}"
        chart(answer_bars(names, chances[0], chances[1], NAMES, title), "held-answers", "held-answers")
    elif subject.splits.objective == "classes":
        _table(subject, before, after, names)
    elif subject.splits.objective == "value":
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
    """Answers at every step: what is right and what is said."""
    said = [[names[int(index)] for index in found.answer.argmax(axis=1)] for found in (before, after)]
    targets = [found.target for found in (before, after) if found.target is not None]
    asked = np.any([target >= 0 for target in targets], axis=0) if targets else np.full(len(said[0]), True)
    moved = sum(first != second for first, second, counts in zip(*said, asked, strict=True) if counts)
    st.markdown(f"**{moved} of {int(asked.sum())}** answers change.")
    rows: dict[str, list[str]] = {}
    for name, found, answers in zip(NAMES, (before, after), said, strict=True):
        if found.target is not None:
            rows[f"right, {name}"] = [names[int(label)] if label >= 0 else "" for label in found.target]
        rows[f"said, {name}"] = answers
    st.dataframe(pd.DataFrame.from_dict(rows, orient="index", columns=[str(n) for n in range(len(said[0]))]))
    if subject.splits.source_length:
        st.caption("The decoder reads the right answer so far, where that is known.")


def _values(subject: SequenceSubject, before: Outcome, after: Outcome) -> None:
    """Numbers that are answered once."""
    scale, offset = (subject.splits.deviation, subject.splits.mean) if subject.splits.time_labels else (1.0, 0.0)
    columns = {}
    for name, found in zip(NAMES, (before, after), strict=True):
        if found.target is not None:
            columns[f"right, {name}"] = found.target * scale + offset
        columns[f"said, {name}"] = found.answer * scale + offset
    st.dataframe(pd.DataFrame(columns, index=list(subject.splits.class_names)))
    if before.running is None or after.running is None:
        return
    for number, name in enumerate(subject.splits.class_names):
        lines = [found.running[:, number] * scale + offset for found in (before, after) if found.running is not None]
        title = f"Answer, if it were read off after each step: {name}"
        figure = before_after(lines[0], lines[1], NAMES, title, subject.ticks, subject.time, name)
        chart(figure, f"held-answer-{number}", "held-answers")
