"""Output: the network's answer beside the target, for each kind of task."""

import numpy as np
import pandas as pd
import streamlit as st
import torch

from explorer.datasets.splits import Objective
from explorer.datasets.text import bits_per_character, gzip_bits_per_character
from explorer.figures.maps import single_map
from explorer.figures.predictions import probability_bars
from explorer.figures.states import coloured_text, unit_traces
from explorer.figures.through_time import before_after
from explorer.figures.tokens import token_probabilities
from explorer.inspection import softmax_steps
from explorer.models.generation import draw as draw_rows
from explorer.models.recurrent import Recurrent
from explorer.training.objective import evaluate_split
from explorer.training.run import ReadableRun
from explorer.training.written import written_accuracy
from explorer.ui.cache import kept, model_at, sequences_of
from explorer.ui.chart import chart
from explorer.ui.subject.sequence import SequenceSubject, visible
from explorer.ui.views.sequence import forecasts, generated
from explorer.ui.views.sequence.timed import timed_chart

MOST_FEATURES = 6  # more lines are hard to distinguish


def draw(subject: SequenceSubject) -> None:
    """Draw the answer in the way that suits its kind."""
    if subject.splits.is_encoder_decoder:
        _translation(subject)
    elif subject.splits.objective is Objective.CLASS:
        _one_class(subject)
    elif subject.splits.objective is Objective.CLASS_PER_STEP:
        _class_at_every_step(subject)
    elif subject.splits.is_series:
        forecasts.draw(subject)
    else:
        _numbers(subject)


def _one_class(subject: SequenceSubject) -> None:
    _read(subject)
    logits = torch.from_numpy(subject.answer())
    names = subject.splits.class_names
    truth = int(subject.sequence.target[0]) if subject.sequence.target is not None else None
    figure = probability_bars(softmax_steps(logits).probabilities.numpy(), names, truth)
    chart(figure, "probabilities", "probabilities")


def _class_at_every_step(subject: SequenceSubject) -> None:
    logits = torch.from_numpy(subject.answer())  # (time, class)
    probabilities = logits.double().softmax(1).numpy()
    names = [visible(name) for name in subject.splits.class_names]
    here = probabilities[subject.time]
    truths = subject.answered_ticks
    truth = truths[subject.time] if truths else None
    read = subject.ticks[subject.time]
    figure = token_probabilities(names, here, truth or None, f"After reading {read!r} at step {subject.time}")
    chart(figure, "next-token", "next-token")
    if truths:
        surprise = _surprise(subject, probabilities)
        worst = np.argsort(-surprise)[:8]
        told = [f"step {step}: {truths[step]!r} had {np.exp(-surprise[step]):.1%}" for step in worst if truths[step]]
        chart(
            coloured_text(
                truths,
                surprise,
                "The target at each step; the redder, the more surprising",
                signed=False,
                quantity="surprise, nats",
            ),
            "surprise",
            "surprise",
            reading=f"The most surprising: {' · '.join(told)}",
        )
    if subject.splits.autoregressive:
        _against_gzip(subject)
        generated.draw(subject)


def _against_gzip(subject: SequenceSubject) -> None:
    """Compare the bits per character of the network and of a compressor on the same held-out text."""
    loss = subject.run.state().test_loss
    if loss is None:
        return
    own, gzip = bits_per_character(loss), gzip_bits_per_character(subject.splits)
    verdict = "beats it" if own < gzip else f"does not beat it: {own - gzip:.2f} bits more"
    st.markdown(
        f"On the held-out text the finished network needs **{own:.2f} bits per character**, "
        f"gzip -9 needs **{gzip:.2f}**: the network {verdict}."
    )


def _surprise(subject: SequenceSubject, probabilities: np.ndarray) -> np.ndarray:
    """−ln of the target's probability, in nats; 0 where there is no target."""
    assert subject.sequence.target is not None
    target = subject.sequence.target[0, : len(probabilities)].numpy()
    asked = target >= 0
    chosen = probabilities[np.arange(len(target)), np.where(asked, target, 0)]
    return np.where(asked, -np.log(np.maximum(chosen, 1e-12)), 0.0)


def _translation(subject: SequenceSubject) -> None:
    splits, sequence = subject.splits, subject.sequence
    said = subject.written()
    _both_accuracies(subject)
    right = sequence.target[0] if sequence.target is not None else None
    source = "".join(splits.vocabulary[int(token)] for token in sequence.inputs[0, : sequence.steps])
    st.markdown(f"The network reads **{source}** and writes, token by token, without teacher forcing:")
    columns = {"step": list(range(len(said))), "written": [visible(splits.class_names[token]) for token in said]}
    if right is not None:
        asked = [int(token) for token in right]
        columns["target"] = [visible(splits.class_names[token]) if token >= 0 else "" for token in asked]
        columns["correct"] = [
            "" if token < 0 else "✓" if token == own else "✗" for token, own in zip(asked, said, strict=True)
        ]
    st.dataframe(pd.DataFrame(columns).set_index("step").T)


def _both_accuracies(subject: SequenceSubject) -> None:
    told, written = _on_the_test_split(subject.run, subject.step)
    st.markdown(
        f"On the test split at this step, **{written:.1%}** of whole answers written freely are right, and "
        f"**{told:.1%}** of the characters when the network is told the right answer so far."
    )


@kept(64, spinner="Writing the answers of the test split …")
def _on_the_test_split(run: ReadableRun, step: int) -> tuple[float, float]:
    splits = sequences_of(run.config.dataset)
    with model_at(run, step) as model:
        written = written_accuracy(model, splits, "test")
        assert written is not None
        return evaluate_split(model, splits, "test").accuracy, written


def _numbers(subject: SequenceSubject) -> None:
    answer = subject.answer()
    target = subject.sequence.target
    if not subject.splits.autoregressive:
        _read(subject)
    right = target[0].numpy() if target is not None else answer
    if subject.splits.objective is Objective.NUMBERS:
        names = subject.splits.class_names
        st.dataframe(pd.DataFrame({"answer": answer, "target": right, "difference": answer - right}, index=list(names)))
        return
    if subject.splits.autoregressive:
        _drawing(subject, right)
        return
    for number, name in enumerate(subject.splits.class_names):
        timed_chart(
            subject,
            before_after(
                right[:, number], answer[:, number], ("target", "answer"), name, subject.ticks, subject.time, name
            ),
            f"answer-{number}",
            "answers-in-time",
        )


def _read(subject: SequenceSubject) -> None:
    """Draw the input: few features as lines, many as the picture that is read row by row, with the row of now."""
    strip = subject.strip
    if strip is None:
        return
    if len(strip.values) <= MOST_FEATURES:
        features = range(len(strip.values))
        figure = unit_traces(strip.values, features, "The input at each step", None, subject.time, strip.names)
        chart(figure, "read", "sequence-read")
        return
    title = f"The input, a row at each step: step {subject.time} reads row {subject.time}"
    chart(single_map(strip.values.T, title, quantity="input"), "read", "sequence-read")


def _drawing(subject: SequenceSubject, right: np.ndarray) -> None:
    classes = len(subject.splits.class_names) and subject.sequence.inputs.shape[2] - right.shape[1]
    label = int(subject.sequence.inputs[0, 0, :classes].argmax())
    with model_at(subject.run, subject.step) as model:
        assert isinstance(model, Recurrent)
        drawn = draw_rows(model, torch.tensor([label]), classes, right.shape[0])[0].numpy()
    left, beside = st.columns(2)
    with left:
        chart(single_map(drawn, f"Generated for class {label}, row by row", quantity="pixel"), "drawn", "drawn")
    with beside:
        chart(single_map(right, f"An example of class {label}", quantity="pixel"), "drawn-right", "drawn-right")
