"""Sequences of characters: strings that become other strings, and running text.

A new one is a class here, in a union at the end.
"""

from typing import Any, ClassVar, Literal

from explorer.config.files import Encoding
from explorer.config.parts import setting
from explorer.config.tasks import GENERATED, MadeSequences, SequenceData


class ReverseData(MadeSequences):
    """A string and the same string reversed: the whole string passes through one state."""

    title: ClassVar[str] = "Reverse a string"
    architecture: ClassVar[str] = "many-to-many encoder-decoder"
    recommended: ClassVar[dict[str, Any]] = {**GENERATED, "epochs": 8}
    autoregressive: ClassVar[bool] = True
    name: Literal["reverse"] = "reverse"
    letters: int = setting(10, "number of different letters", unit="letters", ge=2, le=26)
    shortest: int = setting(3, "letters in the shortest string", unit="letters", ge=1, le=20, advanced=True)
    longest: int = setting(8, "letters in the longest string", unit="letters", ge=1, le=20)


class AdditionData(MadeSequences):
    """Sums as text: "27+115" in, "142" out (Zaremba & Sutskever 2014)."""

    title: ClassVar[str] = "Addition"
    architecture: ClassVar[str] = "many-to-many encoder-decoder"
    recommended: ClassVar[dict[str, Any]] = {**GENERATED, "learning_rate": 6e-3, "epochs": 12}
    recommended_sizes: ClassVar[dict[str, Any]] = {"hidden_size": 128}
    autoregressive: ClassVar[bool] = True
    name: Literal["addition"] = "addition"
    examples: int = setting(30000, "training sums", unit="sums", ge=500, le=200000, log=True)
    digits: int = setting(3, "maximum number of digits", unit="digits", ge=1, le=6)


class DatesData(MadeSequences):
    """Dates in several written forms, translated to year-month-day."""

    title: ClassVar[str] = "Dates"
    architecture: ClassVar[str] = "many-to-many encoder-decoder"
    recommended: ClassVar[dict[str, Any]] = {**GENERATED, "batch_size": 32, "epochs": 10}
    autoregressive: ClassVar[bool] = True
    name: Literal["dates"] = "dates"
    examples: int = setting(10000, "training dates", unit="dates", ge=500, le=100000, log=True)


# A megabyte is little for a network of 256 units: without weight decay it learns the training files by heart.
RUNNING_TEXT: dict[str, Any] = {
    "optimizer": "adamw",
    "learning_rate": 6e-3,
    "weight_decay": 0.15,
    "batch_size": 8,
    "epochs": 3,
    "gradient_clip": 1.0,
}


class RunningText(SequenceData):
    """Text cut into windows: the next character after each character."""

    architecture: ClassVar[str] = "many-to-many in step"
    autoregressive: ClassVar[bool] = True
    # 64 units are too few for running text, and an embedding is faster than a hundred one-hot inputs
    recommended_sizes: ClassVar[dict[str, Any]] = {"hidden_size": 256, "embedding_size": 64}
    length: int = setting(100, "characters in a window", unit="characters", ge=10, le=500)


class PythonSourceData(RunningText):
    """The source of Python's standard library, at most a megabyte; whole files are held out."""

    title: ClassVar[str] = "Python source"
    recommended: ClassVar[dict[str, Any]] = RUNNING_TEXT
    name: Literal["python_source"] = "python_source"
    characters: int = setting(
        1000000, "characters to read", unit="characters", ge=50000, le=1000000, log=True, advanced=True
    )


class TextData(RunningText):
    """Any text file; its end is held out."""

    title: ClassVar[str] = "Your text"
    recommended: ClassVar[dict[str, Any]] = {**RUNNING_TEXT, "epochs": 5}
    name: Literal["text"] = "text"
    path: str = setting("pride_and_prejudice.txt", "a text file; sample_data/ is searched first", upload="text")
    vocabulary: int = setting(
        256,
        "most characters that are told apart; all rarer ones share one symbol, \ufffd",
        unit="characters",
        ge=16,
        le=8192,
        log=True,
    )
    encoding: Encoding = setting("auto", "the encoding of the file; auto reads UTF-8 and asks otherwise", advanced=True)
    characters: int = setting(
        1000000, "characters to read", unit="characters", ge=1000, le=5000000, log=True, advanced=True
    )
    validation_percent: int = setting(
        10, "share of the text held out for validation", unit="%", ge=5, le=40, advanced=True
    )
    test_percent: int = setting(
        10, "share of the text, its end, held out for the final test", unit="%", ge=5, le=40, advanced=True
    )


Strings = ReverseData | AdditionData | DatesData
Texts = PythonSourceData | TextData
