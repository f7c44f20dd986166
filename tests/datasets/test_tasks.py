import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss

from explorer import datasets
from explorer.config import (
    AddingData,
    BracketDepthData,
    CopyMemoryData,
    DigitDrawing,
    DigitRows,
    DigitsData,
    FlipFlopData,
    ParityData,
)
from explorer.datasets.tasks import frequency_loss

few = settings(max_examples=10, deadline=None)
seeds = st.integers(0, 9999)


@few
@given(length=st.integers(5, 80), seed=seeds)
def test_adding_asks_for_the_sum_of_the_two_marked_numbers(length: int, seed: int) -> None:
    inputs, targets = datasets.load(AddingData(examples=500, length=length, data_seed=seed)).train
    for (values, marks), target in zip(inputs.transpose(1, 2).tolist()[:50], targets.tolist()[:50], strict=True):
        assert sorted(set(marks)) == [0.0, 1.0]
        assert sum(marks) == 2
        assert all(0 <= value < 1 for value in values)
        marked = [value for value, mark in zip(values, marks, strict=True) if mark]
        assert target == pytest.approx([sum(marked)], rel=1e-6)


def test_always_answering_1_to_the_adding_problem_costs_a_sixth() -> None:
    sequences = datasets.load(AddingData(examples=200000, length=5))
    assert sequences.baseline == pytest.approx(0.16667, abs=1e-5)  # as published
    assert (sequences.train.targets - 1).square().mean().item() == pytest.approx(sequences.baseline, rel=0.01)


@few
@given(blanks=st.integers(1, 40), symbols=st.integers(2, 16), remembered=st.integers(1, 12))
def test_copy_memory_asks_for_the_first_symbols_after_the_blanks(blanks: int, symbols: int, remembered: int) -> None:
    config = CopyMemoryData(examples=500, blanks=blanks, symbols=symbols, remembered=remembered)
    sequences = datasets.load(config)
    for tokens, targets in zip(*(side[:20].tolist() for side in sequences.train), strict=True):
        shown = "".join(sequences.vocabulary[token] for token in tokens)
        asked = "".join(sequences.class_names[target] for target in targets)
        word = shown[:remembered]
        assert shown == word + "_" * (blanks - 1) + ":" + "_" * remembered
        assert asked == "_" * (blanks + remembered) + word
        assert not set(word) & set("_:")


@pytest.mark.parametrize(("blanks", "baseline"), [(10, 0.6931), (20, 0.5199), (50, 0.2971), (100, 0.1733)])
def test_the_memoryless_answer_to_copy_memory_costs_what_was_published(blanks: int, baseline: float) -> None:
    sequences = datasets.load(CopyMemoryData(examples=500, blanks=blanks))
    assert sequences.baseline == pytest.approx(baseline, abs=5e-5)


@few
@given(length=st.integers(2, 40), seed=seeds)
def test_parity_is_odd_where_the_number_of_ones_is(length: int, seed: int) -> None:
    once = datasets.load(ParityData(examples=500, length=length, data_seed=seed))
    lengths = once.lengths_of("train")
    assert lengths is not None
    assert {1, length} <= set(lengths.tolist())
    for bits, target, steps in zip(*(t.tolist() for t in (*once.train, lengths)), strict=True):
        assert target == sum(bits[:steps]) % 2
        assert not any(bits[steps:])
    always = datasets.load(ParityData(examples=500, length=length, data_seed=seed, every_step=True))
    assert always.lengths is None
    for bits, targets in zip(*(t.tolist() for t in always.test), strict=True):
        assert targets == [sum(bits[: step + 1]) % 2 for step in range(length)]


@few
@given(bits=st.integers(1, 6), percent=st.integers(1, 50), seed=seeds)
def test_a_flip_flop_holds_the_last_pulse_of_each_bit(bits: int, percent: int, seed: int) -> None:
    inputs, targets = datasets.load(
        FlipFlopData(examples=500, length=20, bits=bits, pulse_percent=percent, data_seed=seed)
    ).train
    for pulses, held in zip(inputs[:10].tolist(), targets[:10].tolist(), strict=True):
        state = [0.0] * bits
        for now, answer in zip(pulses, held, strict=True):
            state = [new or old for new, old in zip(now, state, strict=True)]
            assert answer == state
    assert set(inputs.flatten().tolist()) == {-1.0, 0.0, 1.0}
    assert (inputs[:, 1:] != 0).float().mean().item() == pytest.approx(percent / 100, abs=0.02)
    assert targets.square().mean() == 1.0  # what always answering 0 costs


@few
@given(length=st.integers(4, 60), depth=st.integers(1, 12), seed=seeds)
def test_the_depth_is_the_number_of_open_brackets_and_each_closes_its_own_kind(
    length: int, depth: int, seed: int
) -> None:
    sequences = datasets.load(BracketDepthData(examples=500, length=length, depth=depth, data_seed=seed))
    for tokens, targets in zip(*(side[:50].tolist() for side in sequences.train), strict=True):
        stack: list[str] = []
        for character, target in zip((sequences.vocabulary[token] for token in tokens), targets, strict=True):
            if character in "([{":
                stack.append(character)
            elif character in ")]}":
                assert stack.pop() + character in ("()", "[]", "{}")
            assert target == len(stack) <= depth


def test_every_depth_and_every_character_is_met() -> None:
    sequences = datasets.load(BracketDepthData())
    assert (sequences.describe() > 0).all(axis=None)
    assert set(sequences.train.inputs.flatten().tolist()) == set(range(len(sequences.vocabulary)))


def test_the_frequencies_cost_their_cross_entropy() -> None:
    train, test = torch.tensor([[0, 0, 1], [2, -100, 1]]), torch.tensor([[0, 2, -100]])
    smoothed = [3 / 8, 3 / 8, 2 / 8]  # one added to each count
    assert frequency_loss(train, test, 3) == pytest.approx(log_loss([0, 2], [smoothed] * 2, labels=[0, 1, 2]))
    assert frequency_loss(train, test, 3) == pytest.approx(-(math.log(3 / 8) + math.log(2 / 8)) / 2)


def test_digit_rows_are_the_pixels_of_scikit_learns_digits_each_once() -> None:
    sequences = datasets.load(DigitRows())
    assert [len(sequences.split(part).targets) for part in ("train", "validation", "test")] == [1257, 270, 270]
    found = sorted(
        (target, *(round(16 * pixel) for row in rows for pixel in row))
        for part in ("train", "validation", "test")
        for rows, target in zip(*(side.tolist() for side in sequences.split(part)), strict=True)
    )
    digits = load_digits()
    assert found == sorted(
        (target, *map(int, pixels)) for target, pixels in zip(digits.target, digits.data, strict=True)
    )


@few
@given(seed=seeds)
def test_the_digits_read_by_rows_are_divided_as_the_same_digits_seen_at_once(seed: int) -> None:
    pictures, rows = datasets.load(DigitsData(split_seed=seed)), datasets.load(DigitRows(data_seed=seed))
    for part in ("train", "validation", "test"):
        seen = pictures.pictures(pictures.split(part).inputs)[..., 0]  # uint8, 0…255
        read = (rows.split(part).inputs * 255).round().byte().numpy()
        np.testing.assert_array_equal(seen, read)
        assert pictures.split(part).targets.equal(rows.split(part).targets)


def test_a_digit_is_drawn_from_its_class_and_the_rows_before() -> None:
    sequences, rows = datasets.load(DigitDrawing()), datasets.load(DigitRows())
    for part in ("train", "validation", "test"):
        inputs, targets = sequences.split(part)
        assert targets.equal(rows.split(part).inputs)
        assert inputs[:, 0, 10:].abs().max() == 0
        assert inputs[:, 1:, 10:].equal(targets[:, :-1])
        assert inputs[:, :, :10].sum(2).eq(1).all()
        assert inputs[:, :, :10].argmax(2).eq(rows.split(part).targets[:, None]).all()


def test_the_mean_picture_costs_the_squared_distance_to_it() -> None:
    sequences = datasets.load(DigitDrawing())
    mean = sequences.train.targets.mean(0).numpy()
    expected = ((sequences.test.targets.numpy() - mean) ** 2).mean()
    assert sequences.baseline == pytest.approx(float(expected), rel=1e-5)


def test_what_is_held_out_stays_when_more_is_drawn() -> None:
    few_drawn, many = (datasets.load(AddingData(examples=count)) for count in (500, 1000))
    assert few_drawn.test.inputs.equal(many.test.inputs)
    assert few_drawn.validation.targets.equal(many.validation.targets)
    assert not few_drawn.train.inputs.equal(few_drawn.test.inputs[:500])
