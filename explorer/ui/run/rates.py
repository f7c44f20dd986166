"""The learning rate of a run: its curve, what was set by hand, and the way back to the schedule."""

import numpy as np
import streamlit as st

from explorer.figures.curves import learning_rate_curve
from explorer.figures.step_marks import Event
from explorer.training.control import requests_of
from explorer.training.marks import rate_changes
from explorer.training.run import ReadableRun
from explorer.training.schedule import scheduled_rates
from explorer.ui.cache import kept
from explorer.ui.chart import chart
from explorer.ui.run import runs


def events(run: ReadableRun) -> list[Event]:
    """The changes of the learning rate by hand, to be marked in a curve."""
    return [Event(change.step, change.words) for change in rate_changes(run.metrics())]


def back_to_the_schedule(run: ReadableRun) -> None:
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
