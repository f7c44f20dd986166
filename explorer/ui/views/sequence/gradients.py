"""Gradients: the gradient of the loss at each earlier time step, here and in other networks on the same data."""

from collections.abc import Container
from dataclasses import replace

import numpy as np
import streamlit as st

from explorer.config import RecurrentConfig, RunConfig, by_name, names, parse
from explorer.figures.gradients import gradient_clipping
from explorer.figures.style import CELL_PARTS, network_colour
from explorer.figures.through_time import gradients_through_time
from explorer.training.run import ReadableRun
from explorer.ui.chart import chart
from explorer.ui.form.fields import word
from explorer.ui.run import runs
from explorer.ui.subject.sequence import SequenceSubject

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
    """Draw the norm of dL/dh at each time step for every run on this data, the gates' gradients, and clipping."""
    compared = same_data(subject)
    if side_by_side(subject, compared):
        offer_missing(subject, compared)
        _gates(subject)
    clipped(subject.run, subject.config, subject.step)


def side_by_side(subject: SequenceSubject, compared: list[ReadableRun]) -> bool:
    """Draw ‖dL/dh‖ through time of every run; if the sequence has no gradient, say why, and return False."""
    if subject.sequence.target is None:
        st.info(f"{subject.sequence.note} Without a target there is no loss, and no gradient.")
        return False
    if subject.splits.is_encoder_decoder and not subject.decoder:
        st.info("The loss depends on the decoder's output; choose the decoder above to see gradients.")
        return False
    lines, colours = {}, {}
    for run in compared:
        other = at_nearest_step(subject, run)
        name = f"{name_of(run)}, step {other.step:,}"
        lines[name] = np.linalg.norm(other.gradients()["hidden"], axis=1)
        colours[name] = colour_of(run)
    title = "Gradient of the loss at the hidden state, ‖∂L/∂h‖"
    figure = gradients_through_time(lines, title, subject.time, colours=colours)
    chart(figure, "dldh", "gradient-through-time", reading=reading(next(iter(lines.values()))))
    return True


def _gates(subject: SequenceSubject) -> None:
    own = {
        word(name): np.linalg.norm(values, axis=1) for name, values in subject.gradients().items() if name != "hidden"
    }
    title, words = ENTERED.get(subject.config.model.name, ("At the pre-activations of the cell", ""))
    colours = {word(name): colour for name, colour in CELL_PARTS.items()}
    figure = gradients_through_time(own, title, subject.time, "norm of the gradient", colours)
    chart(figure, "gates-dl", "gate-gradients", reading=words)


def same_data(subject: SequenceSubject) -> list[ReadableRun]:
    """The run of the subject, then the newest run of every other kind of cell on the same data."""
    chosen = {subject.config.model.name: subject.run}
    for run in runs.readable_runs(names(RecurrentConfig)):
        if run.config.dataset == subject.config.dataset and run.steps:
            chosen.setdefault(run.config.model.name, run)
    return list(chosen.values())


def name_of(run: ReadableRun) -> str:
    """The kind of cell of a run."""
    return run.config.model.short


def colour_of(run: ReadableRun) -> str:
    """The colour of a kind of network, the same in every chart."""
    return network_colour(run.config.model.name)


def reading(norms: np.ndarray) -> str:
    """A sentence on the first curve."""
    first, last = float(norms[0]), float(norms[-1])
    if len(norms) < 2 or last == 0:
        return "There is no earlier step."
    ratio = first / last
    if ratio < 1e-3:
        return (
            f"Of the gradient at the last step, {ratio:.1e} is left at the first: it vanishes, "
            "and early inputs are hardly learnt."
        )
    if ratio > 1e3:
        return (
            f"The gradient grows by a factor of {ratio:.1e} on the way back: it explodes. Clip it, or "
            f"lower the learning rate."
        )
    return f"The gradient at the first step is {ratio:.2g} times the one at the last: early inputs can be learnt."


def at_nearest_step(subject: SequenceSubject, run: ReadableRun) -> SequenceSubject:
    """The same sequence and selection in another run, at its recorded step nearest to the chosen one."""
    step = min(run.steps, key=lambda kept: abs(kept - subject.step))
    other = replace(subject, run=run, step=step, steps=run.steps)
    return replace(other, layer=min(subject.layer, len(other.layers) - 1))


def offer_missing(subject: SequenceSubject, compared: list[ReadableRun]) -> None:
    """Draw a button for each kind of cell without a run on this data."""
    offer(subject.config, {run.config.model.name for run in compared})


def offer(config: RunConfig, there: Container[str]) -> None:
    """Draw a button for each kind of cell that is not ``there``, to train it with the settings of ``config``."""
    with st.container(horizontal=True):
        for name, model in by_name(RecurrentConfig).items():
            if name not in there:
                st.button(
                    f"Train the {model.short} on the same data",
                    icon=":material/add:",
                    key=f"train-{name}",
                    on_click=runs.train,
                    args=(counterpart(config, name),),
                )


def counterpart(config: RunConfig, model: str) -> RunConfig:
    """The same data, training and sizes with another kind of cell."""
    shared = {"hidden_size", "layers", "bidirectional", "embedding_size", "dropout", "seed"}
    values = config.model_dump()
    kept = {name: value for name, value in values["model"].items() if name in shared}
    return parse({**values, "model": {"name": model, **kept}})


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
