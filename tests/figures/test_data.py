import numpy as np
import pytest

from explorer.figures.data import GAP, augmented_examples, class_counts, class_examples


def test_class_counts_are_stacked_by_split() -> None:
    chart = class_counts({"train": np.array([3, 4]), "test": np.array([1, 0])}, ("a", "b"))
    assert chart.layout.barmode == "stack"
    assert [list(trace.y) for trace in chart.data] == [[3, 4], [1, 0]]


@pytest.mark.parametrize("channels", [1, 3])
def test_every_example_is_complete_and_in_the_row_of_its_class(channels: int) -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (3, 4, 5, 6, channels), dtype=np.uint8)
    chart = class_examples(pictures, ("a", "b", "c"))
    drawn = np.asarray(chart.data[0].z)
    row, column = 2 * (5 + GAP), 3 * (6 + GAP)
    np.testing.assert_array_equal(drawn[row : row + 5, column : column + 6], np.broadcast_to(pictures[2, 3], (5, 6, 3)))
    assert list(chart.layout.yaxis.ticktext) == ["a", "b", "c"]


def test_every_augmented_version_is_in_the_row_of_its_picture_and_in_a_named_column() -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (2, 4, 5, 6, 1), dtype=np.uint8)
    chart = augmented_examples(pictures, ("cat", "dog"))
    row, column = 1 * (5 + GAP), 3 * (6 + GAP)
    drawn = np.asarray(chart.data[0].z)[row : row + 5, column : column + 6]
    np.testing.assert_array_equal(drawn, np.broadcast_to(pictures[1, 3], (5, 6, 3)))
    assert list(chart.layout.yaxis.ticktext) == ["cat", "dog"]
    assert list(chart.layout.xaxis.ticktext) == ["as it is", "1", "2", "3"]
    assert chart.layout.xaxis.tickvals[3] == column + 3
