import numpy as np

from explorer.figures.lengths import against_length


def test_lines_against_the_length_have_a_baseline_and_a_mark_at_the_trained_length() -> None:
    lengths = np.array([10, 50, 100])
    lines = {"RNN": (lengths, np.array([0.16, 0.17, 0.18])), "LSTM": (lengths, np.array([0.001, 0.002, 0.01]))}
    chart = against_length(
        lines, "Loss", ("length", "squared error"), baselines=(lengths, np.full(3, 1 / 6)), trained_at=50
    )
    assert [line.name for line in chart.data] == ["RNN", "LSTM", "baseline"]
    np.testing.assert_array_equal(chart.data[1].x, lengths)
    np.testing.assert_allclose(chart.data[2].y, 1 / 6, rtol=1e-6)
    assert chart.layout.shapes[0].x0 == 50
    assert chart.layout.yaxis.type == "log"
    assert against_length(lines, "Right", ("length", "share"), accuracy=True).layout.yaxis.tickformat == ".0%"
