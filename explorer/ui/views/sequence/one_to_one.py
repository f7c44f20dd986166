"""One-to-one: a network without recurrence on the views of a recurrent page."""

import streamlit as st

from explorer.config import RecurrentConfig, names, parse
from explorer.figures.unrolled import unrolled
from explorer.inspection import layer_table
from explorer.ui.cache import opens
from explorer.ui.chart import chart
from explorer.ui.form import estimate
from explorer.ui.run import runs
from explorer.ui.subject.picture import RunSubject
from explorer.ui.views.sequence import compare, gradients, offers
from explorer.ui.views.sequence.chosen_runs import Network


def cell(subject: RunSubject) -> None:
    """Draw the network as in the lecture, with its shapes, and its layers."""
    with subject.model() as model:
        rows = layer_table(model, subject.splits.input_shape)
    channels, height, width = subject.splits.input_shape
    hidden = [row.output_shape[0] for row in rows if row.kind == "Linear"][:-1]
    shapes = {
        "input": f"{height}x{width} = {channels * height * width}",
        "cell": " → ".join(str(size) for size in hidden) or "none",
        "output": f"{len(subject.class_names)}",
    }
    answer = subject.class_names[int(subject.logits().argmax())]
    chart(
        unrolled("one-to-one", [f"{height}x{width}"], [answer], shapes),
        "unrolled",
        "unrolled",
        reading="One step: nothing is carried on to a next one.",
    )
    st.info(
        "This network has no recurrent cell. It reads the whole picture at once and keeps nothing for a next step: it "
        "is the reference for what recurrence adds. The Compare view has the same digits, row by row."
    )
    estimate.draw(rows)


def through_time(subject: RunSubject) -> None:
    """Draw gradient clipping, which every network has, and say why there is no gradient through time."""
    st.info("There is no gradient through time: the network has one step, and the gradient passes each layer once.")
    gradients.clipped(subject.run, subject.config, subject.step)


def side_by_side(subject: RunSubject) -> None:
    """Draw the same digits at once and row by row: a row for each network, and their curves."""
    rows = [
        run
        for run in runs.readable_runs(names(RecurrentConfig))
        if run.config.dataset.name == "digit_rows" and opens(run)
    ]
    rows.sort(key=lambda run: run.status != "finished")
    by_rows: dict[str, Network] = {}
    for run in rows:
        status = "" if run.status == "finished" else f", {runs.WORDS[run.status]} at step {run.state().step:,}"
        name = f"{run.config.model.short}, row by row{status}"
        by_rows.setdefault(run.config.model.name, Network(name, (run,)))
    compared = [Network("one-to-one, at once", (subject.run,)), *by_rows.values()]
    compare.table(compared, subject.splits.objective)
    st.caption(
        "The same 1,797 handwritten digits in the same splits, unless a seed or a share was changed. At once, the "
        "network has weights for every pixel; row by row, it has to remember earlier rows, with the "
        "same weights for each."
    )
    offers.offer(parse({"dataset": {"name": "digit_rows"}, "model": {"name": "rnn"}}), by_rows)
    compare.curves(compared, subject.splits.objective, None)


def without_state(subject: RunSubject) -> str:
    """The reason why there are no states."""
    return "A state carries information from one time step to the next. This network has one step and no state."


def without_gates(subject: RunSubject) -> str:
    """The reason why there are no gates."""
    return "Gates decide what a state keeps and forgets. This network has no state, and no gates."


def without_clamps(subject: RunSubject) -> str:
    """The reason why nothing can be clamped."""
    return "A gate or a unit is clamped from a time step on. This network has one step and no state to clamp."
