import numpy as np

from explorer.figures.health import distribution_over_training, movement


def test_each_snapshot_is_a_row_of_shares_that_add_up_to_1() -> None:
    counts = np.array([[1, 3], [2, 2], [0, 0]])
    chart = distribution_over_training(counts, np.array([0.0, 1.0, 2.0]), [0, 4, 8], "layer", "value", chosen_step=4)
    np.testing.assert_allclose(chart.data[0].customdata.sum(axis=1), [1, 1, 0])
    np.testing.assert_allclose(chart.data[0].x, [0.5, 1.5])
    assert chart.layout.shapes[0].y0 == 1


def test_movement_has_a_row_per_channel_and_a_column_per_snapshot() -> None:
    chart = movement(np.array([[0.0, 0.5], [0.0, 1.0], [0.0, 0.1]]), [0, 16], "moved", chosen_step=16)
    assert chart.data[0].z.shape == (3, 2)
    assert list(chart.data[0].x) == ["0", "16"]
    assert chart.layout.shapes[0].x0 == 1
