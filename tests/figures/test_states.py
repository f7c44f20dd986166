import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.states import MOST_RANKED, coloured_text, state_heatmap, time_at, unit_ranking, unit_traces
from explorer.figures.style import SIGNED_DARK
from explorer.figures.time_axis import MOST_TICKS, time_axis

STATES = np.array([[0.5, -0.75, 0.1], [0.0, 0.25, -0.5]], np.float32)


def test_states_are_drawn_unchanged_in_colours_symmetric_around_zero() -> None:
    chart = state_heatmap(STATES, "Hidden state")
    np.testing.assert_array_equal(chart.data[0].z, STATES)
    assert (chart.layout.coloraxis.cmin, chart.layout.coloraxis.cmax) == (-0.75, 0.75)
    assert chart.layout.meta["dark_scale"] == SIGNED_DARK


def test_colours_of_gates_range_from_0_to_1_for_any_values_and_in_both_themes() -> None:
    heatmap = state_heatmap(np.full((2, 3), 0.4, np.float32), "Gate", signed=False).data[0]
    assert (heatmap.zmin, heatmap.zmax) == (0, 1)
    assert heatmap.coloraxis is None


def test_the_selected_cell_is_framed_and_unit_0_is_at_the_top() -> None:
    chart = state_heatmap(STATES, "Hidden state", chosen=(2, 1))
    frame = chart.layout.shapes[-1]
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (1.5, 2.5, 0.5, 1.5)
    assert tuple(chart.layout.yaxis.range) == (1.5, -0.5)


def test_tokens_are_below_their_steps_with_visible_breaks_spaces_and_markup() -> None:
    axis = state_heatmap(STATES, "Hidden state", ["\n", " ", "<"]).layout.xaxis
    np.testing.assert_array_equal(axis.tickvals, [0, 1, 2])
    assert list(axis.ticktext) == ["⏎", "·", "&lt;"]


def test_tokens_that_do_not_fit_are_shown_only_on_hover() -> None:
    count = MOST_TICKS + 1
    chart = state_heatmap(np.zeros((2, count), np.float32), "Hidden state", ["a"] * count)
    assert chart.layout.xaxis.ticktext is None
    assert chart.data[0].hovertext[1][7] == "step 7, a"


def test_a_large_heatmap_does_not_repeat_the_input_in_every_cell() -> None:
    assert state_heatmap(np.zeros((128, 784), np.float32), "Hidden state", ["0"] * 784).data[0].hovertext is None


def test_of_many_units_only_some_have_names_beside_their_rows() -> None:
    axis = state_heatmap(np.zeros((96, 3), np.float32), "", unit_names=[str(n) for n in range(96)]).layout.yaxis
    assert len(axis.ticktext) <= 32
    assert [int(name) for name in axis.ticktext] == list(axis.tickvals)


def test_units_can_have_names() -> None:
    assert list(state_heatmap(STATES, "", unit_names=["first", "second"]).layout.yaxis.ticktext) == ["first", "second"]


def test_each_selected_unit_is_a_line_of_its_values() -> None:
    chart = unit_traces(STATES, [1, 0], "Units", chosen=2)
    assert [line.name for line in chart.data] == ["unit 1", "unit 0"]
    np.testing.assert_array_equal(chart.data[0].y, STATES[1])
    assert chart.layout.shapes[0].x0 == 2


@given(count=st.integers(1, 300), per_row=st.integers(1, 60), longest=st.integers(1, 9))
def test_every_token_is_drawn_once_in_order_and_a_click_on_it_finds_its_step(
    count: int, per_row: int, longest: int
) -> None:
    tokens = [str(step).zfill(longest)[-longest:] for step in range(count)]
    values = np.arange(1, count + 1, dtype=np.float32)
    cells = np.asarray(coloured_text(tokens, values, "Text", per_row).data[0].z)
    np.testing.assert_array_equal(cells[~np.isnan(cells)], values)
    for row, column in np.argwhere(~np.isnan(cells)):
        assert time_at(tokens, column + 0.3, row - 0.3, per_row) == cells[row, column] - 1


def test_a_row_of_text_holds_as_many_tokens_as_fit() -> None:
    words = coloured_text(["seven"] * 20, np.zeros(20, np.float32), "Words", per_row=40).data[0]
    assert np.asarray(words.z).shape == (3, 8)


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (40, 0), (3, 5)])
def test_a_click_beside_the_text_finds_no_step(x: float, y: float) -> None:
    assert time_at(["a"] * 50, x, y) is None


def test_text_shows_each_character_in_colours_symmetric_around_zero() -> None:
    chart = coloured_text(["a", "\n", " "], np.array([0.1, -2.0, 0.5], np.float32), "Text")
    assert list(chart.data[0].text[0]) == ["a", "⏎", "·"]
    assert (chart.layout.coloraxis.cmin, chart.layout.coloraxis.cmax) == (-2, 2)


def test_the_units_with_the_strongest_correlation_of_either_sign_are_at_the_top() -> None:
    chart, units = unit_ranking(np.array([0.1, -0.9, 0.5]), "Which units follow it?")
    assert units == [1, 2, 0]
    np.testing.assert_allclose(chart.data[0].x, [-0.9, 0.5, 0.1], rtol=1e-6)
    assert list(chart.layout.yaxis.ticktext) == ["1", "2", "0"]
    assert chart.layout.yaxis.range[0] > chart.layout.yaxis.range[1]  # the first on top


def test_the_selected_unit_is_always_in_the_ranking() -> None:
    chart, units = unit_ranking(np.linspace(1, 0, 40), "Which units follow it?", chosen=39)
    assert units == [*range(MOST_RANKED - 1), 39]
    assert len(set(chart.data[0].marker.color)) == 2


def test_ticks_that_are_only_step_numbers_are_left_to_plotly() -> None:
    assert "tickvals" not in time_axis(50, [str(step) for step in range(50)])
    assert list(time_axis(3, list("abc"))["ticktext"]) == ["a", "b", "c"]


def test_lines_have_the_names_of_their_units() -> None:
    figure = unit_traces(np.zeros((2, 4)), [1, 0], "Read", names=["value", "marker"])
    assert [trace.name for trace in figure.data] == ["marker", "value"]
    assert [trace.name for trace in unit_traces(np.zeros((2, 4)), [1], "States").data] == ["unit 1"]


def test_amounts_have_a_scale_from_0_to_the_largest() -> None:
    axis = coloured_text("abc", np.array([0.5, 0.0, 4.0]), "Surprise", signed=False).layout.coloraxis
    assert (axis.cmin, axis.cmax) == (0, 4)
    signed = coloured_text("abc", np.array([0.5, 0.0, 4.0]), "State").layout.coloraxis
    assert (signed.cmin, signed.cmax) == (-4, 4)
