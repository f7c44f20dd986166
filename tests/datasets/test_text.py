import gzip
import math
import re
import subprocess
import sysconfig
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import models
from explorer.config import PythonSourceData, TextData, parse
from explorer.datasets import text
from explorer.datasets.text import UNKNOWN, Texts, common_characters, decode, encode, gzip_bits_per_character, sequences
from explorer.errors import ExplorerError
from explorer.places import SAMPLE_DATA
from explorer.training import evaluate_split, train

SMALL = PythonSourceData(characters=50_000)
RHYME = "Ring a ring o' roses, a pocket full of posies. Atishoo! Atishoo! We all fall down.\n" * 40


@settings(deadline=None, max_examples=30)
@given(st.text("abcdef \n", min_size=12, max_size=200), st.integers(1, 5))
def test_a_target_is_the_character_after_its_input_and_no_window_overlaps(given_text: str, length: int) -> None:
    splits = sequences("text", Texts(given_text, given_text, given_text), length)
    kept = [character if character in splits.vocabulary else UNKNOWN for character in given_text]
    for part in ("train", "validation", "test"):
        inputs, targets = splits.split(part)
        for row in range(len(inputs)):
            place = row * length
            assert decode(inputs[row], splits.vocabulary) == "".join(kept[place : place + length])
            assert decode(targets[row], splits.vocabulary) == "".join(kept[place + 1 : place + 1 + length])
        assert (len(inputs) + 1) * length + 1 > len(given_text)  # no whole window is left out


def test_characters_that_stand_only_once_share_one_symbol() -> None:
    assert common_characters("abab\u20aca") == ("a", "b", UNKNOWN)
    assert encode("a\u20acbz", ("a", "b", UNKNOWN)).tolist() == [0, 2, 1, 2]


def test_a_symbol_for_the_unknown_in_the_text_itself_is_not_told_apart() -> None:
    assert common_characters("aa" + 5 * UNKNOWN) == ("a", UNKNOWN)


def test_no_more_than_256_characters_are_told_apart() -> None:
    many = "".join(chr(0x4E00 + number) * (2 + number % 3) for number in range(400))
    vocabulary = common_characters(many)
    assert len(vocabulary) == 256
    assert min(many.count(character) for character in vocabulary[:-1]) >= 3  # the most frequent ones


def test_the_vocabulary_and_the_baseline_come_from_the_training_text_alone() -> None:
    splits = sequences("text", Texts("aaab" * 20, "c" * 20, "ab" * 10), 5)
    assert splits.vocabulary == ("a", "b", UNKNOWN)
    assert set(splits.validation.targets.flatten().tolist()) == {2}
    asked = "ab" * 10
    # 75 targets of 80 characters: a stands 55 times, b 20 times; each counts once more, the unknown too
    targets = Counter(("aaab" * 20)[1:76])
    chance = {character: (targets[character] + 1) / (75 + 3) for character in "ab"}
    expected = -sum(math.log(chance[character]) for character in asked[1:16]) / 15
    assert splits.baseline == pytest.approx(expected)


def test_python_source_is_the_running_pythons_own_files_and_no_file_is_in_two_splits() -> None:
    modules = (text.TRAINING_MODULES, text.VALIDATION_MODULES, text.TEST_MODULES)
    everything = [name for names in modules for name in names]
    assert len(set(everything)) == len(everything)
    splits = text.load_python_source(SMALL)
    for part, names in zip(("train", "validation", "test"), modules, strict=True):
        source = (Path(sysconfig.get_path("stdlib")) / f"{names[0]}.py").read_text(encoding="utf-8")
        said = decode(splits.split(part).targets, splits.vocabulary)[:3000]
        assert all(ours in (theirs, UNKNOWN) for ours, theirs in zip(said, source[1:3001], strict=True))


def test_the_modules_hold_a_megabyte_divided_in_eight_to_one_to_one() -> None:
    splits = text.load_python_source(PythonSourceData())
    sizes = [splits.split(part).targets.numel() for part in ("train", "validation", "test")]
    assert sizes == [799_900, 99_900, 99_900]


def test_a_python_without_its_source_is_refused_and_another_data_set_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert text.python_source_missing(SMALL) is None
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    reason = text.python_source_missing(SMALL)
    assert reason is not None
    assert "choose the data set text" in reason
    with pytest.raises(ExplorerError, match="argparse"):
        text.load_python_source(SMALL)


def test_a_text_file_is_divided_by_position(tmp_path: Path) -> None:
    path = tmp_path / "rhyme.txt"
    path.write_text(RHYME, encoding="utf-8")
    splits = text.load_text(TextData(path=str(path), length=10, validation_percent=20, test_percent=10))
    total = len(RHYME)
    cuts = (0, total - total * 20 // 100 - total * 10 // 100, total - total * 10 // 100, total)
    for part, start, end in zip(("train", "validation", "test"), cuts, cuts[1:], strict=False):
        said = decode(splits.split(part).inputs, splits.vocabulary)
        assert said == RHYME[start:end][: len(said)]
        assert end - start - len(said) <= 10


def test_only_the_first_characters_are_read_as_many_as_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("ab" * 1000 + "z" * 5000, encoding="utf-8")
    splits = text.load_text(TextData(path=str(path), length=10, characters=2000))
    assert splits.vocabulary == ("a", "b", UNKNOWN)


def test_a_byte_order_mark_is_not_a_character(tmp_path: Path) -> None:
    path = tmp_path / "marked.txt"
    path.write_text(RHYME, encoding="utf-8-sig")
    assert "\ufeff" not in text.load_text(TextData(path=str(path))).vocabulary


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"short", "has 5 characters, which leaves 0 for the smallest split, and a window needs 101"),
        (b"caf\xe9 " * 500, r"Line 1 of .*given.txt is not UTF-8 text \(byte 0xe9\). It may be cp1252"),
    ],
)
def test_a_file_that_is_no_use_is_refused_with_its_numbers(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "given.txt"
    path.write_bytes(content)
    with pytest.raises(ExplorerError, match=message):
        text.load_text(TextData(path=str(path)))


def test_a_file_that_is_not_there_is_missing_and_one_that_is_there_is_not() -> None:
    assert "There is no text file 'nowhere.txt'" in (text.text_missing(TextData(path="nowhere.txt")) or "")
    assert "There is no text file ''" in (text.text_missing(TextData(path="")) or "")
    assert text.text_missing(TextData()) is None


def test_gzip_is_measured_on_the_characters_that_are_asked_for() -> None:
    splits = sequences("text", Texts(RHYME, RHYME, RHYME), 50)
    asked = RHYME[1 : len(RHYME) // 50 * 50 + 1]
    asked = asked[: splits.test.targets.numel()]
    packed = subprocess.run(["gzip", "-9", "-n"], input=asked.encode(), capture_output=True, check=True).stdout
    assert gzip_bits_per_character(splits) == pytest.approx(8 * len(packed) / len(asked), rel=1e-3)
    assert len(gzip.decompress(packed)) == len(asked)


def test_a_nat_is_1_4427_bits() -> None:
    assert text.bits_per_character(1.0) == pytest.approx(1.442695)


def test_the_shipped_text_is_a_whole_novel_and_nothing_besides() -> None:
    novel = (SAMPLE_DATA / TextData().path).read_text(encoding="ascii")
    assert novel.startswith("PRIDE AND PREJUDICE\n\nBy Jane Austen\n")
    assert novel.endswith("had been the means of uniting them.\n")
    assert re.findall(r"^Chapter (\d+)$", novel, re.MULTILINE) == [str(number) for number in range(1, 62)]
    assert "gutenberg" not in novel.lower()  # nothing of a licence or of a trademark stands around it


@pytest.mark.slow
def test_a_small_network_already_tells_the_novels_beginning_better_than_gzip_after_one_look_at_it() -> None:
    beginning = {"name": "text", "characters": 250_000}
    small = {"name": "gru", "hidden_size": 64}
    config = parse({"dataset": beginning, "model": small, "training": {"epochs": 1, "device": "cpu"}})
    assert isinstance(config.dataset, TextData)
    splits = text.load_text(config.dataset)
    model = models.build(config, splits)
    for _ in train(model, splits, config.training, watched_steps=()):
        pass
    assert text.bits_per_character(evaluate_split(model, splits, "test").loss) < gzip_bits_per_character(splits)


def chinese(different: int) -> str:
    """A text in which each of many characters stands five times, the first 200 of them forty times."""
    return "".join(chr(0x4E00 + number) * (40 if number < 200 else 5) for number in range(different)) * 2


def test_a_part_of_a_text_that_is_read_as_one_symbol_is_said_and_the_vocabulary_can_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "novel.txt"
    letters = chinese(1000)
    path.write_text("".join(letters[place::97] for place in range(97)), encoding="utf-8")  # well mixed
    small = TextData(path=str(path), length=20)
    splits = text.load_text(small)
    merged = sum(int((splits.split(part).inputs == 255).sum()) for part in ("train", "validation", "test"))
    assert len(splits.vocabulary) == 256
    [note] = splits.notes
    share = re.match(r"(\d+\.\d)% of the text, ([\d,]+) characters, are read as one symbol, \ufffd", note)
    assert share is not None
    assert int(share[2].replace(",", "")) == pytest.approx(merged, rel=0.02)  # a rest fills no window
    assert float(share[1]) == pytest.approx(100 * 745 * 10 / 24_000, abs=0.1)  # 745 of 1000 are left, 10 times each
    assert "1,000 different characters, and the vocabulary holds 255. The other 745" in note
    large = text.load_text(small.model_copy(update={"vocabulary": 2000}))
    assert len(large.vocabulary) == 1001
    assert large.notes == ()


def test_a_text_that_is_not_read_to_its_end_says_so(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("é\r\n" * 3000, encoding="utf-8")
    config = TextData(path=str(path), length=10, characters=2000)
    assert "Only the first 2,000 characters of the file are read" in text.load_text(config).notes[0]
    assert text.load_text(config.model_copy(update={"characters": 6000})).notes == ()


def test_a_text_in_another_encoding_is_read_once_it_is_chosen(tmp_path: Path) -> None:
    path = tmp_path / "rhyme.txt"
    path.write_bytes((RHYME.replace("We", "Grüße")).encode("utf-16-le"))
    with pytest.raises(ExplorerError, match="It may be utf-16-le"):
        text.load_text(TextData(path=str(path)))
    splits = text.load_text(TextData(path=str(path), encoding="utf-16-le"))
    assert "Grüße all fall down" in decode(splits.train.inputs[:1], splits.vocabulary)
    assert "\0" not in splits.vocabulary
