"""The learning rate of a run: its curve, what was set by hand, and the way back to the schedule."""

import numpy as np
import streamlit as st

from explorer.config import TrainingConfig, number_of
from explorer.figures.curves import learning_rate_curve
from explorer.figures.step_marks import Event
from explorer.training.control import requests_of
from explorer.training.marks import rate_changes
from explorer.training.run import ReadableRun
from explorer.training.schedule import scheduled_rates
from explorer.ui.address.visit import RATE_CHOICE
from explorer.ui.cache import kept
from explorer.ui.chart import chart
from explorer.ui.form.numbers import Refused, number_field
from explorer.ui.run import runs

LABEL = "From the next update on"
HINT = "Replaces the schedule: the rate stays at this value."


def events(run: ReadableRun) -> list[Event]:
    """The changes of the learning rate by hand, to be marked in a curve."""
    return [Event(change.step, change.words) for change in rate_changes(run.metrics())]


def choose(run: ReadableRun) -> None:
    """Draw what sets the learning rate of a run that can go on: a number that is typed or slid, and the way back."""
    now = run.state().learning_rate or run.config.training.learning_rate
    number = number_of(TrainingConfig.model_fields["learning_rate"])
    assert number is not None
    with st.popover("Learning rate", icon=":material/speed:"):
        st.markdown(f"The learning rate of the last update was **{now:.2g}**.")
        asked = number_field(number, LABEL, "Learning rate", now, RATE_CHOICE.of(run.id).key, HINT)
        st.button(
            "Use this rate",
            icon=":material/check:",
            disabled=isinstance(asked, Refused),
            on_click=runs.set_learning_rate,
            args=(run, asked),
        )
        _back_to_the_schedule(run)


def _back_to_the_schedule(run: ReadableRun) -> None:
    """Draw the button that gives the learning rate back to the schedule; nothing while the schedule holds."""
    by_hand = requests_of(run.path).learning_rate
    if by_hand is None:
        return
    st.button(
        "Back to the schedule",
        icon=":material/undo:",
        on_click=runs.follow_schedule,
        args=(run,),
        help=f"{by_hand:g} was set by hand. The schedule goes on as if it had never been left.",
    )


def curve(run: ReadableRun, total: int, chosen_step: int | None) -> None:
    """Draw the learning rate of every update beside the schedule; ``total`` is the number of updates, or 0."""
    planned = _planned(run, total) if total else None
    figure = learning_rate_curve(run.metrics(), total, chosen_step, schedule=planned, events=events(run))
    chart(figure, "learning-rate-curve", "learning-rate")


@kept(16)
def _planned(run: ReadableRun, total: int) -> np.ndarray:
    return np.array(scheduled_rates(run.config.training, total))
