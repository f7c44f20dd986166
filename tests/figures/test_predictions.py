from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.predictions import END, confusion_matrix, probability_bars
from explorer.figures.style import TEST, WRONG
from explorer.inspection.predictions import class_report


def test_the_true_class_and_a_wrong_prediction_have_their_own_colours() -> None:
    chart = probability_bars(np.array([0.2, 0.7, 0.1]), ("a", "b", "c"), truth=0)
    colours = chart.data[0].marker.color
    assert colours[0] == TEST
    assert colours[1] == WRONG
    assert "b" in chart.layout.title.text


def test_a_correct_prediction_has_no_colour_of_error() -> None:
    assert WRONG not in probability_bars(np.array([0.2, 0.8]), ("a", "b"), truth=1).data[0].marker.color


def matrix(counts: np.ndarray, names: Sequence[str]) -> go.Figure:
    report = class_report(counts)
    return confusion_matrix(counts, names, report.precision, report.recall)


def test_errors_and_correct_predictions_are_shaded_by_their_counts() -> None:
    errors, correct, numbers, _ = matrix(np.array([[5, 2], [0, 7]]), ("cat", "dog")).data
    np.testing.assert_array_equal(errors.z, [[np.nan, 2], [0, np.nan]])
    np.testing.assert_array_equal(correct.z, [[5, np.nan], [np.nan, 7]])
    assert (correct.zmin, correct.zmax) == (0, 7)
    assert list(numbers.text) == ["5", "2", "", "7"]


def test_the_matrix_carries_recall_support_and_precision_of_each_class() -> None:
    margins = matrix(np.array([[6, 2, 0], [0, 9, 0], [0, 1, 0]]), ("cat", "dog", "hen")).data[3]
    places = zip(margins.x, margins.y, margins.text, strict=True)
    written = {(x.rstrip(END), y.rstrip(END)): text for x, y, text in places}
    # by hand: 6 of 8 cats are found, 9 of 12 answers "dog" are right, "hen" is never said
    assert [written["recall", name] for name in ("cat", "dog", "hen")] == ["75%", "100%", "0%"]
    assert [written["support", name] for name in ("cat", "dog", "hen")] == ["8", "9", "1"]
    assert [written[name, "precision"] for name in ("cat", "dog", "hen")] == ["100%", "75%", "–"]


def test_a_class_may_have_the_name_of_a_margin() -> None:
    chart = matrix(np.eye(2, dtype=int), ("recall", "precision"))
    assert not {"recall", "precision"} & set(chart.data[3].x[:4])


def test_a_matrix_without_errors_can_be_drawn() -> None:
    assert matrix(np.diag([3, 4]), ("a", "b")).layout.coloraxis.cmax == 1


def test_of_a_thousand_classes_the_most_probable_are_drawn_from_the_top() -> None:
    probabilities = np.full(1000, 0.5 / 997)
    probabilities[[5, 700, 3]] = (0.3, 0.15, 0.05)
    figure = probability_bars(probabilities, [f"class {number}" for number in range(1000)], truth=None, most=5)
    assert list(figure.data[0].customdata[:3]) == ["class 5", "class 700", "class 3"]
    assert len(figure.data[0].x) == 5
    assert figure.layout.yaxis.autorange == "reversed"


def test_forty_classes_are_all_named_on_both_axes() -> None:
    layout = matrix(np.eye(40, dtype=int), [f"class {number}" for number in range(40)]).layout
    assert layout.xaxis.dtick == layout.yaxis.dtick == 1
