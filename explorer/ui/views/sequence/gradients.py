"""Gradients: how much of one answer's gradient is left at each earlier time step, here and in other networks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from explorer.config import RunConfig
from explorer.figures.gradients import gradient_clipping
from explorer.figures.style import CELL_PARTS
from explorer.figures.through_time import gradients_through_time
from explorer.inspection.gradient_shares import gradient_shares, steps_to_little
from explorer.training.run import ReadableRun
from explorer.ui.address.settings import ANSWERING
from explorer.ui.cache import kept
from explorer.ui.chart import chart
from explorer.ui.form.fields import word
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.views.sequence import chosen_runs, offers
from explorer.ui.views.sequence.chosen_runs import Network
from explorer.ui.views.sequence.timed import timed_chart
from explorer.ui.widgets import pick_on_slider

VANISHED, LITTLE, EXPLODED = 1e-3, 0.1, 1e3  # shares that arrive at the far end

# the title, and a reading where the chart's own does not fit, by the kind of cell
ENTERED = {
    "rnn": (
        "At the pre-activation of the cell",
        "It is the gradient at the state times the slope of the activation, so that little is left "
        "where a unit saturates.",
    ),
    "gru": (
        "At the pre-activation of each gate",
        "The update gate mixes the old state with the candidate: the gradient passes undamped through the old part.",
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
    steps = subject.answering_steps
    if not steps:
        st.info("The loss depends on the decoder's output; choose the decoder above to see gradients.")
        return None
    answering = _choose_answer(steps)
    lines = {network.name: _shares_of(subject, network, answering) for network in compared}
    title = f"‖∂L/∂h‖ of the loss at step {answering}, as a share of its value there"
    figure = gradients_through_time(
        lines,
        title,
        subject.time,
        colours={network.name: network.colour for network in compared},
        ticks=subject.ticks,
    )
    ways = {network.name: _way(at_nearest_step(subject, network.runs[0]), answering) for network in compared}
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


def shares(subject: SequenceSubject, answering: int) -> dict[str, np.ndarray]:
    """What is left of an answer's gradient at each time step, (time,) by the quantity's name."""
    return _shares(replace(subject, time=0, unit=0), answering)  # the same for every time step and unit


@kept(256)
def _shares(subject: SequenceSubject, answering: int) -> dict[str, np.ndarray]:
    begins, direction = _way(subject, answering)
    return {name: gradient_shares(found, begins, direction) for name, found in subject.gradients(answering).items()}


def _way(subject: SequenceSubject, answering: int) -> tuple[int, str]:
    """Where the way back through the selected layer begins, and the layer's direction."""
    direction = subject.layers[subject.layer][1]
    at_the_start = direction == "reverse" and not subject.splits.objective.per_step
    return 0 if at_the_start else answering, direction


def _gates(subject: SequenceSubject, answering: int) -> None:
    own = {word(name): found for name, found in shares(subject, answering).items() if name != "hidden"}
    title, words = ENTERED.get(subject.config.model.name, ("At the pre-activations of the cell", ""))
    colours = {word(name): colour for name, colour in CELL_PARTS.items()}
    figure = gradients_through_time(own, title, subject.time, "share of the norm", colours, subject.ticks)
    timed_chart(subject, figure, "gates-dl", "gate-gradients", reading=words)


def reading(lines: Mapping[str, np.ndarray], ways: Mapping[str, tuple[int, str]]) -> str:
    """A sentence on each line.

    Args:
        lines: shares, (time,) or (run, time), by name; of several runs the sentence is on their median.
        ways: where each begins, and the direction of its layer.
    """
    told = {name: reach(np.median(np.atleast_2d(line), axis=0), *ways[name]) for name, line in lines.items()}
    if len(told) == 1:
        return next(iter(told.values()))
    return " ".join(f"{name}: {sentence}" for name, sentence in told.items())


def reach(line: np.ndarray, begins: int, direction: str = "forward") -> str:
    """A sentence on how far back a gradient reaches, from its shares (time,)."""
    end = 0 if direction == "forward" else len(line) - 1
    if np.isnan(line[begins]):
        return f"The gradient at step {begins} is 0: nothing is learnt from this answer."
    if begins == end:
        return "There is no earlier step."
    left, back = float(line[end]), abs(begins - end)
    place = f"at step {end}, {back} {'step' if back == 1 else 'steps'} back"
    if left > EXPLODED:
        return f"{left:.2g} times the gradient arrives {place}: it explodes. Clip it, or lower the learning rate."
    if left >= LITTLE:
        return f"{left:.2g} times the gradient arrives {place}: what was read there can be learnt."
    soon = steps_to_little(line, begins, direction)
    first = f" Less than 1 % is left {soon} {'step' if soon == 1 else 'steps'} back." if soon is not None else ""
    verdict = "it vanishes, and what was read there is hardly learnt" if left < VANISHED else "little is learnt from it"
    return f"A share of {left:.1g} of the gradient arrives {place}: {verdict}.{first}"


def at_nearest_step(subject: SequenceSubject, run: ReadableRun) -> SequenceSubject:
    """The same sequence and selection in another run, at its recorded step nearest to the chosen one.

    A layer or direction that the other network lacks becomes its nearest lower layer, read forwards.
    """
    step = min(run.steps, key=lambda recorded: abs(recorded - subject.step))
    other = replace(subject, run=run, step=step, steps=run.steps)
    layer, direction = subject.layers[subject.layer]
    ways = [place for place in other.layers if place == (layer, direction)]
    lower = [place for place in other.layers if place[0] <= layer and place[1] == "forward"]
    return replace(other, layer=other.layers.index((ways or lower)[-1]))


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
