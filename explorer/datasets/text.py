"""Running text, character by character: Python's own source, or any text file."""

import gzip
import math
import sysconfig
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from explorer.bounded_files import is_regular, open_regular
from explorer.config import PythonSourceData, TextData
from explorer.datasets.encodings import decoded
from explorer.datasets.files import find_file
from explorer.datasets.sequences import Sequences
from explorer.datasets.splits import Objective, Pair
from explorer.errors import ExplorerError

UNKNOWN = "\ufffd"  # stands for every character that is not a common one
LARGEST_VOCABULARY = 256
NOTICEABLE = 0.001  # of a text, read as the symbol for uncommon characters, is said
WIDEST = 4  # bytes of a character in the encodings that can be chosen
RAREST = 100_000  # a common character occurs at least once in so many
GUESS = "guessing each character as often as it occurs in the training text"

# modules of one file each, in every Python from 3.11 on; none is in two splits
TRAINING_MODULES = (
    *("argparse", "difflib", "typing", "subprocess", "enum", "mailbox", "ipaddress", "pickle", "pdb", "optparse"),
    *("dataclasses", "threading", "shutil", "configparser", "ssl", "smtplib", "traceback", "os", "functools", "socket"),
    *("codecs", "ftplib", "bdb", "random", "tempfile", "trace", "dis", "fractions", "plistlib", "uuid"),
)
VALIDATION_MODULES = ("statistics", "contextlib", "tokenize", "webbrowser", "calendar")
TEST_MODULES = ("tarfile", "imaplib", "textwrap", "csv")


class Texts(NamedTuple):
    """The text of each split."""

    train: str
    validation: str
    test: str


def load_python_source(config: PythonSourceData) -> Sequences:
    """Python's own source, four fifths of it to train on; what is held out are other files.

    Raises:
        ExplorerError: where this Python comes without its source.
    """
    reason = python_source_missing(config)
    if reason:
        raise ExplorerError(reason)
    shares = (0.8, 0.1, 0.1)
    modules = (TRAINING_MODULES, VALIDATION_MODULES, TEST_MODULES)
    texts = (
        "".join(map(_source, names))[: round(share * config.characters)]
        for names, share in zip(modules, shares, strict=True)
    )
    return sequences(config.name, Texts(*texts), config.length)


def python_source_missing(config: PythonSourceData) -> str | None:
    """The reason why the source cannot be read, or None."""
    names = (*TRAINING_MODULES, *VALIDATION_MODULES, *TEST_MODULES)
    absent = [name for name in names if not is_regular(_path(name))]
    if not absent:
        return None
    return (
        f"This Python comes without the source of {len(absent)} of {len(names)} modules ({_path(absent[0])} is the "
        "first that is missing); choose the data set text and give it a text file."
    )


def load_text(config: TextData) -> Sequences:
    """A text file: its beginning to train on, then the validation split, its end for the test.

    Raises:
        ExplorerError: where the file is missing, its encoding is uncertain, or it is too short for a window in every
            split.
    """
    path = find_file(config.path, "text file", ".txt")
    whole = _characters(path, config)
    text = whole[: config.characters]
    test = len(text) * config.test_percent // 100
    validation = len(text) * config.validation_percent // 100
    first, second = len(text) - test - validation, len(text) - test
    texts = Texts(text[:first], text[first:second], text[second:])
    if min(map(len, texts)) <= config.length:
        raise ExplorerError(
            f"{path} has {len(text):,} characters, which leaves {min(map(len, texts)):,} for the smallest split, and a "
            f"window needs {config.length + 1}; choose shorter windows, a larger share, or a longer text."
        )
    splits = sequences(config.name, texts, config.length, config.vocabulary)
    return replace(splits, notes=(*_shortened(whole, text), *_merged(text, splits.vocabulary)))


def text_missing(config: TextData) -> str | None:
    """The reason why the text file cannot be found, or None; does not open it."""
    try:
        find_file(config.path, "text file", ".txt")
    except ExplorerError as error:
        return str(error)
    return None


def sequences(name: str, texts: Texts, length: int, largest: int = LARGEST_VOCABULARY) -> Sequences:
    """Texts cut into windows of ``length`` characters; what follows each character is asked for.

    At most ``largest`` characters are told apart, the symbol for all others among them.

    Windows follow each other without overlap, so that each character but a text's first is asked for once; a rest that
    fills no window is left out.
    """
    vocabulary = common_characters(texts.train, largest)
    train, validation, test = (_windows(encode(text, vocabulary), length) for text in texts)
    return Sequences(
        name=name,
        architecture="many-to-many in step",
        objective=Objective.CLASS_PER_STEP,
        train=train,
        validation=validation,
        test=test,
        class_names=vocabulary,
        baseline=_unigram_loss(train.targets, test.targets, len(vocabulary)),
        baseline_name=GUESS,
        vocabulary=vocabulary,
        autoregressive=True,
    )


def common_characters(text: str, largest: int = LARGEST_VOCABULARY) -> tuple[str, ...]:
    """The characters that are told apart, in the order of their code points, and last the symbol for all others."""
    least = max(2, len(text) / RAREST)
    counts = Counter(text)
    del counts[UNKNOWN]
    common = [character for character, count in counts.most_common(largest - 1) if count >= least]
    return (*sorted(common), UNKNOWN)


def encode(text: str, vocabulary: tuple[str, ...]) -> Tensor:
    """Each character's index in the vocabulary, (time,) int64; the last one's where it is not in there."""
    index = {character: position for position, character in enumerate(vocabulary)}
    unknown = len(vocabulary) - 1
    return torch.tensor([index.get(character, unknown) for character in text], dtype=torch.int64)


def decode(tokens: Tensor, vocabulary: tuple[str, ...]) -> str:
    """The text of tokens of any shape, read in order."""
    return "".join(vocabulary[token] for token in tokens.flatten().tolist())


def gzip_bits_per_character(splits: Sequences, name: str = "test") -> float:
    """The size of a split's target characters after ``gzip -9``, in bits per character.

    The same characters are asked of the network, whose bits a character are its loss / ln 2. The symbol for uncommon
    characters is one byte here.
    """
    text = decode(splits.split(name).targets, splits.vocabulary)
    return 8 * len(gzip.compress(text.replace(UNKNOWN, "\x1a").encode(), 9)) / len(text)


def bits_per_character(loss: float) -> float:
    """A cross-entropy in nats as bits."""
    return loss / math.log(2)


def _characters(path: Path, config: TextData) -> str:
    """The text that is asked for, and up to a few characters more where the file goes on."""
    try:
        with open_regular(path, called=str(path)) as file:
            content = file.read(WIDEST * (config.characters + 1))
            whole = not file.read(1)
    except OSError as error:
        raise ExplorerError(f"{path} cannot be read: {error.strerror}; choose another file.") from error
    text = decoded(content, str(path), config.encoding, whole=whole)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _shortened(whole: str, text: str) -> list[str]:
    if len(whole) == len(text):
        return []
    return [f"Only the first {len(text):,} characters of the file are read; choose more characters to read all of it."]


def _merged(text: str, vocabulary: tuple[str, ...]) -> list[str]:
    """What is said where a noticeable part of a text is read as the symbol for uncommon characters."""
    counts = Counter(text)
    known = set(vocabulary) - {UNKNOWN}
    merged = sum(count for character, count in counts.items() if character not in known)
    if merged < NOTICEABLE * len(text):
        return []
    others = len(counts) - len(known & counts.keys())
    return [
        f"{merged / len(text):.1%} of the text, {merged:,} characters, are read as one symbol, {UNKNOWN}: the text has "
        f"{len(counts):,} different characters, and the vocabulary holds {len(known):,}. The other {others:,} are the "
        "rarest; choose a larger vocabulary to tell more of them apart."
    ]


def _path(module: str) -> Path:
    return Path(sysconfig.get_path("stdlib")) / f"{module}.py"


def _source(module: str) -> str:
    return _path(module).read_text(encoding="utf-8")


def _windows(tokens: Tensor, length: int) -> Pair:
    count = (len(tokens) - 1) // length
    end = count * length
    return Pair(tokens[:end].view(count, length), tokens[1 : end + 1].view(count, length))


def _unigram_loss(train: Tensor, test: Tensor, classes: int) -> float:
    """The cross-entropy in nats of the training frequencies; each counts once more, so that none is impossible."""
    counts = torch.bincount(train.flatten(), minlength=classes).double() + 1
    return -(counts / counts.sum()).log()[test.flatten()].mean().item()
