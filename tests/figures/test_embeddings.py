import json

import numpy as np

from explorer.figures.embeddings import embedding_map, example_at

PLACED = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1], [2, 2]])
TARGETS, PREDICTIONS = np.array([0, 1, 0, 1, 9]), np.array([0, 1, 1, 1, 9])
NAMES = tuple("abcdefghij")


def test_classes_have_traces_mistakes_have_rings_and_the_probe_has_a_mark() -> None:
    figure = embedding_map(PLACED, TARGETS, PREDICTIONS, NAMES, "Map", probe=4)
    assert [trace.name for trace in figure.data] == ["a", "b", "j", "misclassified", "the probe"]
    assert {trace.type for trace in figure.data} == {"scatter"}  # SVG: WebGL contexts are few
    assert (figure.data[3].x[0], figure.data[3].y[0]) == (0, 1)
    assert (figure.data[4].x[0], figure.data[4].y[0]) == (2, 2)
    assert "1 of them misclassified" in figure.layout.meta["description"]


def test_colouring_by_mistake_separates_correct_from_misclassified_examples() -> None:
    figure = embedding_map(PLACED, TARGETS, PREDICTIONS, NAMES, "Map", colouring="mistake")
    assert [(trace.name, len(trace.x)) for trace in figure.data] == [("correct", 4), ("misclassified", 1)]


def test_hovering_shows_the_label_and_the_prediction() -> None:
    figure = embedding_map(PLACED, TARGETS, PREDICTIONS, NAMES, "Map")
    assert figure.data[0].customdata == ("image 0: a, predicted a", "image 2: a, predicted b")


def test_ten_classes_all_look_different() -> None:
    targets = np.arange(10)
    figure = embedding_map(np.random.default_rng(0).normal(size=(10, 2)), targets, targets, NAMES, "Map")
    assert len({(trace.marker.color, trace.marker.symbol) for trace in figure.data}) == 10


def test_a_clicked_dot_is_found_although_the_browser_rounds_its_position() -> None:
    placed = np.random.default_rng(0).normal(size=(500, 2))
    for number in (0, 17, 499):
        x, y = (float(np.float32(value)) for value in placed[number])
        assert example_at(placed, x, y) == number


def test_numbers_travel_as_typed_arrays() -> None:
    for trace in json.loads(embedding_map(PLACED, TARGETS, PREDICTIONS, NAMES, "Map").to_json())["data"]:
        assert trace["x"]["dtype"] == trace["y"]["dtype"] == "f4"
