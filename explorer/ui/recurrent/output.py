"""Output: what the network says, beside what is right, for whatever its task asks."""

import numpy as np
import pandas as pd
import streamlit as st
import torch

from explorer.datasets.text import bits_per_character, gzip_bits_per_character
from explorer.figures.maps import single_map
from explorer.figures.predictions import probability_bars
from explorer.figures.states import coloured_text, unit_traces
from explorer.figures.through_time import before_after
from explorer.figures.tokens import token_probabilities
from explorer.inspection import softmax_steps
from explorer.models.generation import continue_text, decode
from explorer.models.generation import draw as draw_rows
from explorer.models.recurrent import EncoderDecoder, Recurrent
from explorer.ui.chart import chart
from explorer.ui.look import model_at
from explorer.ui.recurrent import forecasts
from explorer.ui.recurrent.look import SequenceLook, visible

MOST_FEATURES = 6  # more are no lines to be told apart


def draw(look: SequenceLook) -> None:
    """One view for each kind of answer."""
    if look.splits.source_length:
        _translation(look)
    elif look.splits.objective == "class":
        _one_class(look)
    elif look.splits.objective == "classes":
        _class_at_every_step(look)
    elif look.splits.time_labels:
        forecasts.draw(look)
    else:
        _numbers(look)


def _one_class(look: SequenceLook) -> None:
    logits = torch.from_numpy(look.answer())
    names = look.splits.class_names
    truth = int(look.sequence.target[0]) if look.sequence.target is not None else None
    figure = probability_bars(softmax_steps(logits).probabilities.numpy(), names, truth)
    chart(figure, "probabilities", "probabilities")


def _class_at_every_step(look: SequenceLook) -> None:
    logits = torch.from_numpy(look.answer())  # (time, class)
    probabilities = logits.double().softmax(1).numpy()
    names = [visible(name) for name in look.splits.class_names]
    here = probabilities[look.time]
    truths = look.answered_ticks
    truth = truths[look.time] if truths else None
    read = look.ticks[look.time]
    figure = token_probabilities(names, here, truth or None, f"After reading {read!r} at step {look.time}")
    chart(figure, "next-token", "next-token")
    if truths:
        surprise = _surprise(look, probabilities)
        worst = np.argsort(-surprise)[:8]
        told = [f"step {step}: {truths[step]!r} had {np.exp(-surprise[step]):.1%}" for step in worst if truths[step]]
        chart(
            coloured_text(truths, surprise, "What was right at each step, the redder the more surprising"),
            "surprise",
            "surprise",
            reading=f"The most surprising: {' · '.join(told)}",
        )
    if look.splits.autoregressive:
        _against_gzip(look)
        _generate(look)


def _against_gzip(look: SequenceLook) -> None:
    """Of running text: the network's bits a character beside those of a compressor, on the same held-out text."""
    loss = look.run.state().test_loss
    if loss is None:
        return
    own, gzip = bits_per_character(loss), gzip_bits_per_character(look.splits)
    verdict = "beats it" if own < gzip else f"does not beat it: {own - gzip:.2f} bits more"
    st.markdown(
        f"On the held-out text the finished network needs **{own:.2f} bits a character**, "
        f"gzip -9 needs **{gzip:.2f}**: the network {verdict}."
    )


def _surprise(look: SequenceLook, probabilities: np.ndarray) -> np.ndarray:
    """−ln of the probability of what was right, in nats; 0 where nothing was asked."""
    assert look.sequence.target is not None
    target = look.sequence.target[0, : len(probabilities)].numpy()
    asked = target >= 0
    chosen = probabilities[np.arange(len(target)), np.where(asked, target, 0)]
    return np.where(asked, -np.log(np.maximum(chosen, 1e-12)), 0.0)


def _generate(look: SequenceLook) -> None:
    st.markdown("**Let it go on by itself**")
    left, right = st.columns(2)
    with left:
        temperature = st.slider("Temperature", 0.0, 2.0, value=0.7, step=0.05, key="temperature", bind="query-params")
    with right:
        seed = st.number_input("Seed of the draw", 0, 9999, value=0, key="seed", bind="query-params")
    prompt = look.sequence.inputs[0, : look.sequence.steps]
    with model_at(look.run, look.step) as model:
        assert isinstance(model, Recurrent)
        said = continue_text(model, prompt, 300, temperature, torch.Generator().manual_seed(int(seed)))
    text = "".join(look.splits.vocabulary[int(token)] for token in said)
    st.code("".join(look.splits.vocabulary[int(token)] for token in prompt) + text, language=None, wrap_lines=True)
    st.caption(
        "The sequence above, then 300 characters of the network's own. Temperature 0 always takes the likeliest."
    )


def _translation(look: SequenceLook) -> None:
    splits, sequence = look.splits, look.sequence
    start = int(sequence.inputs[0, splits.source_length])
    with model_at(look.run, look.step) as model:
        assert isinstance(model, EncoderDecoder)
        said = decode(model, sequence.inputs[:, : sequence.steps], start, splits.test.targets.shape[1])[0]
    right = sequence.target[0] if sequence.target is not None else None
    source = "".join(splits.vocabulary[int(token)] for token in sequence.inputs[0, : sequence.steps])
    st.markdown(f"Reads **{source}** and writes, token by token, without being told any of it:")
    columns = {"step": list(range(len(said))), "written": [visible(splits.class_names[int(token)]) for token in said]}
    if right is not None:
        asked = [int(token) for token in right]
        columns["right"] = [visible(splits.class_names[token]) if token >= 0 else "" for token in asked]
        columns["same"] = [
            "" if token < 0 else "✓" if token == int(own) else "✗" for token, own in zip(asked, said, strict=True)
        ]
    st.dataframe(pd.DataFrame(columns).set_index("step").T)


def _numbers(look: SequenceLook) -> None:
    answer = look.answer()
    target = look.sequence.target
    read = look.sequence.inputs[0].numpy().T  # (feature, time)
    if len(read) <= MOST_FEATURES:
        names = look.splits.feature_names
        figure = unit_traces(read, range(len(read)), "What is read at each step", chosen=look.time, names=names)
        chart(figure, "read", "sequence-read")
    right = target[0].numpy() if target is not None else answer
    if look.splits.objective == "value":
        names = look.splits.class_names
        st.dataframe(pd.DataFrame({"answer": answer, "right": right, "difference": answer - right}, index=list(names)))
        return
    if look.splits.autoregressive:
        _drawing(look, right)
        return
    for number, name in enumerate(look.splits.class_names):
        chart(
            before_after(right[:, number], answer[:, number], ("right", "answer"), name, look.ticks, look.time, name),
            f"answer-{number}",
            "answers-in-time",
        )


def _drawing(look: SequenceLook, right: np.ndarray) -> None:
    classes = len(look.splits.class_names) and look.sequence.inputs.shape[2] - right.shape[1]
    label = int(look.sequence.inputs[0, 0, :classes].argmax())
    with model_at(look.run, look.step) as model:
        assert isinstance(model, Recurrent)
        drawn = draw_rows(model, torch.tensor([label]), classes, right.shape[0])[0].numpy()
    left, beside = st.columns(2)
    with left:
        chart(single_map(drawn, f"Drawn for class {label}, row by row, from its own rows"), "drawn", "drawn")
    with beside:
        chart(single_map(right, f"An example of class {label}"), "drawn-right", "drawn-right")
