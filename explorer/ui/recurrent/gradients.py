"""Gradient through time: how much of the loss reaches each earlier step, here and in other networks on this data."""

from collections.abc import Container

import numpy as np
import streamlit as st

from explorer.config import RunConfig, parse
from explorer.figures.gradients import gradient_clipping
from explorer.figures.style import CELL_PARTS, network_colour
from explorer.figures.through_time import gradients_through_time
from explorer.training.run import Run
from explorer.ui import runs
from explorer.ui.chart import chart
from explorer.ui.form import word
from explorer.ui.recurrent.look import SequenceLook

TITLES = {"rnn": "RNN", "lstm": "LSTM", "gru": "GRU"}
# what enters a cell, by its kind; where nothing is said, the chart's own line is right
ENTERED = {
    "rnn": (
        "By what enters the cell, before its activation",
        "It is the gradient by the state times the activation's slope: where a unit is saturated, hardly any is left.",
    ),
    "gru": (
        "By what enters each gate",
        "The update gate mixes the old state with the candidate: what it lets through of the old one passes undamped.",
    ),
    "lstm": ("By the cell state and by what enters each gate", ""),
}


def draw(look: SequenceLook) -> None:
    """The norm of dL/dh at each time step for every run on this data, each gate's part of it, and what was clipped."""
    compared = same_data(look)
    if side_by_side(look, compared):
        offer_missing(look, compared)
        _gates(look)
    clipped(look.run, look.config, look.step)


def side_by_side(look: SequenceLook, compared: list[Run]) -> bool:
    """Draw ‖dL/dh‖ through time of every run; where the sequence has no gradient, say why, and return False."""
    if look.sequence.target is None:
        st.info(f"{look.sequence.note} Without a right answer there is no loss, and no gradient.")
        return False
    if look.splits.source_length and not look.decoder:
        st.info("The loss is read off the decoder; choose it above to see its gradients.")
        return False
    lines, colours = {}, {}
    for run in compared:
        other = at_nearest_step(look, run)
        name = f"{name_of(run)}, step {other.step:,}"
        lines[name] = np.linalg.norm(other.gradients()["hidden"], axis=1)
        colours[name] = colour_of(run)
    title = "Gradient of the loss by the hidden state, ‖∂L/∂h‖"
    figure = gradients_through_time(lines, title, look.time, colours=colours)
    chart(figure, "dldh", "gradient-through-time", reading=reading(next(iter(lines.values()))))
    return True


def _gates(look: SequenceLook) -> None:
    own = {word(name): np.linalg.norm(values, axis=1) for name, values in look.gradients().items() if name != "hidden"}
    title, words = ENTERED[look.config.model.name]
    colours = {word(name): colour for name, colour in CELL_PARTS.items()}
    figure = gradients_through_time(own, title, look.time, "norm of the gradient", colours)
    chart(figure, "gates-dl", "gate-gradients", reading=words)


def same_data(look: SequenceLook) -> list[Run]:
    """The run that is looked at, then the newest run of every other kind of cell on the same data."""
    chosen = {look.config.model.name: look.run}
    for run in runs.known_runs(("rnn", "lstm", "gru")).values():
        fits = run.config is not None and run.config.dataset == look.config.dataset and run.steps
        if fits and run.config is not None:
            chosen.setdefault(run.config.model.name, run)
    return list(chosen.values())


def name_of(run: Run) -> str:
    """The kind of cell of a run."""
    return TITLES.get(run.config.model.name, run.id) if run.config is not None else run.id


def colour_of(run: Run) -> str:
    """The colour that a kind of network has in every chart."""
    assert run.config is not None
    return network_colour(run.config.model.name)


def reading(norms: np.ndarray) -> str:
    """What the first curve says, in plain words."""
    first, last = float(norms[0]), float(norms[-1])
    if len(norms) < 2 or last == 0:
        return "There is no earlier step for the gradient to reach."
    ratio = first / last
    if ratio < 1e-3:
        return (
            f"Of the gradient at the last step {ratio:.1e} is left at the first: it vanishes, "
            "and what happened early is hardly learnt."
        )
    if ratio > 1e3:
        return (
            f"The gradient grows {ratio:.1e} times on the way back: it explodes; clip it, or lower the learning rate."
        )
    return (
        f"The gradient at the first step is {ratio:.2g} times the one at the last: what happened early can be learnt."
    )


def at_nearest_step(look: SequenceLook, run: Run) -> SequenceLook:
    """The same sequence and place in another run, at its recorded step nearest to the chosen one."""
    assert run.config is not None
    step = min(run.steps, key=lambda kept: abs(kept - look.step))
    layers = getattr(run.config.model, "layers", 1) * (2 if getattr(run.config.model, "bidirectional", False) else 1)
    layer = min(look.layer, layers - 1)
    return SequenceLook(
        run, run.config, step, run.steps, look.splits, look.sequence, look.decoder, layer, look.time, look.unit
    )


def offer_missing(look: SequenceLook, compared: list[Run]) -> None:
    """A button for each kind of cell that was not trained on this data yet."""
    offer(look.config, {run.config.model.name for run in compared if run.config is not None})


def offer(config: RunConfig, there: Container[str]) -> None:
    """A button for each kind of cell that is not ``there`` yet, to train it as ``config`` says of another."""
    with st.container(horizontal=True):
        for name in TITLES:
            if name not in there:
                st.button(
                    f"Train the {TITLES[name]} on the same data",
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


def clipped(run: Run, config: RunConfig, step: int) -> None:
    """The gradient's norm while a network trained: as it came, and as it was used."""
    clip = config.training.gradient_clip
    metrics = run.metrics()
    norms = metrics["gradient_norm"].dropna()
    if norms.empty:
        return
    figure = gradient_clipping(metrics, clip, run.state().total, step)
    chart(figure, "clipping", "gradient-clipping", reading=clipping(norms.to_numpy(), clip))


def clipping(norms: np.ndarray, clip: float) -> str:
    """How often gradients of these norms are clipped, in a plain sentence."""
    reached = f"Over {len(norms):,} updates the norm of all gradients together reached {norms.max():.3g}"
    if not clip:
        return f"{reached}; nothing was clipped. The setting Gradient clip, under Training, would."
    over = float((norms > clip).mean())
    if not over:
        return f"{reached}, and never had to be clipped to {clip:g}."
    return (
        f"{reached} before clipping. In {over:.1%} of them it was above {clip:g} and was clipped to it: the gradient "
        "kept its direction and lost some of its length."
    )
