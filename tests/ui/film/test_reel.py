"""What a film consists of: one reel a chart, each figure once."""

import json
from typing import Any

import plotly.graph_objects as go
import pytest

from explorer.errors import ExplorerError
from explorer.ui.film.reel import film_of
from explorer.ui.redraw import Drawn


def drawn(key: str, value: float, reading: str = "") -> Drawn:
    return Drawn(go.Figure(go.Scatter(y=[value]), layout={"height": 100}), key, "loss", reading, 0.5)


def values(film: dict[str, Any], key: str) -> list[float | None]:
    """What a chart shows at each step."""
    reel = next(reel for reel in film["reels"] if reel["key"] == key)
    return [None if frame is None else reel["figures"][frame[0]]["data"][0]["y"][0] for frame in reel["frames"]]


def test_a_figure_that_steps_share_is_held_once_and_every_step_shows_its_own() -> None:
    frames = [[drawn("still", 7.0), drawn("moving", value, f"It is {value}.")] for value in (1.0, 2.0, 1.0)]
    film = film_of("a run", "Kernels", [0, 1, 4], frames)
    assert [len(reel.figures) for reel in film.reels] == [1, 2]
    assert [reel.moves for reel in film.reels] == [False, True]
    told = json.loads(film.to_json())
    assert values(told, "still") == [7.0, 7.0, 7.0]
    assert values(told, "moving") == [1.0, 2.0, 1.0]
    assert told["reels"][1]["readings"] == ["It is 1.0.", "It is 2.0."]
    assert (told["steps"], told["view"], told["title"]) == ([0, 1, 4], "Kernels", "a run")


def test_a_chart_that_some_steps_do_not_draw_is_missing_there_and_keeps_its_place() -> None:
    frames = [[drawn("first", 1.0), drawn("last", 2.0)], [drawn("first", 3.0), drawn("new", 4.0), drawn("last", 5.0)]]
    film = film_of("a run", "Channels", [0, 8], frames)
    assert [reel.key for reel in film.reels] == ["first", "new", "last"]
    assert values(json.loads(film.to_json()), "new") == [None, 4.0]


def test_only_other_words_are_a_film_too() -> None:
    assert film_of("a run", "Cell", [0, 1], [[drawn("a", 1.0, "falls")], [drawn("a", 1.0, "rises")]]).reels[0].moves


def test_what_does_not_change_is_refused_with_the_number_of_steps() -> None:
    with pytest.raises(ExplorerError, match=r"Data shows the same at all 2 recorded steps.*Choose a view"):
        film_of("a run", "Data", [0, 1], [[drawn("a", 1.0)], [drawn("a", 1.0)]])


def test_a_view_without_charts_is_refused() -> None:
    with pytest.raises(ExplorerError, match="Output draws no chart"):
        film_of("a run", "Output", [0, 1], [[], []])


def test_the_file_is_named_by_the_view_and_the_run() -> None:
    film = film_of("digits · cnn · 60 epochs", "Feature maps", [0, 1], [[drawn("a", 1.0)], [drawn("a", 2.0)]])
    assert film.name == "feature-maps-of-digits-cnn-60-epochs"
