import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.curves import MOST_POINTS
from explorer.figures.gradients import gradient_clipping, lines_by_layer


def test_each_parameter_has_a_line_on_a_logarithmic_axis_beside_the_guide() -> None:
    frame = pd.DataFrame({"step": [0, 0, 5, 5], "parameter": ["a", "b"] * 2, "gradient": [1.0, 2.0, 3.0, 4.0]})
    chart = lines_by_layer(frame, "gradient", "Gradient norm", "norm", guide=1e-3)
    assert [trace.name for trace in chart.data] == ["a", "b"]
    np.testing.assert_allclose(chart.data[1].y, [2.0, 4.0])
    assert chart.layout.yaxis.type == "log"
    assert chart.layout.shapes[0].y0 == 1e-3


def test_clipping_limits_the_norm_and_leaves_smaller_norms_unchanged() -> None:
    norms = pd.DataFrame({"step": [0, 1, 2, 3], "gradient_norm": [np.nan, 0.5, 4.0, 1.5]})
    chart = gradient_clipping(norms, 1.0, 10, chosen_step=2)
    before, after, level = chart.data
    np.testing.assert_array_equal(before.x, [1, 2, 3])
    np.testing.assert_allclose(before.y, [0.5, 4.0, 1.5])
    np.testing.assert_allclose(after.y, [0.5, 1.0, 1.0])
    np.testing.assert_allclose(level.y, [1.0, 1.0])
    assert chart.layout.shapes[0].x0 == 2


def test_no_clipping_is_one_line_and_no_steps_are_an_empty_chart() -> None:
    norms = pd.DataFrame({"step": [1, 2], "gradient_norm": [0.5, 4.0]})
    assert [line.name for line in gradient_clipping(norms, 0.0, 10).data] == ["no clipping"]
    assert not gradient_clipping(norms.iloc[:0], 1.0, 10).data


@given(count=st.integers(1, 3000), place=st.integers(0, 2999))
def test_the_largest_gradient_of_a_long_run_is_always_visible(count: int, place: int) -> None:
    norms = np.full(count, 0.1)
    norms[place % count] = 77.0
    chart = gradient_clipping(pd.DataFrame({"step": np.arange(count), "gradient_norm": norms}), 1.0, count)
    assert len(chart.data[0].y) <= MOST_POINTS
    assert chart.data[0].y.max() == 77
