"""The answer and the sequence in the bar, as HTML."""

import re

import numpy as np
import pytest

from explorer.figures.input_strip import InputStrip
from explorer.ui.bar.words import answer_html, sequence_html, share
from explorer.ui.subject.answer import Answer, of_classes, of_number


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


@pytest.mark.parametrize(
    ("probability", "said"), [(1.0, "100.0%"), (0.123, "12.3%"), (0.0005, "0.1%"), (3.1e-7, "3.1e-7"), (0.0, "0.0%")]
)
def test_a_probability_never_rounds_to_nothing(probability: float, said: str) -> None:
    assert share(probability) == said


def test_three_classes_stand_from_the_likeliest_on_with_the_verdict_in_words() -> None:
    answer = of_classes(np.array([0.1, 0.6, 0.05, 0.25]), ("cat", "dog", "eel", "fox"), "fox")
    assert words(answer_html(answer)) == "✗ wrong, target fox dog 60.0% fox 25.0% cat 10.0%"
    assert "✓ right" in words(answer_html(of_classes(np.array([0.1, 0.9]), ("cat", "dog"), "dog")))


def test_without_a_target_an_answer_is_neither_right_nor_wrong() -> None:
    said = words(answer_html(of_classes(np.array([0.1, 0.9]), ("cat", "dog"), "")))
    assert "right" not in said
    assert "wrong" not in said


def test_a_number_stands_beside_its_target() -> None:
    assert words(answer_html(of_number(0.38421, 0.3668))) == "answer, target 0.3668 0.3842"


def test_names_cannot_break_the_page() -> None:
    html = answer_html(Answer("<script>", "<b>", False, (("<script>", 0.5),)))
    assert "<script>" not in html
    assert "<script>" not in sequence_html(["<script>"], None, 0)


def test_the_character_at_the_chosen_time_step_is_marked() -> None:
    html = sequence_html(list("abcdefghijklmnopqrstuvwxyz"), None, 12)
    assert re.findall("<mark>(.)</mark>", html) == ["m"]
    assert words(html) == "…fgh ijkl m nopqrst…".replace("fgh ijkl", "fghijkl")


@pytest.mark.parametrize("time", [0, 2])
def test_numbers_are_bars_one_a_time_step_and_the_chosen_one_is_marked(time: int) -> None:
    html = sequence_html(["0", "1", "2"], InputStrip(np.array([[0.0, 1.0, 0.5]]), ("value",)), time)
    heights = re.findall(r'style="height:(\d+)%"( data-now)?', html)
    assert [int(height) for height, _ in heights] == [4, 100, 52]
    assert [bool(now) for _, now in heights].index(True) == time
