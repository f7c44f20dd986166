from math import exp, tanh

import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.cells import DIAGRAMS, cell_diagram
from explorer.figures.diagram import LEGEND, number, rounded

# all weights 1, bias 0, one unit, x = 1 at the first step
GATE = 1 / (1 + exp(-1))
LSTM = {
    "x": 1.0,
    "h_before": 0.0,
    "c_before": 0.5,
    "forget_gate": GATE,
    "input_gate": GATE,
    "candidate": tanh(1),
    "output_gate": GATE,
    "cell": GATE * 0.5 + GATE * tanh(1),
    "hidden": GATE * tanh(GATE * 0.5 + GATE * tanh(1)),
}
RNN = {"x": 1.0, "h_before": 0.2, "pre_activation": 0.5, "hidden": tanh(0.5), "y": 2.0}
GRU = {"x": 1.0, "h_before": 0.5, "reset": 0.25, "update": 0.75, "candidate": -0.5, "hidden": 0.25}
CELLS: list[tuple[str, dict[str, float]]] = [("rnn", RNN), ("lstm", LSTM), ("gru", GRU)]


def hover(chart: go.Figure) -> list[str]:
    return [text for trace in chart.data for text in trace.hovertext or ()]


def reading(chart: go.Figure, name: str) -> float:
    """The number on the wire whose hover text starts with the name."""
    return float(next(text for text in hover(chart) if text.startswith(name)).rsplit(": ", 1)[1])


@pytest.mark.parametrize(("kind", "values"), CELLS)
def test_every_value_is_written_on_a_wire_and_shown_on_hover(kind: str, values: dict[str, float]) -> None:
    chart = cell_diagram(kind, values, step=12, unit=3)
    written = " ".join(text for trace in chart.data for text in trace.text or ())
    for value in values.values():
        assert f"<b>{number(value)}</b>" in written
        assert any(text.endswith(f": {value:.6g}") for text in hover(chart))
    assert "unit 3 at step 12" in chart.layout.title.text


def test_the_kept_and_the_written_part_of_an_lstm_add_up_to_the_cell_state() -> None:
    chart = cell_diagram("lstm", LSTM, 0, 0)
    kept, written = reading(chart, "f_t · C_{t−1}, "), reading(chart, "i_t · C̄_t, ")
    assert kept + written == pytest.approx(LSTM["cell"], abs=1e-5)
    assert reading(chart, "tanh(C_t)") * LSTM["output_gate"] == pytest.approx(LSTM["hidden"], abs=1e-5)


def test_the_gru_mixes_candidate_and_state_as_pytorch_does() -> None:
    chart = cell_diagram("gru", GRU, 0, 0)
    assert reading(chart, "z_t · h_{t−1}, ") == 0.375
    assert reading(chart, "(1 − z_t) · n_t, ") == -0.125
    assert reading(chart, "h_t, the hidden state:") == 0.25


@pytest.mark.parametrize(("kind", "layers", "operations"), [("rnn", 2, 0), ("lstm", 4, 5), ("gru", 4, 5)])
def test_layers_are_boxes_and_operations_circles_with_one_of_each_in_the_legend(
    kind: str, layers: int, operations: int
) -> None:
    shapes = cell_diagram(kind, dict(CELLS)[kind], 0, 0).layout.shapes
    assert sum(shape.type == "rect" for shape in shapes) == layers + 1
    assert sum(shape.type == "circle" for shape in shapes) == operations + 1


@pytest.mark.parametrize(("kind", "values"), CELLS)
def test_the_five_symbols_are_explained_below_every_cell(kind: str, values: dict[str, float]) -> None:
    words = [note.text for note in cell_diagram(kind, values, 0, 0).layout.annotations]
    assert set(LEGEND) <= set(words)


def test_an_rnn_without_an_output_at_this_step_has_no_readout() -> None:
    values = {name: value for name, value in RNN.items() if name != "y"}
    words = [note.text for note in cell_diagram("rnn", values, 0, 0, activation="ReLU").layout.annotations]
    assert "ReLU" in words
    assert "W<sub>ya</sub>" not in words


@given(st.floats(-1e6, 1e6))
def test_a_written_number_fits_on_its_wire_and_has_a_typographic_minus_sign(value: float) -> None:
    text = number(value)
    assert len(text) <= 9
    assert "-" not in text.replace("e-", "")


def test_corners_are_rounded_and_the_ends_of_a_wire_do_not_move() -> None:
    path = rounded([(0, 0), (2, 0), (2, 3)], radius=0.5)
    np.testing.assert_array_equal(path[[0, -1]], [[0, 0], [2, 3]])
    np.testing.assert_allclose(path[1], [1.5, 0])
    np.testing.assert_allclose(path[-2], [2, 0.5])
    assert not np.any(np.all(path == [2, 0], axis=1))


@pytest.mark.parametrize("kind", DIAGRAMS)
def test_a_character_stands_for_itself_and_not_for_the_norm_of_a_vector(kind: str) -> None:
    names = ("x", "h_before", "hidden", "pre_activation", "c_before", "forget_gate", "input_gate", "candidate")
    values = dict.fromkeys((*names, "output_gate", "cell", "reset", "update"), 0.5)
    shown = [text for trace in cell_diagram(kind, values, 0, 0, reads="q").data for text in trace.text or ()]
    assert any("= <b>q</b>" in text for text in shown)
    assert not any("= <b>" in text for trace in cell_diagram(kind, values, 0, 0).data for text in trace.text or ())
