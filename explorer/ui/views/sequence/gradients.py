"""Gradients: how much of one answer's gradient is left at each earlier time step, here and in other networks."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from explorer.config import RunConfig
from explorer.figures.gradients import gradient_clipping
from explorer.figures.style import CELL_PARTS
from explorer.figures.through_time import gradients_through_time
from explorer.figures.time_axis import step_name
from explorer.inspection.gradient_shares import steps_to_little
from explorer.training.run import ReadableRun
from explorer.ui.address.settings import ANSWERING
from explorer.ui.chart import chart
from explorer.ui.form.fields import word
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.views.sequence import chosen_runs, offers
from explorer.ui.views.sequence.chosen_runs import Network
from explorer.ui.views.sequence.followed_back import (
    Way,
    answering_part,
    at_nearest_step,
    encoder_steps,
    place,
    shares,
    ticks,
    way,
)
from explorer.ui.views.sequence.timed import timed_chart
from explorer.ui.widgets import pick_on_slider

VANISHED, LITTLE, EXPLODED = 1e-3, 0.1, 1e3  # shares that arrive at the far end

# the title, and a reading where the chart's own does not fit, by the kind of cell
ENTERED = {
    "rnn": (
        "At the pre-activation of the cell",
        "It is the gradient at the state times the slope of the activation at each unit: where the slope is near 0, "
        "little is left.",
    ),
    "gru": (
        "At the pre-activation of each gate",
        "The update gate mixes the old state with the candidate: through the old part the gradient is multiplied by "
        "the gate, which leaves it as it is only where the gate is at 1.",
    ),
    "lstm": ("At the cell state and at the pre-activation of each gate", ""),
}


def draw(subject: SequenceSubject) -> None:
    """Draw what is left of one answer's gradient at each time step for the chosen runs, at the gates, and clipping."""
    compared = chosen_runs.choose(subject)
    answering = side_by_side(subject, compared)
    if answering is not None:
        offers.offer_missing(subject)
        _gates(subject, answering)
    clipped(subject.run, subject.config, subject.step)


def side_by_side(subject: SequenceSubject, compared: Sequence[Network]) -> int | None:
    """Draw what is left of one answer's gradient at every time step, for every network.

    Returns:
        The time step of the answer; None if this sequence has no gradient, which a sentence explains.
    """
    if subject.sequence.target is None:
        st.info(f"{subject.sequence.note} Without a target there is no loss, and no gradient.")
        return None
    answers = answering_part(subject)
    if not answers.answering_steps:
        st.info("No step of this sequence has a target, so that there is no loss, and no gradient.")
        return None
    answering = _choose_answer(answers.answering_steps)
    lines = {network.name: _shares_of(answers, network, answering) for network in compared}
    ways = {network.name: way(at_nearest_step(answers, network.runs[0]), answering) for network in compared}
    at = step_name(encoder_steps(subject) + answering, encoder_steps(subject))
    title = f"‖∂L/∂h‖ of the loss at {at}, as a share of its value there"
    figure = gradients_through_time(
        lines,
        title,
        place(subject),
        colours={network.name: network.colour for network in compared},
        ticks=ticks(subject),
        join=encoder_steps(subject),
    )
    timed_chart(subject, figure, "dldh", "gradient-through-time", reading=reading(lines, ways))
    return answering


def _choose_answer(steps: list[int]) -> int:
    """Draw the slider over the steps that answer, the last at first; no slider for a single one."""
    if len(steps) == 1:
        return steps[0]
    return pick_on_slider(
        ANSWERING.variant(steps[-1], steps[-1]),
        "Loss of the answer at step",
        steps,
        help="The gradient of this one answer's loss is followed back in time. The sum over all answers would hide how "
        "far it reaches, since every step adds a gradient of its own.",
    )


def _shares_of(subject: SequenceSubject, network: Network, answering: int) -> np.ndarray:
    """The shares of every run of a network, each at its recorded step nearest to the chosen one: (run, time)."""
    return np.stack([shares(at_nearest_step(subject, run), answering)["hidden"] for run in network.runs])


def _gates(subject: SequenceSubject, answering: int) -> None:
    own = {word(name): found for name, found in shares(answering_part(subject), answering).items() if name != "hidden"}
    title, words = ENTERED.get(subject.config.model.name, ("At the pre-activations of the cell", ""))
    colours = {word(name): colour for name, colour in CELL_PARTS.items()}
    join = encoder_steps(subject)
    figure = gradients_through_time(own, title, place(subject), "share of the norm", colours, ticks(subject), join)
    timed_chart(subject, figure, "gates-dl", "gate-gradients", reading=words)


def reading(lines: Mapping[str, np.ndarray], ways: Mapping[str, Way]) -> str:
    """A sentence on each line.

    Args:
        lines: shares, (time,) or (run, time), by name; of several runs the sentence is on their median.
        ways: of each line.
    """
    told = {name: reach(np.median(np.atleast_2d(line), axis=0), ways[name]) for name, line in lines.items()}
    if len(told) == 1:
        return next(iter(told.values()))
    return " ".join(f"{name}: {sentence}" for name, sentence in told.items())


def reach(line: np.ndarray, way: Way) -> str:
    """A sentence on how far back a gradient reaches, from its shares (time,)."""
    begins, direction, join = way
    end = 0 if direction == "forward" else len(line) - 1
    if np.isnan(line[begins]):
        return f"The gradient at {step_name(begins, join)} is 0: nothing is learnt from this answer."
    if begins == end:
        return "There is no earlier step."
    left, back = float(line[end]), abs(begins - end)
    place = f"at {step_name(end, join)}, {back} {'step' if back == 1 else 'steps'} back"
    if left > EXPLODED:
        return f"{left:.2g} times the gradient arrives {place}: it explodes. Clip it, or lower the learning rate."
    if left >= LITTLE:
        return f"{left:.2g} times the gradient arrives {place}: what was read there can be learnt."
    soon = steps_to_little(line, begins, direction)
    first = f" Less than 1 % is left {soon} {'step' if soon == 1 else 'steps'} back." if soon is not None else ""
    verdict = "it vanishes, and what was read there is hardly learnt" if left < VANISHED else "little is learnt from it"
    return f"A share of {left:.1g} of the gradient arrives {place}: {verdict}.{first}"


def clipped(run: ReadableRun, config: RunConfig, step: int) -> None:
    """Draw the norm of the gradient during training, before and after clipping."""
    clip = config.training.gradient_clip
    metrics = run.metrics()
    norms = metrics["gradient_norm"].dropna()
    if norms.empty:
        return
    figure = gradient_clipping(metrics, clip, run.state().total, step)
    chart(figure, "clipping", "gradient-clipping", reading=clipping(norms.to_numpy(), clip))


def clipping(norms: np.ndarray, clip: float) -> str:
    """A sentence on how often gradients of these norms are clipped."""
    reached = f"Over {len(norms):,} updates the norm of the whole gradient reached {norms.max():.3g}"
    if not clip:
        return f"{reached}; nothing was clipped. The setting Gradient clip, under Training, limits it."
    over = float((norms > clip).mean())
    if not over:
        return f"{reached}, always below the limit of {clip:g}."
    return (
        f"{reached} before clipping. In {over:.1%} of the updates it was above {clip:g} and was clipped to it, which "
        "keeps the direction of the gradient and shortens it."
    )
