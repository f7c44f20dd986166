"""Strings that become other strings: an encoder reads the whole source, then a decoder writes the answer."""

from collections.abc import Callable
from datetime import date, timedelta
from string import ascii_lowercase
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from explorer.config import AdditionData, DatesData, ReverseData
from explorer.datasets.sequences import IGNORE_INDEX, Lengths, Sequences
from explorer.datasets.splits import Objective, Pair
from explorer.errors import ExplorerError

StringConfig = ReverseData | AdditionData | DatesData

PADDING, START, END = "<padding>", "<start>", "<end>"  # the first three tokens of every vocabulary
SPECIAL = (PADDING, START, END)
GUESS = "guessing each character as often as it stands at its place in the training answers"
LARGEST_HELD_OUT = 1000

FIRST_DAY, DAYS = date(1900, 1, 1), 73_049  # to 31 December 2099
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
FORMS = (
    "{day} {month} {year}",
    "{month} {day}, {year}",
    "{day} {short} {year}",
    "{short} {day}, {year}",
    "{day:02}.{number:02}.{year}",
    "{number}/{day}/{year}",  # the month first, as in the United States
    "{weekday}, {day} {month} {year}",
)


class Example(NamedTuple):
    """A source, its answer, and what must not be in two splits."""

    source: str
    answer: str
    key: str


Draw = Callable[[np.random.Generator], Example]


def load_reverse(config: ReverseData) -> Sequences:
    """Strings of letters and the same strings backwards.

    Raises:
        ExplorerError: where the shortest is longer than the longest, or there are too few different strings.
    """
    if config.shortest > config.longest:
        raise ExplorerError(
            f"The shortest string has {config.shortest} letters and the longest {config.longest}; choose a shortest "
            f"of {config.longest} or less."
        )
    letters = ascii_lowercase[: config.letters]

    def draw(chance: np.random.Generator) -> Example:
        count = chance.integers(config.shortest, config.longest + 1)
        source = "".join(letters[place] for place in chance.integers(0, len(letters), count))
        return Example(source, source[::-1], source)

    return _sequences(config, draw, letters)


def load_addition(config: AdditionData) -> Sequences:
    """Sums of two numbers, each with one digit up to as many as asked for, all numbers of digits being as frequent.

    A sum that is held out is so in both orders.

    Raises:
        ExplorerError: where there are too few different sums.
    """

    def draw(chance: np.random.Generator) -> Example:
        first, second = (int(chance.integers(0, 10**digits)) for digits in chance.integers(1, config.digits + 1, 2))
        key = f"{min(first, second)}+{max(first, second)}"
        return Example(f"{first}+{second}", str(first + second), key)

    return _sequences(config, draw, "+0123456789")


def load_dates(config: DatesData) -> Sequences:
    """Days from 1900 to 2099 as people write them, and as year-month-day (ISO 8601).

    A day that is held out is so in every form.
    """

    def draw(chance: np.random.Generator) -> Example:
        day = FIRST_DAY + timedelta(days=int(chance.integers(0, DAYS)))
        return Example(written(day, int(chance.integers(0, len(FORMS)))), day.isoformat(), day.isoformat())

    characters = "".join(sorted({*"".join((*MONTHS, *WEEKDAYS)), *"0123456789-./, "}))
    return _sequences(config, draw, characters)


def written(day: date, form: int) -> str:
    """A day in one of the forms that people use, in English whatever the machine's language is."""
    month = MONTHS[day.month - 1]
    return FORMS[form].format(
        day=day.day,
        number=day.month,
        month=month,
        short=month[:3],
        year=day.year,
        weekday=WEEKDAYS[day.weekday()],
    )


def text_of(tokens: Tensor, vocabulary: tuple[str, ...]) -> str:
    """The string that tokens (time,) spell, up to its end; tokens that are no characters are left out."""
    characters: list[str] = []
    for token in tokens.tolist():
        symbol = vocabulary[token] if token >= 0 else PADDING
        if symbol == END:
            break
        if symbol not in SPECIAL:
            characters.append(symbol)
    return "".join(characters)


def _sequences(config: StringConfig, draw: Draw, characters: str) -> Sequences:
    vocabulary = (*SPECIAL, *characters)
    splits = _divide(config.examples, draw, np.random.default_rng(config.data_seed))
    everything = [example for split in splits for example in split]
    source_length = max(len(example.source) for example in everything)
    answer_length = max(len(example.answer) for example in everything) + 1  # and the end
    pairs = [_encode(split, vocabulary, source_length, answer_length) for split in splits]
    train, validation, test = pairs
    return Sequences(
        name=config.name,
        architecture="many-to-many encoder-decoder",
        objective=Objective.CLASS_PER_STEP,
        train=train,
        validation=validation,
        test=test,
        class_names=vocabulary,
        baseline=_place_loss(train.targets, test.targets, len(vocabulary)),
        baseline_name=GUESS,
        vocabulary=vocabulary,
        lengths=Lengths(*(torch.tensor([len(example.source) for example in split]) for split in splits)),
        source_length=source_length,
        autoregressive=True,
    )


def _divide(wanted: int, draw: Draw, chance: np.random.Generator) -> tuple[list[Example], list[Example], list[Example]]:
    """The configured number of training examples; each other split holds out at most a tenth of the distinct ones."""
    drawn = [draw(chance) for _ in range(wanted)]
    different = list({example.key: example for example in drawn}.values())
    held_out = min(LARGEST_HELD_OUT, len(different) // 10)
    if not held_out:
        raise ExplorerError(
            f"There are only {len(different)} different examples, and 10 are needed to hold some out; choose longer "
            "ones, or more letters."
        )
    # not the first ones: short strings are drawn often, and all of them would be among these
    chosen = [different[place] for place in chance.permutation(len(different))[: 2 * held_out]]
    validation, test = chosen[:held_out], chosen[held_out:]
    unseen = {example.key for example in (*validation, *test)}
    train = [example for example in drawn if example.key not in unseen]
    while len(train) < wanted:
        example = draw(chance)
        if example.key not in unseen:
            train.append(example)
    return train, validation, test


def _encode(examples: list[Example], vocabulary: tuple[str, ...], source_length: int, answer_length: int) -> Pair:
    """Source, start and the answer without its last token, (example, source_length + answer_length); the answer."""
    index = {symbol: token for token, symbol in enumerate(vocabulary)}
    padding, start, end = (index[symbol] for symbol in SPECIAL)
    sources = np.full((len(examples), source_length), padding)
    answers = np.full((len(examples), answer_length), IGNORE_INDEX)
    for row, example in enumerate(examples):
        sources[row, : len(example.source)] = [index[character] for character in example.source]
        answers[row, : len(example.answer) + 1] = [*(index[character] for character in example.answer), end]
    given = np.where(answers[:, :-1] == IGNORE_INDEX, padding, answers[:, :-1])
    inputs = np.concatenate([sources, np.full((len(examples), 1), start), given], axis=1)
    return Pair(torch.from_numpy(inputs), torch.from_numpy(answers))


def _place_loss(train: Tensor, test: Tensor, classes: int) -> float:
    """The cross-entropy in nats of the training frequencies at each place; each token counts once more."""
    counts = torch.stack([torch.bincount(place[place != IGNORE_INDEX], minlength=classes) for place in train.T]) + 1.0
    chances = (counts / counts.sum(1, keepdim=True)).log()  # (time, class)
    asked = test != IGNORE_INDEX
    return -chances.expand(len(test), -1, -1).gather(2, test.clamp(0)[..., None])[..., 0][asked].mean().item()
