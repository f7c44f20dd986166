"""The target of a typed sequence, compared with the targets of the data."""

from datetime import date
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer import datasets
from explorer.config import parse
from explorer.datasets.rules import RULES, right_answer, why_unknown
from explorer.datasets.sequences import IGNORE_INDEX, Sequences
from explorer.datasets.strings import FORMS, written

SMALL: dict[str, dict[str, Any]] = {
    "adding": {"examples": 500, "length": 12},
    "copy_memory": {"examples": 500},
    "parity": {"examples": 500},
    "flip_flop": {"examples": 500, "length": 20},
    "bracket_depth": {"examples": 500},
    "python_source": {"characters": 50000},
    "text": {"characters": 50000},
    "reverse": {"examples": 500},
    "addition": {"examples": 500},
    "dates": {"examples": 500},
}
KNOWN: dict[str, Sequences] = {}


def data(name: str, **values: Any) -> Sequences:
    key = f"{name} {values}"
    if key not in KNOWN:
        config = parse({"dataset": {"name": name, **SMALL.get(name, {}), **values}, "model": {"name": "lstm"}})
        loaded = datasets.load(config)
        assert isinstance(loaded, Sequences)
        KNOWN[key] = loaded
    return KNOWN[key]


def tokens(splits: Sequences, text: str) -> torch.Tensor:
    return torch.tensor([splits.vocabulary.index(character) for character in text])


def spelt(splits: Sequences, text: str) -> str | None:
    answer = right_answer(splits, tokens(splits, text))
    if answer is None:
        return None
    return "".join(splits.vocabulary[token] for token in answer[0].tolist() if token >= 0).removesuffix("<end>")


@pytest.mark.parametrize("name", [*RULES, "parity at every step"])
def test_the_rule_gives_the_answers_that_come_with_the_data(name: str) -> None:
    splits = data("parity", every_step=True) if name == "parity at every step" else data(name)
    lengths = splits.lengths_of("test")
    for number, (inputs, target) in enumerate(zip(*splits.test, strict=True)):
        real = inputs[: int(lengths[number])] if lengths is not None else inputs
        answer = right_answer(splits, real)
        assert answer is not None
        assert answer.dtype == target.dtype
        known = torch.ones_like(target, dtype=torch.bool)
        if name in ("python_source", "text"):
            known = answer[0] != IGNORE_INDEX
        torch.testing.assert_close(answer[0][known], target[known])
        assert int((~known).sum()) <= 1  # what follows the last character of a text stands in no window
        if number == 300:
            return


@given(st.text("abcdefghij", min_size=1, max_size=8))
def test_a_typed_string_is_reversed(source: str) -> None:
    assert spelt(data("reverse"), source) == source[::-1]


@given(st.integers(0, 999), st.integers(0, 999))
def test_a_typed_sum_is_added(first: int, second: int) -> None:
    assert spelt(data("addition"), f"{first}+{second}") == str(first + second)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.integers(0, len(FORMS) - 1))
def test_a_typed_date_is_read_in_every_form(day: date, form: int) -> None:
    assert spelt(data("dates"), written(day, form)) == day.isoformat()


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("addition", "1+2+3"),
        ("addition", "12"),
        ("addition", "+1"),
        ("addition", "9999999+1"),
        ("dates", "30 February 2001"),
        ("dates", "1 Janury 1799"),
        ("dates", "2001"),
        ("reverse", "a" * 40),
        ("bracket_depth", ")"),
        ("copy_memory", "AB"),
        ("copy_memory", "AB:_:__"),
        ("copy_memory", "A_B:___"),
        ("copy_memory", "AB_:_A"),
        ("text", "T"),
    ],
)
def test_a_sequence_that_is_not_of_the_tasks_form_has_no_answer_and_it_is_told_why(name: str, typed: str) -> None:
    splits = data(name)
    assert right_answer(splits, tokens(splits, typed)) is None
    assert why_unknown(splits).startswith("The task's rule gives no answer")


def test_brackets_are_counted_up_to_the_first_that_closes_none_of_its_kind() -> None:
    splits = data("bracket_depth")
    answer = right_answer(splits, tokens(splits, "a([b])c(]a"))
    assert answer is not None
    assert answer[0].tolist() == [0, 1, 2, 2, 1, 0, 0, 1, IGNORE_INDEX, IGNORE_INDEX]
    deep = right_answer(splits, tokens(splits, "((((((("))
    assert deep is not None
    assert deep[0].tolist() == [1, 2, 3, 4, 5, 6, IGNORE_INDEX]


def test_symbols_of_another_number_are_remembered_too() -> None:
    splits = data("copy_memory")
    answer = right_answer(splits, tokens(splits, "AB__:__"))
    assert answer is not None
    assert "".join(splits.class_names[token] for token in answer[0].tolist()) == "_____AB"


def test_a_changed_pulse_changes_what_is_held_until_the_next_and_half_a_pulse_is_none() -> None:
    splits = data("flip_flop")
    inputs = torch.tensor([[1.0, -1, 1], [0, 0, 0], [0, 1, 0]])
    answer = right_answer(splits, inputs)
    assert answer is not None
    assert answer[0].tolist() == [[1, -1, 1], [1, -1, 1], [1, 1, 1]]
    inputs[1, 0] = 0.5
    assert right_answer(splits, inputs) is None
    assert "−1, 0 or 1" in why_unknown(splits)


@pytest.mark.parametrize(("name", "said"), [("sunspots", "was measured"), ("digit_rows", "a changed picture")])
def test_where_there_is_no_rule_it_is_said_what_is_compared_with(name: str, said: str) -> None:
    splits = data(name)
    assert right_answer(splits, splits.test.inputs[0]) is None
    assert said in why_unknown(splits)
