"""Generated text: the chosen sequence continued, now and at earlier recorded steps."""

from functools import partial
from html import escape
from typing import NamedTuple

import numpy as np
import streamlit as st
import torch

from explorer.figures.style import NEUTRAL
from explorer.models.generation import continue_text
from explorer.models.recurrent import Recurrent
from explorer.training.run import ReadableRun
from explorer.ui.address.settings import SAMPLE_LENGTH, SAMPLING_SEED, TEMPERATURE, TOP_K, TOP_P
from explorer.ui.cache import kept, model_at, sequences_of
from explorer.ui.progress import Progress
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.widgets import ask, slide_within

MOST_STEPS = 8  # recorded steps whose samples are shown
NO_CHANCE = "Temperature 0 takes the most likely character: nothing is drawn at random."
SHORT = 120  # characters of each of those


class Sampling(NamedTuple):
    """How characters are drawn."""

    temperature: float
    top_k: int
    top_p: float
    seed: int


def draw(subject: SequenceSubject) -> None:
    """Draw the widgets, the continuation at the chosen step, and short ones over the training."""
    st.markdown("**Continue the text**")
    count, sampling = _choose(len(subject.splits.vocabulary))
    prompt = subject.sequence.inputs[0, : subject.sequence.steps].tolist()
    told = "".join(subject.splits.vocabulary[token] for token in prompt)
    st.html(marked(told, sample(subject.run, subject.step, tuple(prompt), count, sampling)))
    st.caption(
        f"Grey: the sequence above. Then {count} generated characters. Temperature 0 always takes the most likely one."
    )
    _over_training(subject, tuple(prompt), sampling)


def _choose(tokens: int) -> tuple[int, Sampling]:
    left, second, third, fourth, right = st.columns(5)
    with left:
        temperature = ask(TEMPERATURE, st.slider, "Temperature", 0.0, 2.0, step=0.05)
    chance = temperature > 0
    with second:
        words = "Draw only among the likeliest k characters." if chance else NO_CHANCE
        top_k = slide_within(TOP_K, "Top k, 0 for all", 0, tokens, help=words, disabled=not chance)
    with third:
        words = "Draw only among the fewest likeliest characters that together have this probability."
        words = words if chance else NO_CHANCE
        top_p = ask(TOP_P, st.slider, "Top p, 1 for all", 0.05, 1.0, step=0.05, help=words, disabled=not chance)
    with fourth:
        count = slide_within(SAMPLE_LENGTH, "Length, characters", 50, 1000)
    with right:
        drawn = chance and top_k != 1
        why = None if drawn else "With top k 1 the most likely character is taken." if chance else NO_CHANCE
        seed = ask(SAMPLING_SEED, st.number_input, "Sampling seed", 0, 9999, help=why, disabled=not drawn)
    return count, Sampling(float(temperature), top_k, float(top_p), int(seed))


def _over_training(subject: SequenceSubject, prompt: tuple[int, ...], sampling: Sampling) -> None:
    """Draw a short sample of several recorded steps, each with its validation loss, so that they can be compared."""
    with st.expander("The same start at earlier steps of the training", expanded=True):
        steps = spread_over(subject.steps)
        progress, lines = Progress(len(steps)), []
        losses = subject.run.metrics().dropna(subset=["validation_loss"])
        for step in steps:
            work = partial(sample, subject.run, step, prompt, SHORT, sampling)
            text = progress.of(work, f"Sampling at step {step:,}")
            before = losses[losses["step"] <= step]["validation_loss"]
            loss = "" if before.empty else f", validation loss {before.iloc[-1]:.3f}"
            lines.append(f"<p style='margin:0;color:{NEUTRAL}'>step {step:,}{loss}</p>{marked('', text)}")
        progress.end()
        st.html("".join(lines))
        st.caption(f"The first {SHORT} generated characters of each step, drawn with the same settings and seed.")


def spread_over(steps: list[int]) -> list[int]:
    """At most eight recorded steps, the first and the last among them, evenly over their order."""
    places = np.linspace(0, len(steps) - 1, min(MOST_STEPS, len(steps))).round().astype(int)
    return [steps[place] for place in dict.fromkeys(places.tolist())]


def marked(prompt: str, said: str) -> str:
    """HTML in which what was given is grey and what was generated is not."""
    style = "white-space:pre-wrap;font-family:monospace;font-size:0.85rem;margin:0 0 0.6rem"
    given = f"<span style='color:{NEUTRAL}'>{escape(prompt)}</span>" if prompt else ""
    return f"<div style='{style}'>{given}<span>{escape(said)}</span></div>"


@kept(256)
def sample(run: ReadableRun, step: int, prompt: tuple[int, ...], count: int, sampling: Sampling) -> str:
    """The continuation of some tokens by the network of a run at a recorded step."""
    with model_at(run, step) as model:
        assert isinstance(model, Recurrent)
        said = continue_text(
            model,
            torch.tensor(prompt),
            count,
            sampling.temperature,
            torch.Generator().manual_seed(sampling.seed),
            top_k=sampling.top_k,
            top_p=sampling.top_p,
        )
    vocabulary = sequences_of(run.config.dataset).vocabulary
    return "".join(vocabulary[int(token)] for token in said)
