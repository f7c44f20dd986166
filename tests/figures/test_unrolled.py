import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.unrolled import MOST_COLUMNS, Architecture, unrolled


def columns(chart: go.Figure, part: str) -> list[int]:
    return [int(step) for step in next(trace for trace in chart.data if (trace.name or "").startswith(part)).x]


@pytest.mark.parametrize(
    ("architecture", "inputs", "outputs", "read_at", "answered_at", "count"),
    [
        ("one-to-one", "a", "x", [0], [0], 1),
        ("one-to-many", "a", "xyz", [0], [0, 1, 2], 3),
        ("many-to-one", "abc", "x", [0, 1, 2], [2], 3),
        ("many-to-many in step", "abc", "xyz", [0, 1, 2], [0, 1, 2], 3),
        ("many-to-many encoder-decoder", "abc", "xy", [0, 1, 2], [3, 4], 5),
    ],
)
def test_inputs_and_outputs_are_at_the_steps_of_the_architecture(
    architecture: Architecture,
    inputs: str,
    outputs: str,
    read_at: list[int],
    answered_at: list[int],
    count: int,
) -> None:
    chart = unrolled(architecture, list(inputs), list(outputs), {})
    assert columns(chart, "cell") == list(range(count))
    assert columns(chart, "input") == read_at
    assert columns(chart, "output") == answered_at
    words = [text for trace in chart.data if trace.mode == "text" for text in trace.text]
    assert words == [*inputs, *outputs]


def test_a_decoder_that_reads_its_earlier_outputs_has_inputs() -> None:
    chart = unrolled("many-to-many encoder-decoder", list("abc→x"), list("xy"), {}, source_length=3)
    assert columns(chart, "input") == [0, 1, 2, 3, 4]
    assert columns(chart, "output") == [3, 4]


@given(count=st.integers(1, 500), data=st.data())
def test_cells_are_the_first_trace_and_include_both_ends_and_the_selected_step(count: int, data: st.DataObject) -> None:
    chosen = data.draw(st.integers(0, count - 1))
    chart = unrolled("many-to-many in step", ["a"] * count, ["b"] * count, {}, chosen)
    drawn = [int(step) for step in chart.data[0].x]
    assert {0, chosen, count - 1} <= set(drawn) <= set(range(count))
    assert drawn == sorted(drawn)
    names = chart.layout.xaxis.categoryarray
    assert len(set(names)) == len(names) <= MOST_COLUMNS + 1
    assert [name for name in names if isinstance(name, int)] == drawn
    if count <= MOST_COLUMNS:
        assert drawn == list(range(count))


def test_long_labels_are_cut_and_leave_room_for_fewer_columns() -> None:
    chart = unrolled("many-to-one", ["0.1234567"] * 12, ["1"], {})
    assert len(chart.layout.xaxis.categoryarray) < 12
    words = [text for trace in chart.data if trace.mode == "text" for text in trace.text if text != "…"]
    assert words[:-1] == ["0.123…"] * (len(words) - 1)


def test_shapes_are_beside_the_names_and_the_selected_cell_has_a_frame() -> None:
    chart = unrolled("many-to-one", list("abc"), ["x"], {"input": "(batch, 3, 1)", "cell": "(batch, 3, 64)"}, chosen=1)
    assert [trace.name for trace in chart.data[:3]] == ["cell (batch, 3, 64)", "input (batch, 3, 1)", "output"]
    frames = [shape.line.width for shape in chart.layout.shapes if shape.yanchor == 1]
    assert max(frames) == frames[1] > frames[0] == frames[2]


def test_a_network_without_input_has_one_cell() -> None:
    assert columns(unrolled("many-to-one", [], [], {}), "cell") == [0]


def test_what_a_one_to_many_network_answers_is_drawn_as_its_next_input() -> None:
    chart = unrolled("one-to-many", ["3"], list("abc"), {})
    back = next(trace for trace in chart.data if trace.name == "each output is the next input")
    edges = [(int(back.x[place]), int(back.x[place + 1])) for place in range(0, len(back.x), 3)]
    assert edges == [(0, 1), (1, 2)]
    assert list(back.y[:2]) == [2.0, 1.0]
    others = unrolled("many-to-one", list("abc"), ["x"], {})
    assert "each output is the next input" not in [trace.name for trace in others.data]
