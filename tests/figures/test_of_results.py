"""One result in, one figure out: what a notebook draws of the library's results."""

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

import explorer
from explorer import figures
from explorer.errors import ExplorerError
from explorer.figures.ground import NOTHING, TEXT
from explorer.inspection import cell_step
from explorer.training.examples import SHIPPED
from tests.figures.test_style import contrast

torch.manual_seed(0)
LSTM = nn.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True)
SEQUENCES, LENGTHS = torch.randn(2, 5, 3), torch.tensor([3, 5])
TRACE = explorer.trace(LSTM, pack_padded_sequence(SEQUENCES, LENGTHS, batch_first=True, enforce_sorted=False))
GRADIENTS = explorer.gradients_through_time(LSTM, SEQUENCES, lambda output: output[:, -1].sum())
CNN = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 6, 3)).eval()
PICTURES = torch.randn(2, 1, 8, 8)
FOUND = explorer.attribute(CNN, PICTURES, (2, 0), "integrated_gradients")
CURVES = explorer.deletion_insertion(CNN, PICTURES, FOUND, steps=4, orders=3)
RUN = explorer.Run.open(SHIPPED / "cnn-on-digits")
DRAWN: dict[str, Callable[[], go.Figure]] = {
    "attribution": lambda: figures.attribution(FOUND, PICTURES),
    "cell": lambda: figures.cell(cell_step(LSTM, SEQUENCES, 2, 1)),
    "deletion": lambda: figures.deletion(CURVES),
    "feature_maps": lambda: figures.feature_maps(explorer.capture(CNN, PICTURES)["0"]),
    "gates": lambda: figures.gates(TRACE),
    "gradients_through_time": lambda: figures.gradients_through_time(GRADIENTS),
    "insertion": lambda: figures.insertion(CURVES),
    "learning_curves": lambda: figures.learning_curves(RUN),
    "network": lambda: figures.network(explorer.network_graph(CNN, PICTURES)),
    "pixel": lambda: figures.pixel(explorer.explain_pixel(CNN, PICTURES, 1, 2, 3, layer="0")),
    "states": lambda: figures.states(TRACE),
}


def test_every_function_that_is_offered_is_drawn_here() -> None:
    assert sorted(DRAWN) == figures.__all__


def test_no_module_of_the_same_name_takes_a_functions_place() -> None:
    for module in pkgutil.iter_modules(figures.__path__):
        import_module(f"explorer.figures.{module.name}")
    assert all(callable(getattr(figures, name)) for name in figures.__all__)


@pytest.mark.parametrize("name", DRAWN)
def test_a_figure_lets_the_ground_show_through_and_has_words_for_light_and_dark(name: str) -> None:
    layout = DRAWN[name]().layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == NOTHING
    assert layout.font.color == TEXT
    assert "var(" not in str(layout)
    go.Figure(DRAWN[name]().to_plotly_json())  # what Plotly itself would refuse is an error


@pytest.mark.parametrize("ground", ["#ffffff", "#12171f", "#111111"])
def test_the_words_contrast_with_every_ground(ground: str) -> None:
    assert contrast(TEXT, ground) >= 4


def test_gates_are_those_of_the_layer_and_example_without_the_padding() -> None:
    drawn = figures.gates(TRACE, layer=3, example=0, tokens=list("abcde"))
    layer = TRACE.layers[3]
    assert [heatmap.name for heatmap in drawn.data] == ["input_gate", "forget_gate", "candidate", "output_gate"]
    np.testing.assert_allclose(drawn.data[1].z, layer.quantities["forget_gate"][0, :3].T)
    assert list(drawn.layout.xaxis.ticktext) == ["a", "b", "c"]


def test_states_are_hidden_or_cell() -> None:
    np.testing.assert_allclose(figures.states(TRACE, example=1).data[0].z, TRACE.layers[0].hidden[1].T)
    drawn = figures.states(TRACE, state="cell", layer=2, example=1)
    np.testing.assert_allclose(drawn.data[0].z, TRACE.layers[2].quantities["cell"][1].T)


def test_gradients_are_the_norms_over_the_units() -> None:
    lines = {
        line.name: line.y
        for line in figures.gradients_through_time(GRADIENTS, example=1).data
        if line.mode != "markers"
    }
    expected = GRADIENTS.layers[1].hidden[1].norm(dim=1)
    np.testing.assert_allclose(lines["layer 0, reverse"], expected, rtol=1e-5)


def test_feature_maps_hold_the_values_of_one_example() -> None:
    maps = explorer.capture(CNN, PICTURES)["0"]
    drawn = figures.feature_maps(maps, example=1).data[0].z
    shown = drawn[~np.isnan(drawn)]
    np.testing.assert_allclose(np.sort(shown), np.sort(maps[1].flatten()))
    again = figures.feature_maps(maps[1])
    np.testing.assert_array_equal(again.data[0].z, drawn)


def test_an_attribution_lies_over_the_picture_from_black_to_white() -> None:
    picture, values = figures.attribution(FOUND, PICTURES, example=1).data
    assert (picture.z.min(), picture.z.max()) == (0, 255)
    assert np.unravel_index(picture.z.argmax(), (8, 8, 3))[:2] == divmod(int(PICTURES[1].argmax()), 8)
    np.testing.assert_allclose(values.z, FOUND.maps[1], rtol=1e-6)
    assert figures.attribution(FOUND, PICTURES).layout.title.text == "Integrated gradients for class 2 against class 0"


def test_learning_curves_are_of_a_run_or_of_the_records_of_a_training() -> None:
    drawn = figures.learning_curves(RUN, quantity="accuracy")
    metrics = RUN.metrics()
    checks = metrics.dropna(subset=["validation_accuracy"])
    np.testing.assert_allclose(drawn.data[1].y, checks["validation_accuracy"], rtol=1e-6)
    records = [explorer.training.StepRecord(step, 1, 0.1, 8, torch.tensor([1 / step, np.nan, 0.0])) for step in (1, 2)]
    own = figures.learning_curves(records)
    assert own.data[0].y.tolist() == [1.0, 0.5]
    assert own.layout.yaxis.title.text == "squared error"


RNN_TRACE = explorer.trace(nn.RNN(3, 4), torch.zeros(5, 1, 3))
TWO = nn.ModuleDict({"first": nn.GRU(3, 3), "second": nn.GRU(3, 3)})
TWO.forward = lambda inputs: TWO["second"](TWO["first"](inputs)[0])
WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "gates of an RNN": (lambda: figures.gates(RNN_TRACE), "no gates; figures.states"),
    "a cell state of an RNN": (lambda: figures.states(RNN_TRACE, state="cell"), "no 'cell'; choose one of 'hidden'"),
    "a layer that is not there": (lambda: figures.gates(TRACE, layer=4), "no layer 4: the trace has 4"),
    "an example that is not there": (lambda: figures.states(TRACE, example=2), "no example 2 .* has 2"),
    "too few tokens": (lambda: figures.gates(TRACE, tokens=["a"]), "1 tokens for 3 time steps"),
    "two recurrent layers": (
        lambda: figures.gates(explorer.trace(TWO, torch.zeros(5, 1, 3))),
        r"2 recurrent layers, first, second; draw one: trace\['first'\]",
    ),
    "maps that are none": (lambda: figures.feature_maps(torch.zeros(2, 3)), r"these values are \(2, 3\)"),
    "a picture that is none": (lambda: figures.attribution(FOUND, torch.zeros(8, 8)), r"this one is \(8, 8\)"),
    "no random orders": (
        lambda: figures.deletion(explorer.deletion_insertion(CNN, PICTURES, FOUND, steps=4, orders=0)),
        "give deletion_insertion orders=20",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_drawn_is_refused_in_a_sentence(name: str) -> None:
    draw, words = WRONG[name]
    with pytest.raises(ExplorerError, match=words):
        draw()
