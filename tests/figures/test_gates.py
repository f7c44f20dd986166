from itertools import pairwise

import numpy as np

from explorer.figures.gates import Distribution, gate_distributions, gate_heatmaps, saturation_scatter
from explorer.figures.style import CELL_PARTS

GENERATOR = np.random.default_rng(0)
GATES = {
    "input_gate": GENERATOR.random((4, 6)).astype(np.float32),
    "candidate": (GENERATOR.random((4, 6)) * 2 - 1).astype(np.float32),
    "cell": (GENERATOR.random((4, 6)) * 9 - 5).astype(np.float32),
}


def test_every_gate_has_a_heatmap_on_one_time_axis_without_overlap() -> None:
    chart = gate_heatmaps(GATES)
    for heatmap, values in zip(chart.data, GATES.values(), strict=True):
        np.testing.assert_array_equal(heatmap.z, values)
        assert heatmap.xaxis is None  # the first, and only one
    domains = [chart.layout[name].domain for name in ("yaxis", "yaxis2", "yaxis3")]
    assert all(above[0] > below[1] for above, below in pairwise(domains))
    assert 0 <= domains[-1][0] < domains[0][1] <= 1


def test_gates_range_from_0_to_1_and_signed_values_symmetrically_to_their_largest() -> None:
    chart = gate_heatmaps(GATES, signed_names={"candidate", "cell"})
    gate, candidate, cell = chart.data
    assert (gate.zmin, gate.zmax, gate.coloraxis) == (0, 1, None)
    for heatmap, name in ((candidate, "candidate"), (cell, "cell")):
        axis = chart.layout[heatmap.coloraxis]
        np.testing.assert_allclose((axis.cmin, axis.cmax), np.array([-1, 1]) * np.abs(GATES[name]).max(), rtol=1e-6)


def test_the_selected_time_step_is_one_line_through_all_gates() -> None:
    line = gate_heatmaps(GATES, chosen_time=3).layout.shapes[0]
    assert (line.x0, line.x1, line.y0, line.y1, line.yref) == (3, 3, 0, 1, "paper")


def test_each_gate_has_its_name_in_words_and_its_colour() -> None:
    names = gate_heatmaps(GATES).layout.annotations
    assert ["input gate" in names[0].text, "candidate" in names[1].text] == [True, True]
    assert CELL_PARTS["input_gate"] in names[0].text


def test_a_unit_is_a_point_and_the_guide_marks_units_that_are_always_saturated() -> None:
    shut, opened = np.array([0.25, 0.0]), np.array([0.5, 1.0])
    chart = saturation_scatter({"forget_gate": (shut, opened)})
    np.testing.assert_array_equal(chart.data[0].x, shut)
    np.testing.assert_array_equal(chart.data[0].y, opened)
    assert chart.data[0].marker.color == CELL_PARTS["forget_gate"]
    guide = chart.layout.shapes[0]
    assert guide.x0 + guide.y0 == guide.x1 + guide.y1 == 1


def test_each_training_step_is_a_column_of_shares_and_the_selected_one_is_marked() -> None:
    counts = np.array([[4, 0], [1, 3], [0, 2]])  # (snapshot, bin)
    gate = Distribution(counts, np.array([0.0, 0.5, 1.0]), np.array([0.2, 0.6, 0.7]))
    chart = gate_distributions({"forget_gate": gate, "candidate": gate}, [0, 1, 400], chosen_step=400)
    spread, median = chart.data[:2]
    np.testing.assert_allclose(spread.customdata, [[1, 0.25, 0], [0, 0.75, 1]])
    np.testing.assert_allclose(spread.y, [0.25, 0.75])
    np.testing.assert_allclose(median.y, gate.medians, rtol=1e-6)
    assert list(spread.x) == list(median.x) == ["0", "1", "400"]
    assert chart.layout.shapes[0].x0 == 2  # the third column
    assert chart.layout.yaxis.domain[0] > chart.layout.yaxis2.domain[1]
    assert ["forget gate" in chart.layout.annotations[0].text, chart.data[2].yaxis] == [True, "y2"]
