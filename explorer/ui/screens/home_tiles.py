"""The four pictures of Home, each from a real run: the visitor's newest on quickly loaded data, or an example run."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.config import Part, PretrainedModel
from explorer.errors import ExplorerError
from explorer.figures import tiles
from explorer.inspection import capture, predict, trace
from explorer.training.examples import ships
from explorer.training.run import ReadableRun
from explorer.ui.cache import kept, model_at, opens, pictures_of, sequences_of
from explorer.ui.run import runs
from explorer.ui.subject.sequence import network_at

GATES = {"forget_gate": "forget", "input_gate": "input", "output_gate": "output"}
MOST_MAPS = 16
ANSWERED = 6  # two rows of three
SEARCHED = 50  # pictures, of which the most confident one is shown
_SEQUENCES = ("adding", "digit_rows", "parity", "flip_flop", "bracket_depth", "copy_memory")


class Tile(NamedTuple):
    """A sentence on a network, and the way to draw its picture."""

    text: str
    kind: str  # of chart, in explorer/learn/about_charts
    data_sets: tuple[str, ...]  # that load quickly
    draw: Callable[[ReadableRun, int], go.Figure]


def run_of(model: str) -> ReadableRun:
    """The run of a picture: the visitor's newest finished one on quickly loaded data, else the example run.

    Raises:
        ExplorerError: if the example run is missing.
    """
    for run in runs.mine_or_examples((model,)):
        at_hand = run.config.dataset.name in TILES[model].data_sets
        if at_hand and stands_for_its_kind(run.config.model) and run.status == "finished" and opens(run):
            return run
    raise ExplorerError(f"No finished {model} run was found, and the example run is missing.")


def stands_for_its_kind(model: Part) -> bool:
    """False for a run of a pretrained architecture that began with random weights."""
    return not isinstance(model, PretrainedModel) or model.begins_pretrained


def source_of(run: ReadableRun) -> str:
    """A sentence on the run of a picture."""
    return "From an example run." if ships(run) else f"From your run {run.id[-4:]}."


def figure_of(model: str, run: ReadableRun) -> go.Figure:
    """The picture of a run at its end."""
    return TILES[model].draw(run, run.steps[-1])


# ── the pictures: arrays are kept, so that no network runs twice ──────────────────────────────────────────────────
def _cnn(run: ReadableRun, step: int) -> go.Figure:
    picture, maps, label = _maps(run, step)
    return tiles.feature_maps(picture, maps, f"“{label}” as {len(maps)} feature maps")


def _pretrained(run: ReadableRun, step: int) -> go.Figure:
    pictures, right = _answers(run, step)
    return tiles.predictions(pictures, right, f"New pictures: {int(right.sum())} of {len(right)} correct")


def _rnn(run: ReadableRun, step: int) -> go.Figure:
    hidden = _sequence(run, step)["hidden"]
    return tiles.states(hidden, f"The state of {len(hidden)} units")


def _lstm(run: ReadableRun, step: int) -> go.Figure:
    found = _sequence(run, step)
    return tiles.gates({name: found[name] for name in GATES}, list(GATES.values()), "The values of each gate")


@kept(16)
def _maps(run: ReadableRun, step: int) -> tuple[np.ndarray, np.ndarray, str]:

    splits = pictures_of(run.config.dataset)
    inputs, targets = (side[:SEARCHED] for side in splits.test)
    with model_at(run, step) as model:
        clearest = int(predict(model, inputs).probabilities[range(len(targets)), targets].argmax())
        probe = inputs[clearest : clearest + 1]
        captured = capture(model, probe)
    activations = [values for name, values in captured.items() if values.ndim == 4 and "activation" in name]
    maps = activations[0][0, :MOST_MAPS].numpy()
    return splits.pictures(probe)[0], maps, splits.class_names[int(targets[clearest])]


@kept(16)
def _answers(run: ReadableRun, step: int) -> tuple[np.ndarray, np.ndarray]:

    test = pictures_of(run.config.dataset).test
    inputs, targets = test.inputs[:ANSWERED], test.targets[:ANSWERED]
    with model_at(run, step) as model:
        right = predict(model, inputs).logits.argmax(1) == targets
    return pictures_of(run.config.dataset).pictures(inputs), right.numpy()


@kept(16)
def _sequence(run: ReadableRun, step: int) -> dict[str, np.ndarray]:
    """Every quantity (unit, time) of the first layer for the first test sequence."""

    splits = sequences_of(run.config.dataset)
    lengths = splits.lengths_of("test")
    inputs = splits.test.inputs[:1]
    steps = inputs.shape[1] if lengths is None else int(lengths[0])
    with network_at(run, step) as model:
        part = model.part(inputs, steps)
        found = trace(part.module, part.inputs, part.initial).layers[0].quantities
    return {name: values[0].numpy().T for name, values in found.items()}


TILES = {
    "cnn": Tile(
        "Small kernels slide over a picture; each maps the places of its pattern.",
        "feature-maps",
        ("digits",),
        _cnn,
    ),
    "pretrained": Tile(
        "Trained on other pictures before, it needs only a few of yours.", "new-pictures", ("shapes",), _pretrained
    ),
    "rnn": Tile("Reads step by step and carries a state: each row is one unit.", "states", _SEQUENCES, _rnn),
    "lstm": Tile("Gates decide what is forgotten, written and read: bright is open.", "gates", _SEQUENCES, _lstm),
}
