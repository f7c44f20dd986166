"""Sequences made by rule: what each asks of a network's memory is known exactly."""

from typing import ClassVar, Literal

from explorer.config.parts import Part, setting


class SequenceData(Part):
    """What all sequences have in common.

    ``autoregressive`` says whether a network reads earlier answers as its inputs: reading ahead would give the next
    answer away.
    """

    autoregressive: ClassVar[bool] = False


class MadeSequences(SequenceData):
    """Sequences that are drawn at random; validation and test are drawn besides."""

    examples: int = setting(16000, "sequences drawn to train on", unit="sequences", ge=500, le=200000)
    data_seed: int = setting(0, "which sequences are drawn", ge=0, le=9999, advanced=True)


class AddingData(MadeSequences):
    """Numbers in a row, two of them marked: what is the sum of the two? (Hochreiter & Schmidhuber 1997)."""

    name: Literal["adding"] = "adding"
    examples: int = setting(160000, "sequences drawn to train on", unit="sequences", ge=500, le=200000)
    length: int = setting(50, "numbers in a sequence", unit="time steps", ge=5, le=400)


class CopyMemoryData(MadeSequences):
    """Ten symbols, then a long silence: say the ten again in their order (Hochreiter & Schmidhuber 1997)."""

    name: Literal["copy_memory"] = "copy_memory"
    examples: int = setting(32000, "sequences drawn to train on", unit="sequences", ge=500, le=200000)
    blanks: int = setting(10, "blanks between the symbols and the answer", unit="time steps", ge=1, le=300)
    remembered: int = setting(10, "symbols to remember", unit="symbols", ge=1, le=20, advanced=True)
    symbols: int = setting(8, "different symbols there are", unit="symbols", ge=2, le=16, advanced=True)


class ParityData(MadeSequences):
    """Zeros and ones: is the number of ones odd? One bit has to be kept, and turned over at every one."""

    name: Literal["parity"] = "parity"
    length: int = setting(16, "bits in the longest sequence", unit="time steps", ge=2, le=100)
    every_step: bool = setting(False, "ask after every bit, not after the last one alone")


class FlipFlopData(MadeSequences):
    """Rare pulses set and reset a few bits: what does each bit hold now? (Sussillo & Barak 2013)."""

    name: Literal["flip_flop"] = "flip_flop"
    examples: int = setting(8000, "sequences drawn to train on", unit="sequences", ge=500, le=50000)
    length: int = setting(50, "numbers in a sequence of each bit", unit="time steps", ge=5, le=200)
    bits: int = setting(3, "bits to remember", unit="bits", ge=1, le=6)
    pulse_percent: int = setting(10, "share of the time steps at which a bit is set or reset", unit="%", ge=1, le=50)


class BracketDepthData(MadeSequences):
    """Nested brackets of several kinds, with letters between: how deep are we? A counter has to emerge."""

    name: Literal["bracket_depth"] = "bracket_depth"
    examples: int = setting(8000, "sequences drawn to train on", unit="sequences", ge=500, le=100000)
    length: int = setting(40, "characters in a sequence", unit="time steps", ge=4, le=200)
    depth: int = setting(6, "deepest nesting", unit="levels", ge=1, le=12)


class DigitRows(SequenceData):
    """The 1,797 handwritten digits, read row by row: eight steps of eight pixels, then the class."""

    name: Literal["digit_rows"] = "digit_rows"
    data_seed: int = setting(0, "which digits fall into which split", ge=0, le=9999, advanced=True)


class DigitDrawing(SequenceData):
    """The 1,797 handwritten digits, drawn: a class goes in, eight rows of eight pixels come out."""

    autoregressive: ClassVar[bool] = True
    name: Literal["digit_drawing"] = "digit_drawing"
    data_seed: int = setting(0, "which digits fall into which split", ge=0, le=9999, advanced=True)
