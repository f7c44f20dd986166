import numpy as np

from explorer.figures.predictions import confusion_matrix, probability_bars
from explorer.figures.style import TEST, WRONG


def test_the_true_class_and_a_wrong_prediction_have_their_own_colours() -> None:
    chart = probability_bars(np.array([0.2, 0.7, 0.1]), ("a", "b", "c"), truth=0)
    colours = chart.data[0].marker.color
    assert colours[0] == TEST
    assert colours[1] == WRONG
    assert "b" in chart.layout.title.text


def test_a_correct_prediction_has_no_colour_of_error() -> None:
    assert WRONG not in probability_bars(np.array([0.2, 0.8]), ("a", "b"), truth=1).data[0].marker.color


def test_errors_are_coloured_and_correct_predictions_only_counted() -> None:
    counts = np.array([[5, 2], [0, 7]])
    chart = confusion_matrix(counts, ("cat", "dog"))
    colours, numbers = chart.data
    assert np.isnan(colours.z[0][0])
    assert colours.z[0][1] == 2
    assert list(numbers.text) == ["5", "2", "", "7"]


def test_a_matrix_without_errors_can_be_drawn() -> None:
    assert confusion_matrix(np.diag([3, 4]), ("a", "b")).layout.coloraxis.cmax == 1


def test_of_a_thousand_classes_the_most_probable_are_drawn_from_the_top() -> None:
    probabilities = np.full(1000, 0.5 / 997)
    probabilities[[5, 700, 3]] = (0.3, 0.15, 0.05)
    figure = probability_bars(probabilities, [f"class {number}" for number in range(1000)], truth=None, most=5)
    assert list(figure.data[0].customdata[:3]) == ["class 5", "class 700", "class 3"]
    assert len(figure.data[0].x) == 5
    assert figure.layout.yaxis.autorange == "reversed"


def test_forty_classes_are_all_named_on_both_axes() -> None:
    layout = confusion_matrix(np.eye(40, dtype=int), [f"class {number}" for number in range(40)]).layout
    assert layout.xaxis.dtick == layout.yaxis.dtick == 1
