"""The four pictures of the first page, each from a real run: the visitor's newest that is quickly drawn, or ours."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from explorer.errors import ExplorerError
from explorer.figures import tiles
from explorer.training.run import Run
from explorer.ui import runs

GATES = {"forget_gate": "forget", "input_gate": "input", "output_gate": "output"}
MOST_MAPS = 16
ANSWERED = 6  # two rows of three
LOOKED_THROUGH = 50  # pictures among which the clearest is shown
_SEQUENCES = ("adding", "digit_rows", "parity", "flip_flop", "bracket_depth", "copy_memory")


class Tile(NamedTuple):
    """What a network is, and how its picture is drawn."""

    text: str
    kind: str  # of chart, in explorer/learn/about_charts
    data_sets: tuple[str, ...]  # whose examples are at hand at once
    draw: Callable[[Run, int], go.Figure]


def run_of(model: str) -> Run:
    """The run whose picture is shown: the newest finished one of the visitor's on data that loads at once, else ours.

    Raises:
        ExplorerError: where not even ours is there.
    """
    for run in runs.known_runs((model,)).values():
        at_hand = run.config is not None and run.config.dataset.name in TILES[model].data_sets
        if at_hand and run.status == "finished" and run.steps:
            return run
    raise ExplorerError(f"There is no finished {model} run, not even the one that ships.")


def source_of(run: Run) -> str:
    """Whose run a picture is from."""
    return "From a run that ships." if run.path.is_relative_to(runs.SHIPPED) else f"From your run {run.id[-4:]}."


def figure_of(model: str, run: Run) -> go.Figure:
    """The picture of a run at its end."""
    return TILES[model].draw(run, run.steps[-1])


# ── what is drawn: arrays are kept, so that no network is needed twice ───────────────────────────────────────────────
def _cnn(run: Run, step: int) -> go.Figure:
    picture, maps, label = _maps(str(run.path), step, run)
    return tiles.feature_maps(picture, maps, f"“{label}” as {len(maps)} feature maps")


def _pretrained(run: Run, step: int) -> go.Figure:
    pictures, right = _answers(str(run.path), step, run)
    return tiles.predictions(pictures, right, f"New pictures: {int(right.sum())} of {len(right)} right")


def _rnn(run: Run, step: int) -> go.Figure:
    hidden = _sequence(str(run.path), step, run)["hidden"]
    return tiles.states(hidden, f"The state of {len(hidden)} units")


def _lstm(run: Run, step: int) -> go.Figure:
    found = _sequence(str(run.path), step, run)
    return tiles.gates({name: found[name] for name in GATES}, list(GATES.values()), "How far each gate is open")


@st.cache_data(max_entries=16, show_spinner=False)
def _maps(path: str, step: int, _run: Run) -> tuple[np.ndarray, np.ndarray, str]:
    from explorer.inspection import capture, predict  # torch takes seconds to import: the page is there before
    from explorer.ui.look import model_at, pictures_of

    assert _run.config is not None
    splits = pictures_of(_run.config.dataset)
    inputs, targets = (side[:LOOKED_THROUGH] for side in splits.test)
    with model_at(_run, step) as model:
        clearest = int(predict(model, inputs).probabilities[range(len(targets)), targets].argmax())
        probe = inputs[clearest : clearest + 1]
        captured = capture(model, probe)
    activations = [values for name, values in captured.items() if values.ndim == 4 and "activation" in name]
    maps = activations[0][0, :MOST_MAPS].numpy()
    return splits.pictures(probe)[0], maps, splits.class_names[int(targets[clearest])]


@st.cache_data(max_entries=16, show_spinner=False)
def _answers(path: str, step: int, _run: Run) -> tuple[np.ndarray, np.ndarray]:
    from explorer.inspection import predict
    from explorer.ui.look import model_at, pictures_of

    assert _run.config is not None
    test = pictures_of(_run.config.dataset).test
    inputs, targets = test.inputs[:ANSWERED], test.targets[:ANSWERED]
    with model_at(_run, step) as model:
        right = predict(model, inputs).logits.argmax(1) == targets
    return pictures_of(_run.config.dataset).pictures(inputs), right.numpy()


@st.cache_data(max_entries=16, show_spinner=False)
def _sequence(path: str, step: int, _run: Run) -> dict[str, np.ndarray]:
    """Every quantity (unit, time) of the first layer for the first test sequence."""
    from explorer.datasets.sequences import Sequences
    from explorer.inspection import trace
    from explorer.ui.look import data_of, model_at
    from explorer.ui.recurrent.look import Sequence, part_of

    assert _run.config is not None
    splits = data_of(_run.config.dataset)
    assert isinstance(splits, Sequences)
    lengths = splits.lengths_of("test")
    inputs, targets = (side[:1] for side in splits.test)
    steps = inputs.shape[1] if lengths is None else int(lengths[0])
    with model_at(_run, step) as model:
        part = part_of(model, splits, Sequence(inputs, targets, steps), decoder=False)
        found = trace(part.module, part.inputs, part.initial).layers[0].quantities
    return {name: values[0].numpy().T for name, values in found.items()}


TILES = {
    "cnn": Tile(
        "Small kernels slide over a picture: each maps where its pattern is.", "feature-maps", ("digits",), _cnn
    ),
    "pretrained": Tile(
        "Has learnt other pictures before, and needs only a few of yours.", "new-pictures", ("shapes",), _pretrained
    ),
    "rnn": Tile("Reads step by step, and carries a state: a row here is one unit's.", "states", _SEQUENCES, _rnn),
    "lstm": Tile("Gates decide what is forgotten, written and read: bright is open.", "gates", _SEQUENCES, _lstm),
}
