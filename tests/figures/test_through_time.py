import numpy as np

from explorer.figures.through_time import before_after, gradients_through_time


def test_norms_are_drawn_unchanged_on_a_logarithmic_axis_that_holds_them_all() -> None:
    norms = np.array([1e-12, 1e-6, 1.0])
    chart = gradients_through_time({"RNN": norms, "LSTM": np.ones(3)}, "Gradients", chosen_time=1)
    np.testing.assert_allclose(chart.data[0].y, norms, rtol=1e-6)
    low, high = chart.layout.yaxis.range
    assert (chart.layout.yaxis.type, low < -12, high > 0) == ("log", True, True)
    assert chart.layout.shapes[0].x0 == 1


def test_vanished_gradients_are_triangles_on_the_lower_edge_with_values_on_hover() -> None:
    line = gradients_through_time({"RNN": np.array([0.0, 1e-31, 1e-4])}, "Gradients").data[0]
    assert list(line.marker.symbol) == ["triangle-down", "triangle-down", "circle"]
    assert 0 < line.y[0] == line.y[1] < 1e-4
    np.testing.assert_allclose(line.customdata, [0, 1e-31, 1e-4], rtol=1e-6)


def test_gradients_that_are_zero_or_not_finite_can_be_drawn() -> None:
    chart = gradients_through_time({"RNN": np.zeros(4), "LSTM": np.array([np.inf, np.nan, 0, 0])}, "Gradients")
    assert np.all(np.isfinite(chart.layout.yaxis.range))


def test_the_hand_over_of_an_encoder_decoder_is_marked_and_its_steps_are_named() -> None:
    chart = gradients_through_time({"LSTM": np.ones(5)}, "Gradients", 1, ticks=list("abcde"), join=3)
    assert [shape.x0 for shape in chart.layout.shapes] == [1, 2.5]
    assert [(note.text, note.x) for note in chart.layout.annotations] == [("encoder", 2.5), ("decoder", 2.5)]
    assert chart.data[0].hovertext[2:4] == ("the encoder's step 2, c", "the decoder's step 0, d")


def test_no_networks_give_an_empty_chart_that_says_so() -> None:
    assert "no gradients yet" in gradients_through_time({}, "Gradients").layout.annotations[0].text


def test_an_intervention_is_drawn_beside_the_original() -> None:
    chart = before_after(np.array([0.0, 1.0]), np.array([0.0, -1.0]), ("as trained", "clamped"), "h", chosen_time=1)
    assert [line.name for line in chart.data] == ["as trained", "clamped"]
    np.testing.assert_array_equal(chart.data[1].y, [0, -1])
    assert chart.data[1].fill == "tonexty"
