"""Generalisation over length: each network on new sequences, shorter and longer than those of its training."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
import torch

from explorer import datasets
from explorer.config import DatasetConfig, MadeSequences, RunConfig, bounds, parse
from explorer.datasets.sequences import Sequences
from explorer.figures.lengths import against_length
from explorer.training.objective import evaluate
from explorer.training.run import ReadableRun
from explorer.ui.address.settings import LENGTHS_AT_STEP
from explorer.ui.cache import held, kept, model_at
from explorer.ui.chart import chart
from explorer.ui.progress import Progress
from explorer.ui.subject.sequence import SequenceSubject
from explorer.ui.views.sequence.chosen_runs import Network
from explorer.ui.views.sequence.followed_back import at_nearest_step
from explorer.ui.widgets import toggle

LENGTHS = (5, 10, 20, 30, 50, 75, 100, 150, 200)
EXAMPLES = 1000
WITHIN = 0.1  # of the target: near enough
FREE = ("length", "blanks")  # the names of a task's length in its configuration


class Measured(NamedTuple):
    """A network on sequences of one length."""

    loss: float
    share: float  # the accuracy, or the share of numbers that are near enough


def draw(subject: SequenceSubject, compared: Sequence[Network]) -> None:
    """Draw loss and accuracy of every network against the length, or a sentence if the length is fixed.

    The networks are those at the end of their training, unless the chosen step is asked for: measuring takes seconds.
    """
    field = free_length(subject.config)
    if field is None:
        st.caption("The sequences of this task have a fixed length.")
        return
    trained = int(getattr(subject.config.dataset, field))
    lengths = lengths_to_try(subject.config)
    fresh = [fresh_sequences(fresh_config(subject.config, length)) for length in lengths]
    at_chosen = toggle(LENGTHS_AT_STEP, f"At training step {subject.step:,} instead of at the end of the training")
    losses: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    shares: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    progress = Progress(len(lengths) * sum(len(network.runs) for network in compared))
    for network in compared:
        measured = [
            [
                progress.of(
                    partial(_measured, run, _step(subject, run, at_chosen), fresh_config(subject.config, length)),
                    f"{network.name} on {EXAMPLES:,} sequences of length {length}",
                )
                for length in lengths
            ]
            for run in network.runs
        ]
        losses[network.name] = np.array(lengths), np.array([[one.loss for one in row] for row in measured])
        shares[network.name] = np.array(lengths), np.array([[one.share for one in row] for row in measured])
    progress.end()
    colours = {network.name: network.colour for network in compared}
    word, splits = "sequence length" if field == "length" else "blanks between", subject.splits
    left, right = st.columns(2)
    with left:
        chart(
            against_length(
                losses,
                f"Loss against {word}",
                (f"{word}, time steps", splits.unit),
                baselines=(np.array(lengths), np.array([one.baseline for one in fresh])),
                baseline_name=splits.baseline_name,
                trained_at=trained,
                colours=colours,
            ),
            "length-loss",
            "loss-by-length",
        )
    numbers = not splits.objective.is_classification
    with right:
        title = f"Answers within {WITHIN:g} of the target" if numbers else "Accuracy"
        chart(
            against_length(
                shares, title, (f"{word}, time steps", "accuracy"), accuracy=True, trained_at=trained, colours=colours
            ),
            "length-share",
            "share-by-length",
        )
    st.caption(
        f"{EXAMPLES:,} new sequences of each length, which no network has seen. All networks were trained at length "
        f"{trained} (dashed)."
    )


def _step(subject: SequenceSubject, run: ReadableRun, at_chosen: bool) -> int:
    return at_nearest_step(subject, run).step if at_chosen else run.steps[-1]


def free_length(config: RunConfig) -> str | None:
    """The name of the length in the configuration of the run's task; None if the length is fixed."""
    if not isinstance(config.dataset, MadeSequences):
        return None
    return next((name for name in FREE if name in type(config.dataset).model_fields), None)


def lengths_to_try(config: RunConfig) -> list[int]:
    """The lengths to evaluate, within the task's bounds, with the one of the training.

    Raises:
        ValueError: if the length is fixed.
    """
    field = free_length(config)
    if field is None:
        raise ValueError(f"{config.dataset.name} has no free length")
    low, high = bounds(type(config.dataset).model_fields[field].metadata)
    inside = {length for length in LENGTHS if (low is None or length >= low) and (high is None or length <= high)}
    return sorted(inside | {int(getattr(config.dataset, field))})


def fresh_config(config: RunConfig, length: int) -> DatasetConfig:
    """The data of a length, from a seed that the run did not train on; its test split is evaluated."""
    field = free_length(config)
    values: dict[str, Any] = config.dataset.model_dump()
    seed = (values["data_seed"] + 1) % 10000
    changed = values | {field: length, "examples": 500, "data_seed": seed}
    return parse({"dataset": changed}).dataset


@held(24)
def fresh_sequences(config: DatasetConfig) -> Sequences:
    """The sequences of a configuration, kept besides the data sets that pages show."""
    splits = datasets.load(config)
    assert isinstance(splits, Sequences)
    return splits


@kept(512)
def _measured(run: ReadableRun, step: int, config: DatasetConfig) -> Measured:
    splits = fresh_sequences(config)
    inputs, targets = (tensor[:EXAMPLES] for tensor in splits.test)
    lengths = splits.lengths_of("test")
    lengths = None if lengths is None else lengths[:EXAMPLES]
    with model_at(run, step) as model:
        found = evaluate(model, type(splits.test)(inputs, targets), objective=splits.objective, lengths=lengths)
        if splits.objective.is_classification:
            return Measured(found.loss, found.accuracy)
        with torch.no_grad():
            answers = torch.cat([model(part) for part in torch.split(inputs, 128)])
    return Measured(found.loss, float(((answers - targets).abs() <= WITHIN).float().mean()))
