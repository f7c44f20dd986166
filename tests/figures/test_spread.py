import numpy as np
import pandas as pd

from explorer.figures.curves import compare_runs
from explorer.figures.lengths import against_length
from explorer.figures.spread import band, spread
from explorer.figures.through_time import gradients_through_time


def test_of_three_runs_the_line_is_the_median_and_the_band_the_range() -> None:
    found = spread(np.array([[1.0, 5.0], [2.0, 7.0], [9.0, 6.0]]))
    assert [values.tolist() for values in found] == [[1, 5], [2, 6], [9, 7]]
    [area] = band(np.array([0, 1]), found, "LSTM", "#000000")
    assert (area.x.tolist(), area.y.tolist()) == ([0, 1, 1, 0], [9, 7, 5, 1])
    assert not area.showlegend


def test_a_single_run_has_no_band() -> None:
    assert band(np.array([0, 1]), spread(np.array([1.0, 5.0])), "LSTM", "#000000") == []


def test_every_chart_that_compares_networks_draws_the_seeds_of_one_as_a_band() -> None:
    rows = np.array([[0.1, 1.0], [0.4, 1.0], [0.3, 1.0]])
    metrics = pd.concat([pd.DataFrame({"step": [0, 10], "validation_loss": row}) for row in rows], ignore_index=True)
    for chart in (
        compare_runs({"RNN": metrics}, "validation_loss", "Loss", "nats"),
        against_length({"RNN": (np.array([5, 10]), rows)}, "Loss", ("length", "nats")),
        gradients_through_time({"RNN": rows}, "Gradients"),
    ):
        area, line = chart.data
        np.testing.assert_allclose(line.y, [0.3, 1.0], rtol=1e-6)
        np.testing.assert_allclose(area.y, [0.4, 1.0, 1.0, 0.1], rtol=1e-6)
        assert (line.name, area.fill) == ("RNN", "toself")
