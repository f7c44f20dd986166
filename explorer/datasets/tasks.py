"""Sequences made by rule, after the papers that introduced them, and the handwritten digits read or drawn by rows."""

import math
from collections.abc import Callable

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor
from torch.nn import functional

from explorer.config import (
    AddingData,
    BracketDepthData,
    CopyMemoryData,
    DigitDrawing,
    DigitRows,
    FlipFlopData,
    MadeSequences,
    ParityData,
)
from explorer.datasets.images import hold_out
from explorer.datasets.sequences import IGNORE_INDEX, Lengths, Sequences
from explorer.datasets.splits import Objective, Pair

HELD_OUT = 2000  # sequences in the validation split, and as many in the test
BRACKETS = ("()", "[]", "{}")
LETTERS = "abcd"
DIGITS = tuple(str(digit) for digit in range(10))


def load_adding(config: AddingData) -> Sequences:
    """Random numbers in 0…1 with two of them marked, one in each half; the answer is the sum of those two.

    Hochreiter & Schmidhuber 1997; as in Le, Jaitly & Hinton 2015. Always answering 1 costs 1/6, the variance of the
    sum of two uniform numbers.
    """

    def make(count: int, random: torch.Generator) -> Pair:
        values = torch.rand(count, config.length, generator=random)
        half = config.length // 2
        first = torch.randint(0, half, (count,), generator=random)
        second = torch.randint(half, config.length, (count,), generator=random)
        marks = functional.one_hot(first, config.length) + functional.one_hot(second, config.length)
        inputs = torch.stack((values, marks.float()), dim=2)
        return Pair(inputs, (values * marks).sum(1, keepdim=True))

    train, validation, test = _drawn(config, make)
    return Sequences(
        name=config.name,
        architecture="many-to-one",
        objective=Objective.NUMBERS,
        train=train,
        validation=validation,
        test=test,
        class_names=("sum",),
        feature_names=("value", "marker"),
        baseline=1 / 6,
        baseline_name="always answering 1",
    )


def load_copy_memory(config: CopyMemoryData) -> Sequences:
    """Symbols, blanks, a signal, then room for the symbols to be said again in their order.

    Hochreiter & Schmidhuber 1997; as in Arjovsky, Shah & Bengio 2016: with T blanks the last one is the signal, and a
    sequence has T + 20 steps. Answering blanks and then guessing costs 10·ln 8 / (T + 20) nats a step.
    """
    symbols = tuple("ABCDEFGHIJKLMNOP"[: config.symbols])
    blank, signal = config.symbols, config.symbols + 1
    remembered, steps = config.remembered, config.blanks + 2 * config.remembered

    def make(count: int, random: torch.Generator) -> Pair:
        shown = torch.randint(0, config.symbols, (count, remembered), generator=random)
        inputs = torch.full((count, steps), blank)
        inputs[:, :remembered] = shown
        inputs[:, -remembered - 1] = signal
        targets = torch.full((count, steps), blank)
        targets[:, -remembered:] = shown
        return Pair(inputs, targets)

    train, validation, test = _drawn(config, make)
    return Sequences(
        name=config.name,
        architecture="many-to-many in step",
        objective=Objective.CLASS_PER_STEP,
        train=train,
        validation=validation,
        test=test,
        class_names=(*symbols, "_"),
        vocabulary=(*symbols, "_", ":"),
        baseline=remembered * math.log(config.symbols) / steps,
        baseline_name="answering blanks, then guessing",
    )


def load_parity(config: ParityData) -> Sequences:
    """Bits of 1 to ``length`` steps; is the number of ones odd, after the last one or after each?"""
    lengths: list[Tensor] = []

    def make(count: int, random: torch.Generator) -> Pair:
        bits = torch.randint(0, 2, (count, config.length), generator=random)
        if config.every_step:
            return Pair(bits, bits.cumsum(1) % 2)
        # short ones among them: of long ones alone, no gradient shows the way
        steps = torch.randint(1, config.length + 1, (count,), generator=random)
        bits = bits.masked_fill(torch.arange(config.length) >= steps[:, None], 0)
        lengths.append(steps)
        return Pair(bits, bits.sum(1) % 2)

    train, validation, test = _drawn(config, make)
    return Sequences(
        name=config.name,
        architecture="many-to-many in step" if config.every_step else "many-to-one",
        objective=Objective.CLASS_PER_STEP if config.every_step else Objective.CLASS,
        train=train,
        validation=validation,
        test=test,
        class_names=("even", "odd"),
        vocabulary=("0", "1"),
        lengths=Lengths(*lengths) if lengths else None,
        baseline=math.log(2),
        baseline_name="guessing",
    )


def load_flip_flop(config: FlipFlopData) -> Sequences:
    """Pulses of +1 and −1, rare but for the first step; each bit answers its last pulse (Sussillo & Barak 2013)."""

    def make(count: int, random: torch.Generator) -> Pair:
        shape = (count, config.length, config.bits)
        pulsed = torch.rand(shape, generator=random) < config.pulse_percent / 100
        pulsed[:, 0] = True  # before it there would be nothing to hold
        signs = torch.randint(0, 2, shape, generator=random) * 2.0 - 1
        steps = torch.arange(config.length)[:, None].expand(shape)
        last = torch.where(pulsed, steps, 0).cummax(1).values  # the step of the last pulse
        return Pair(torch.where(pulsed, signs, 0.0), signs.gather(1, last))

    train, validation, test = _drawn(config, make)
    bits = tuple(f"bit {number}" for number in range(1, config.bits + 1))
    return Sequences(
        name=config.name,
        architecture="many-to-many in step",
        objective=Objective.NUMBERS_PER_STEP,
        train=train,
        validation=validation,
        test=test,
        class_names=bits,
        feature_names=bits,
        baseline=1.0,
        baseline_name="always answering 0",
    )


def load_bracket_depth(config: BracketDepthData) -> Sequences:
    """Brackets that open and close in the right order, letters between; after each character, how many are open?"""
    vocabulary = ("".join(BRACKETS)) + LETTERS

    def make(count: int, random: torch.Generator) -> Pair:
        drawn = torch.rand(count, config.length, generator=random).numpy()
        kinds = torch.randint(0, len(BRACKETS), (count, config.length), generator=random).numpy()
        letters = torch.randint(0, len(LETTERS), (count, config.length), generator=random).numpy()
        return Pair(*_nested(drawn, kinds, letters, config.depth))

    train, validation, test = _drawn(config, make)
    return Sequences(
        name=config.name,
        architecture="many-to-many in step",
        objective=Objective.CLASS_PER_STEP,
        train=train,
        validation=validation,
        test=test,
        class_names=tuple(str(depth) for depth in range(config.depth + 1)),
        vocabulary=tuple(vocabulary),
        baseline=frequency_loss(train.targets, test.targets, config.depth + 1),
        baseline_name="answering how often each depth is met",
    )


def load_digit_rows(config: DigitRows) -> Sequences:
    """The digits of scikit-learn, 0…1, a row a step; the class after the last."""
    pictures, classes = _digits()
    train, validation, test = (Pair(pictures[part], classes[part]) for part in _digit_splits(config, classes))
    return Sequences(
        name=config.name,
        architecture="many-to-one",
        objective=Objective.CLASS,
        train=train,
        validation=validation,
        test=test,
        class_names=DIGITS,
        feature_names=tuple(f"column {number}" for number in range(1, 9)),
        baseline=math.log(10),
        baseline_name="guessing",
    )


def load_digit_drawing(config: DigitDrawing) -> Sequences:
    """The digits of scikit-learn, 0…1, to be drawn: each step reads the class and the row before, the first none."""
    pictures, classes = _digits()
    before = functional.pad(pictures, (0, 0, 1, 0))[:, :-1]  # (example, row, column), a row later
    wanted = functional.one_hot(classes, 10).float()[:, None].expand(-1, 8, -1)
    inputs = torch.cat((wanted, before), dim=2)
    train, validation, test = (Pair(inputs[part], pictures[part]) for part in _digit_splits(config, classes))
    columns = tuple(f"column {number}" for number in range(1, 9))
    return Sequences(
        name=config.name,
        architecture="one-to-many",
        objective=Objective.NUMBERS_PER_STEP,
        train=train,
        validation=validation,
        test=test,
        class_names=columns,
        feature_names=(*(f"is {digit}" for digit in DIGITS), *(f"{column} before" for column in columns)),
        autoregressive=True,
        baseline=(test.targets - train.targets.mean(0)).square().mean().item(),
        baseline_name="always drawing the mean picture",
    )


def frequency_loss(train: Tensor, test: Tensor, classes: int) -> float:
    """The cross-entropy in nats of answering every class of ``test`` with its frequency in ``train``."""
    counts, asked = (torch.bincount(t[t != IGNORE_INDEX], minlength=classes).double() for t in (train, test))
    smoothed = (counts + 1) / (counts + 1).sum()  # a class that was never met is possible
    return -(asked / asked.sum() * smoothed.log()).sum().item()


def _drawn(config: MadeSequences, make: Callable[[int, torch.Generator], Pair]) -> tuple[Pair, Pair, Pair]:
    """The three splits, each with a generator of its own: what is held out stays when more is drawn."""
    random = torch.Generator().manual_seed(config.data_seed)
    seeds = torch.randint(0, 2**62, (3,), generator=random).tolist()
    counts = (config.examples, HELD_OUT, HELD_OUT)
    train, validation, test = (
        make(count, torch.Generator().manual_seed(seed)) for count, seed in zip(counts, seeds, strict=True)
    )
    return train, validation, test


def _nested(drawn: np.ndarray, kinds: np.ndarray, letters: np.ndarray, deepest: int) -> tuple[Tensor, Tensor]:
    """Tokens and depths (example, time) from uniform numbers, kinds of brackets and letters of the same shape."""
    count, steps = drawn.shape
    tokens, depths = np.empty((count, steps), np.int64), np.empty((count, steps), np.int64)
    open_kinds = np.zeros((count, deepest + 1), np.int64)
    depth = np.zeros(count, np.int64)
    everyone = np.arange(count)
    for step in range(steps):
        opens = (drawn[:, step] < 0.4) & (depth < deepest)
        closes = (drawn[:, step] >= 0.4) & (drawn[:, step] < 0.75) & (depth > 0)
        depth = depth + opens
        open_kinds[everyone[opens], depth[opens]] = kinds[opens, step]
        kind = open_kinds[everyone, depth]
        letter = 2 * len(BRACKETS) + letters[:, step]
        tokens[:, step] = np.where(opens, 2 * kind, np.where(closes, 2 * kind + 1, letter))
        depth = depth - closes
        depths[:, step] = depth
    return torch.from_numpy(tokens), torch.from_numpy(depths)


def _digits() -> tuple[Tensor, Tensor]:
    """All pictures (example, row, column) in 0…1, and their classes."""
    digits = load_digits()
    return torch.from_numpy(digits.images).float() / 16, torch.from_numpy(digits.target).long()


def _digit_splits(config: DigitRows | DigitDrawing, classes: Tensor) -> tuple[Tensor, ...]:
    """The digits of the training, validation and test split: the same 1257, 270 and 270 as in the image data set."""
    labels, seed = classes.numpy(), config.data_seed
    rest, test = hold_out(np.arange(len(labels)), labels, 270, seed)
    train, validation = hold_out(rest, labels, 270, seed)
    return tuple(torch.from_numpy(members) for members in (train, validation, test))
