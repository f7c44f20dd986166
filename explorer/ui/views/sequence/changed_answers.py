"""The answers without and with an intervention, and which of them change."""

import numpy as np
import pandas as pd
import streamlit as st
import torch

from explorer.datasets.splits import Objective
from explorer.figures.interventions import answer_bars
from explorer.figures.style import MARK
from explorer.figures.through_time import before_after
from explorer.ui.chart import chart
from explorer.ui.subject.sequence import SequenceSubject, visible
from explorer.ui.views.sequence.outcome import NAMES, Outcome
from explorer.ui.views.sequence.timed import timed_chart

CHANGED = "changes"
MOST_NAMED = 6  # changed answers in a sentence


def draw(subject: SequenceSubject, before: Outcome, after: Outcome) -> None:
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
            timed_chart(
                subject,
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
    """Draw targets and answers at every step; the answers that change are marked and named."""
    said = [[names[int(index)] for index in found.answer.argmax(axis=1)] for found in (before, after)]
    targets = [found.target for found in (before, after) if found.target is not None]
    asked = np.any([target >= 0 for target in targets], axis=0) if targets else np.full(len(said[0]), True)
    moved = changed_steps(said[0], said[1], asked)
    which = f": {_named(moved, *said)}" if moved else ""
    st.markdown(f"**{len(moved)} of {int(asked.sum())}** answers change{which}.")
    rows: dict[str, list[str]] = {}
    for name, found, answers in zip(NAMES, (before, after), said, strict=True):
        if found.target is not None:
            rows[f"target, {name}"] = [names[int(label)] if label >= 0 else "" for label in found.target]
        rows[f"answer, {name}"] = answers
    rows[CHANGED] = ["●" if step in moved else "" for step in range(len(said[0]))]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=[str(n) for n in range(len(said[0]))])
    st.dataframe(table.style.apply(_marked, axis=0))
    if subject.splits.is_encoder_decoder:
        st.caption("The decoder reads the target so far, if it is known.")


def changed_steps(before: list[str], after: list[str], asked: np.ndarray) -> list[int]:
    """The steps at which an answer is asked for and changes."""
    return [step for step, (one, other) in enumerate(zip(before, after, strict=True)) if asked[step] and one != other]


def _named(moved: list[int], before: list[str], after: list[str]) -> str:
    told = [f"step {step} from {before[step]} to {after[step]}" for step in moved[:MOST_NAMED]]
    return "; ".join(told) + (f"; and {len(moved) - MOST_NAMED} more" if len(moved) > MOST_NAMED else "")


def _marked(column: pd.Series) -> list[str]:
    return [f"background-color: {MARK}40" if column[CHANGED] else ""] * len(column)


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
        timed_chart(subject, figure, f"held-answer-{number}", "held-answers")
