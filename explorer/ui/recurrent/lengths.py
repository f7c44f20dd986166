"""How far what was learnt reaches: each network on fresh sequences, shorter and longer than those it was trained on."""

from time import monotonic
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
import torch

from explorer import datasets
from explorer.config import MadeSequences, RunConfig, bounds, parse
from explorer.datasets.sequences import Sequences
from explorer.figures.lengths import against_length
from explorer.training.objective import evaluate
from explorer.training.run import Run
from explorer.ui.chart import chart
from explorer.ui.look import model_at
from explorer.ui.recurrent.gradients import at_nearest_step, colour_of, name_of
from explorer.ui.recurrent.look import SequenceLook

LENGTHS = (5, 10, 20, 30, 50, 75, 100, 150, 200)
EXAMPLES = 1000
WITHIN = 0.1  # of the right number: near enough
PATIENCE = 0.5  # seconds after which a person is told what takes so long
FREE = ("length", "blanks")  # what the length of a task is called in its configuration


class Measured(NamedTuple):
    """A network on sequences of one length."""

    loss: float
    share: float  # of right answers, or of numbers that are near enough


def draw(look: SequenceLook, compared: list[Run]) -> None:
    """Loss and share of right answers of every run against the length, or a sentence where the length is fixed."""
    field = free_length(look.config)
    if field is None:
        st.caption("The sequences of this task have the length they have: there is no other to try the networks on.")
        return
    trained = int(getattr(look.config.dataset, field))
    lengths = lengths_to_try(look.config)
    fresh = [fresh_sequences(look.config, length) for length in lengths]
    began, note = monotonic(), st.empty()
    losses: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    shares: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    colours: dict[str, str] = {}
    for number, run in enumerate(compared):
        other = at_nearest_step(look, run)
        measured = []
        for place, length in enumerate(lengths):
            measured.append(_measured(str(run.path), other.step, length, run, fresh[place]))
            if monotonic() - began > PATIENCE:
                done = number * len(lengths) + place + 1
                share_done = done / (len(lengths) * len(compared))
                note.progress(share_done, f"{name_of(run)} on {EXAMPLES:,} sequences of length {length}")
        name = f"{name_of(run)}, step {other.step:,}"
        colours[name] = colour_of(run)
        losses[name] = np.array(lengths), np.array([found.loss for found in measured])
        shares[name] = np.array(lengths), np.array([found.share for found in measured])
    note.empty()
    word, splits = "sequence length" if field == "length" else "blanks between", look.splits
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
    numbers = splits.unit != "nats"
    with right:
        title = f"Answers within {WITHIN:g} of the right one" if numbers else "Right answers"
        chart(
            against_length(
                shares, title, (f"{word}, time steps", "share"), accuracy=True, trained_at=trained, colours=colours
            ),
            "length-share",
            "share-by-length",
        )
    st.caption(
        f"{EXAMPLES:,} sequences of each length, drawn for this alone: no network has seen them. All were trained at "
        f"{trained} (dashed)."
    )


def free_length(config: RunConfig) -> str | None:
    """What the length of the run's task is called in its configuration; None where it has no free one."""
    if not isinstance(config.dataset, MadeSequences):
        return None
    return next((name for name in FREE if name in type(config.dataset).model_fields), None)


def lengths_to_try(config: RunConfig) -> list[int]:
    """The lengths within the task's bounds, and the one it was trained on.

    Raises:
        ValueError: where the task has no free length.
    """
    field = free_length(config)
    if field is None:
        raise ValueError(f"{config.dataset.name} has no free length")
    low, high = bounds(type(config.dataset).model_fields[field].metadata)
    inside = {length for length in LENGTHS if (low is None or length >= low) and (high is None or length <= high)}
    return sorted(inside | {int(getattr(config.dataset, field))})


def fresh_sequences(config: RunConfig, length: int) -> Sequences:
    """Sequences of a length, from a seed that the run did not train on; ``test`` holds those to be asked about."""
    field = free_length(config)
    values: dict[str, Any] = config.dataset.model_dump()
    seed = (values["data_seed"] + 1) % 10000
    changed = values | {field: length, "examples": 500, "data_seed": seed}
    return _drawn(parse({"dataset": changed}).model_dump_json(include={"dataset"}))


@st.cache_resource(max_entries=24, show_spinner=False)
def _drawn(key: str) -> Sequences:
    config = RunConfig.model_validate_json(key)
    splits = datasets.load(config)
    assert isinstance(splits, Sequences)
    return splits


@st.cache_data(max_entries=512, show_spinner=False)
def _measured(path: str, step: int, length: int, _run: Run, _splits: Sequences) -> Measured:
    inputs, targets = (tensor[:EXAMPLES] for tensor in _splits.test)
    lengths = _splits.lengths_of("test")
    lengths = None if lengths is None else lengths[:EXAMPLES]
    with model_at(_run, step) as model:
        found = evaluate(model, type(_splits.test)(inputs, targets), objective=_splits.objective, lengths=lengths)
        if _splits.unit == "nats":
            return Measured(found.loss, found.accuracy)
        with torch.no_grad():
            answers = torch.cat([model(part) for part in torch.split(inputs, 128)])
    return Measured(found.loss, float(((answers - targets).abs() <= WITHIN).float().mean()))
