"""Sequences of characters: strings that become other strings, and running text."""

from typing import ClassVar, Literal

from explorer.config.parts import setting
from explorer.config.tasks import MadeSequences, SequenceData


class ReverseData(MadeSequences):
    """Letters in, the same letters out, last first: all of a string has to pass through one state."""

    autoregressive: ClassVar[bool] = True
    name: Literal["reverse"] = "reverse"
    letters: int = setting(10, "different letters there are", unit="letters", ge=2, le=26)
    shortest: int = setting(3, "letters in the shortest string", unit="letters", ge=1, le=20, advanced=True)
    longest: int = setting(8, "letters in the longest string", unit="letters", ge=1, le=20)


class AdditionData(MadeSequences):
    """Sums as text: "27+115" in, "142" out (Zaremba & Sutskever 2014)."""

    autoregressive: ClassVar[bool] = True
    name: Literal["addition"] = "addition"
    examples: int = setting(30000, "sums drawn to train on", unit="sums", ge=500, le=200000)
    digits: int = setting(3, "digits of each number at most", unit="digits", ge=1, le=6)


class DatesData(MadeSequences):
    """Dates as people write them, in several forms; out comes year-month-day."""

    autoregressive: ClassVar[bool] = True
    name: Literal["dates"] = "dates"
    examples: int = setting(10000, "dates drawn to train on", unit="dates", ge=500, le=100000)


class RunningText(SequenceData):
    """Text cut into windows: after each character, which is the next?"""

    autoregressive: ClassVar[bool] = True
    length: int = setting(100, "characters in a window", unit="characters", ge=10, le=500)


class PythonSourceData(RunningText):
    """The source of Python's own standard library, a megabyte at most; whole files are held out."""

    name: Literal["python_source"] = "python_source"
    characters: int = setting(
        1000000, "characters of source that are read", unit="characters", ge=50000, le=1000000, advanced=True
    )


class TextData(RunningText):
    """Any text file: its end is held out."""

    name: Literal["text"] = "text"
    path: str = setting("pride_and_prejudice.txt", "a UTF-8 text file; sample_data/ is searched first", upload="text")
    characters: int = setting(
        1000000, "characters of the file that are read", unit="characters", ge=1000, le=5000000, advanced=True
    )
    validation_percent: int = setting(
        10, "share of the text held out to watch the training", unit="%", ge=5, le=40, advanced=True
    )
    test_percent: int = setting(
        10, "share of the text, its end, kept for the final test", unit="%", ge=5, le=40, advanced=True
    )
