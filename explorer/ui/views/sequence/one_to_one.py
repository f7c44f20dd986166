"""One-to-one: a picture in, an answer out, and nothing carried on; what the views of a recurrent page say of it."""

from collections.abc import Callable

import streamlit as st

from explorer.config import RecurrentConfig, names, parse
from explorer.figures.unrolled import unrolled
from explorer.inspection import layer_table
from explorer.training.run import Run
from explorer.ui.chart import chart
from explorer.ui.form import estimate
from explorer.ui.run import runs
from explorer.ui.subject.picture import RunSubject
from explorer.ui.views.picture import predictions
from explorer.ui.views.sequence import compare, gradients

NO_STATE = "A state is what is carried from one time step to the next. There is one step here, and nothing is carried."
NO_GATES = "Gates decide what a state keeps and what it lets go. Without a state there is nothing to decide."
NO_TIME = "There is no way back through time: the gradient passes each layer once, and no time step comes before."
NO_HOLD = "A gate or a unit is held from a time step on. There is one step here, and no state to hold."


def cell(subject: RunSubject) -> None:
    """The network as the lecture draws it, with its real shapes, and its layers."""
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
        reading="One step, and nothing is carried on to a next one.",
    )
    st.info(
        "There is no recurrent cell. All of the picture goes in at once, an answer comes out, and nothing is kept for "
        "a next step: this is the reference that shows what recurrence adds. Compare has the same digits, row by row."
    )
    estimate.draw(rows)


def through_time(subject: RunSubject) -> None:
    """Why there is none; what was clipped is the same for every network."""
    st.info(NO_TIME)
    gradients.clipped(subject.run, subject.config, subject.step)


def side_by_side(subject: RunSubject) -> None:
    """The same digits at once and row by row: a row for each network, and their curves."""
    by_rows: dict[str, Run] = {}
    for run in runs.known_runs(names(RecurrentConfig)).values():
        if run.config is not None and run.config.dataset.name == "digit_rows" and run.steps:
            by_rows.setdefault(f"{gradients.name_of(run)}, row by row", run)
    compared = {"one-to-one, at once": subject.run, **by_rows}
    compare.table(compared, "nats")
    st.caption(
        "The same 1,797 handwritten digits, divided into the same splits unless a seed or a share was changed. At once "
        "a network sees every pixel in its own place; row by row it has to remember the rows before, with the same "
        "weights for each."
    )
    there = {run.config.model.name for run in by_rows.values() if run.config is not None}
    gradients.offer(parse({"dataset": {"name": "digit_rows"}, "model": {"name": "rnn"}}), there)
    compare.curves(compared, "nats", None)


def _nothing_but(sentence: str) -> Callable[[RunSubject], None]:
    """A view that has no meaning here, and says why."""

    def say(_look: RunSubject) -> None:
        st.info(sentence)

    return say


TABS: dict[str, Callable[[RunSubject], None]] = {
    "Cell": cell,
    "States": _nothing_but(NO_STATE),
    "Gates": _nothing_but(NO_GATES),
    "Gradients": through_time,
    "Interventions": _nothing_but(NO_HOLD),
    "Output": predictions.draw,
    "Compare": side_by_side,
}
