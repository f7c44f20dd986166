import datetime
import itertools
import re

import pytest
import torch

from explorer.config import AdditionData, DatesData, ReverseData
from explorer.datasets import strings
from explorer.datasets.sequences import IGNORE_INDEX, Sequences
from explorer.datasets.strings import END, FORMS, PADDING, START, text_of, written
from explorer.errors import ExplorerError

PARTS = ("train", "validation", "test")


def read(splits: Sequences, part: str) -> list[tuple[str, str]]:
    """Each source and answer of a split, read back from its tensors."""
    inputs, targets = splits.split(part)
    sources = inputs[:, : splits.source_length]
    return [
        (text_of(source, splits.vocabulary), text_of(target, splits.vocabulary))
        for source, target in zip(sources, targets, strict=True)
    ]


@pytest.fixture(scope="module", params=["reverse", "addition", "dates"])
def loaded(request: pytest.FixtureRequest) -> Sequences:
    return {
        "reverse": lambda: strings.load_reverse(ReverseData(examples=600)),
        "addition": lambda: strings.load_addition(AdditionData(examples=600)),
        "dates": lambda: strings.load_dates(DatesData(examples=600)),
    }[request.param]()


def test_the_decoder_reads_a_start_symbol_and_the_answer_one_step_late(loaded: Sequences) -> None:
    vocabulary = loaded.vocabulary
    for part in PARTS:
        inputs, targets = loaded.split(part)
        given_tokens = inputs[:, loaded.source_length :]
        assert given_tokens.shape == targets.shape
        assert (given_tokens[:, 0] == vocabulary.index(START)).all()
        asked = targets[:, :-1] != IGNORE_INDEX
        assert given_tokens[:, 1:][asked].equal(targets[:, :-1][asked])
        assert (given_tokens[:, 1:][~asked] == vocabulary.index(PADDING)).all()


def test_an_answer_ends_with_the_end_and_nothing_is_asked_after_it(loaded: Sequences) -> None:
    end = loaded.vocabulary.index(END)
    for part in PARTS:
        for target in loaded.split(part).targets.tolist():
            place = target.index(end)
            assert all(token > end for token in target[:place])
            assert set(target[place + 1 :]) <= {IGNORE_INDEX}


def test_lengths_count_the_characters_of_the_source_and_padding_follows_them(loaded: Sequences) -> None:
    padding = loaded.vocabulary.index(PADDING)
    for part in PARTS:
        lengths = loaded.lengths_of(part)
        assert lengths is not None
        sources = loaded.split(part).inputs[:, : loaded.source_length]
        assert (sources != padding).sum(1).equal(lengths)
        assert [len(source) for source, _ in read(loaded, part)] == lengths.tolist()


def test_reversed_strings_are_reversed_and_none_is_in_two_splits() -> None:
    splits = strings.load_reverse(ReverseData(examples=600, letters=3, shortest=2, longest=6))
    assert len(splits.train.targets) == 600
    for part in PARTS:
        for source, answer in read(splits, part):
            assert answer == "".join(reversed(source))
            assert re.fullmatch("[abc]{2,6}", source)
    held_out = [{source for source, _ in read(splits, part)} for part in PARTS]
    assert all(not first & second for first, second in itertools.combinations(held_out, 2))


def test_sums_are_right_and_none_is_in_two_splits_in_either_order() -> None:
    splits = strings.load_addition(AdditionData(examples=900, digits=2))
    keys = []
    for part in PARTS:
        numbers = [(tuple(map(int, source.split("+"))), int(answer)) for source, answer in read(splits, part)]
        assert all(sum(pair) == answer for pair, answer in numbers)
        assert all(len(pair) == 2 and max(pair) <= 99 for pair, _ in numbers)
        keys.append({tuple(sorted(pair)) for pair, _ in numbers})
    assert all(not first & second for first, second in itertools.combinations(keys, 2))


def test_dates_are_read_as_python_reads_them_and_no_day_is_in_two_splits() -> None:
    splits = strings.load_dates(DatesData(examples=900))
    formats = ["%d %B %Y", "%B %d, %Y", "%d %b %Y", "%b %d, %Y", "%d.%m.%Y", "%m/%d/%Y", "%A, %d %B %Y"]
    days = []
    used: set[str] = set()
    for part in PARTS:
        for source, answer in read(splits, part):
            fitting = [form for form in formats if _parsed(source, form)]
            used.update(fitting)
            assert {_parsed(source, form) for form in fitting} == {answer}
        days.append({answer for _, answer in read(splits, part)})
    assert used == set(formats)
    assert all(not first & second for first, second in itertools.combinations(days, 2))


def _parsed(source: str, form: str) -> str | None:
    try:
        return datetime.datetime.strptime(source, form).date().isoformat()
    except ValueError:
        return None


def test_days_are_written_in_seven_forms() -> None:
    day = datetime.date(1969, 7, 20)  # the first landing on the moon, a Sunday
    assert [written(day, form) for form in range(len(FORMS))] == [
        "20 July 1969",
        "July 20, 1969",
        "20 Jul 1969",
        "Jul 20, 1969",
        "20.07.1969",
        "7/20/1969",
        "Sunday, 20 July 1969",
    ]


def test_the_last_day_is_the_end_of_2099() -> None:
    assert strings.FIRST_DAY + datetime.timedelta(strings.DAYS - 1) == datetime.date(2099, 12, 31)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_seed_alone_decides_what_is_drawn(seed: int) -> None:
    first, again, other = (strings.load_dates(DatesData(examples=500, data_seed=s)) for s in (seed, seed, seed + 1))
    assert first.train.inputs.equal(again.train.inputs)
    assert read(first, "train") != read(other, "train")


def test_too_few_different_strings_are_refused_and_few_are_repeated() -> None:
    with pytest.raises(ExplorerError, match="only 4 different examples"):
        strings.load_reverse(ReverseData(examples=500, letters=2, shortest=2, longest=2))
    few = strings.load_reverse(ReverseData(examples=500, letters=2, shortest=4, longest=4))  # 16 strings
    assert [len(few.split(part).targets) for part in PARTS] == [500, 1, 1]


def test_short_sums_are_trained_on_too() -> None:
    splits = strings.load_addition(AdditionData(examples=5000))
    short = {part: [source for source, _ in read(splits, part) if len(source) == 3] for part in PARTS}
    # a ninth of what is drawn, though there are only 55 of the 4,000 or so different ones
    assert len(short["train"]) == pytest.approx(5000 / 9, rel=0.3)
    assert len(set(short["train"])) > 60  # of 100, both orders counted
    assert len(short["validation"]) < 30 > len(short["test"])


def test_a_shortest_above_the_longest_is_refused() -> None:
    with pytest.raises(ExplorerError, match="shortest string has 9 letters and the longest 4"):
        strings.load_reverse(ReverseData(shortest=9, longest=4))


def test_the_baseline_is_the_loss_of_the_frequencies_at_each_place() -> None:
    splits = strings.load_addition(AdditionData(examples=500, digits=1))
    losses = []
    for place in range(splits.train.targets.shape[1]):
        train, test = (pair.targets[:, place].tolist() for pair in (splits.train, splits.test))
        asked = [token for token in train if token != IGNORE_INDEX]
        for token in test:
            if token != IGNORE_INDEX:
                chance = (asked.count(token) + 1) / (len(asked) + len(splits.vocabulary))
                losses.append(-torch.tensor(chance).log())
    assert splits.baseline == pytest.approx(float(torch.stack(losses).mean()), rel=1e-5)
