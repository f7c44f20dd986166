import numpy as np

from explorer.figures.interventions import MOST_CLASSES, answer_bars


def test_both_predictions_are_side_by_side_for_each_class() -> None:
    chart = answer_bars(("no", "yes"), np.array([0.9, 0.1]), np.array([0.2, 0.8]), ("as it is", "held"), "Answer")
    assert [bars.name for bars in chart.data] == ["as it is", "held"]
    np.testing.assert_allclose(chart.data[0].y, [0.9, 0.1], rtol=1e-6)
    np.testing.assert_allclose(chart.data[1].y, [0.2, 0.8], rtol=1e-6)
    assert list(chart.layout.xaxis.ticktext) == ["no", "yes"]
    assert "yes 10.0% to 80.0%" in chart.layout.meta["description"]


def test_of_many_classes_the_most_probable_in_either_case_are_drawn_in_order() -> None:
    before, after = np.linspace(0.02, 0, 60), np.zeros(60)
    after[59] = 1.0
    chart = answer_bars([str(number) for number in range(60)], before, after, ("before", "after"), "Answer")
    assert list(chart.layout.xaxis.ticktext) == [*(str(number) for number in range(MOST_CLASSES - 1)), "59"]
