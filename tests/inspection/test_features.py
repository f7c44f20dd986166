"""Features of a text, and their correlation with units."""

import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.inspection import features
from explorer.inspection.features import (
    TEXT_FEATURES,
    after_quote,
    as_text,
    bracket_depth,
    correlations,
    indentation,
    matches,
)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("a'bc'd", "011100"),
        ('"it\'s"x', "1111100"),  # the other kind of quote is a character like any other
        (r"'a\'b'c", "1111100"),  # a quote behind a backslash does not end it
        ("'ab\ncd", "111000"),  # nor does a quotation go on in the next line
    ],
)
def test_a_quotation_is_open_from_its_first_quote_to_before_its_last(text: str, inside: str) -> None:
    assert "".join(str(int(value)) for value in after_quote(text)) == inside


def test_brackets_of_every_kind_count_and_a_closing_one_too_many_does_not() -> None:
    assert bracket_depth("a)f([x]{})").tolist() == [0, 0, 0, 1, 2, 2, 1, 2, 1, 0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("is a quote", "000010010"),
        ("is a space", "010100000"),
        ("is upper case", "100000100"),
        ("is a digit", "001000000"),
    ],
)
def test_single_characters_are_classified_by_their_kind(name: str, expected: str) -> None:
    assert "".join(str(int(value)) for value in TEXT_FEATURES[name]("A 1 'bC'd")) == expected


def test_a_regular_expression_is_1_inside_its_matches() -> None:
    (found,) = matches(["def f():\n  def g"], r"^def\b")
    assert found.tolist() == [1, 1, 1] + [0] * 13
    assert [row.tolist() for row in matches(["aaa", "xa"], "x*")] == [[0, 0, 0], [1, 0]]  # empty matches hold nothing


def test_a_match_is_found_beyond_the_basic_characters_and_in_no_text_at_all() -> None:
    assert [row.tolist() for row in matches(["ä\U0001f600é", "", "\ud800x"], "é|x")] == [[0, 0, 1], [], [0, 1]]
    assert matches([], "a") == []


ENDLESS = [r"(a+)+$", r"(a|aa)+$", r"(a*)*b$", r"(\w+\s?)+$", r"(?:a?){40}a{40}$", r"(.*)*(.*)*c$"]


@pytest.mark.parametrize(("pattern", "seconds"), [(ENDLESS[0], 1.0), *((pattern, 0.2) for pattern in ENDLESS[1:])])
def test_a_pattern_that_backtracks_without_end_is_refused_and_nobody_waits_for_it(
    pattern: str, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    if seconds < 1:  # the bound that visitors have is 1 s
        monkeypatch.setattr(features, "MOST_SECONDS", seconds)
    running, ticks = threading.Event(), []

    def others() -> None:
        while not running.wait(0.01):
            ticks.append(1)

    other = threading.Thread(target=others)
    other.start()
    try:
        with pytest.raises(
            ExplorerError, match=rf"takes more than {seconds:g} s of computing on 4,001 characters; choose"
        ):
            matches(["a" * 4000 + "!"], pattern)
    finally:
        running.set()
        other.join()
    assert len(ticks) > 10  # while re itself searches, not one


def test_on_windows_which_has_no_such_timer_whoever_asks_ends_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "find_matches.py"
    begin = "import runpy, signal, sys; sys.platform = 'win32'; del signal.setitimer, signal.ITIMER_VIRTUAL"
    there.write_text(f"{begin}; runpy.run_path({str(features.FIND_MATCHES)!r}, run_name='__main__')")
    monkeypatch.setattr(features, "FIND_MATCHES", there)
    assert matches(["a ab"], "ab")[0].tolist() == [0, 0, 1, 1]
    monkeypatch.setattr(features, "PATIENCE", 0.5)
    with pytest.raises(ExplorerError, match="computing on 4,001 characters; choose"):
        matches(["a" * 4000 + "!"], ENDLESS[0])


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", r"'\(' is not a regular expression: missing \), unterminated subpattern at character 0"),
        ("a{99999999999}", "is not a regular expression"),
        ("a" * 201, "200 at most"),
    ],
)
def test_an_invalid_pattern_is_refused_with_the_reason(pattern: str, message: str) -> None:
    with pytest.raises(ExplorerError, match=message):
        matches(["text"], pattern)


def test_a_token_of_several_characters_takes_one_position() -> None:
    assert len(as_text(["<start>", "a", "b"])) == 3


@settings(deadline=None, max_examples=30)
@given(st.integers(3, 40), st.integers(1, 6), st.integers(0, 2**31))
def test_correlations_are_those_of_numpy(positions: int, units: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    states, feature = generator.normal(size=(positions, units)), generator.normal(size=positions)
    expected = [np.corrcoef(states[:, unit], feature)[0, 1] for unit in range(units)]
    np.testing.assert_allclose(correlations(torch.from_numpy(states), feature).numpy(), expected, atol=1e-12)


def test_a_constant_has_correlation_0() -> None:
    states = torch.tensor([[0.1, 1.0], [0.1, 2.0], [0.1, 3.0]])
    assert correlations(states, np.array([1.0, 2.0, 3.0])).tolist() == pytest.approx([0.0, 1.0])
    assert correlations(states, np.array([0.3, 0.3, 0.3])).tolist() == [0.0, 0.0]


def test_a_feature_of_another_length_is_refused() -> None:
    with pytest.raises(ExplorerError, match=r"\(3, 2\) and the feature \(2,\)"):
        correlations(torch.zeros(3, 2), np.zeros(2))


def test_the_indentation_is_the_spaces_that_a_line_begins_with() -> None:
    assert indentation("if x:\n  y = 1\nz").tolist() == [0] * 6 + [1, 2, 2, 2, 2, 2, 2, 0, 0]
