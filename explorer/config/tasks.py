"""Sequences made by rule, each with a known demand on memory. A new one is a class here, in the union at the end."""

from typing import Any, ClassVar, Literal

from explorer.config.parts import Part, setting

# New sequences can be drawn without end, so that weights need no decay; long ones have gradients that need clipping.
GENERATED: dict[str, Any] = {
    "optimizer": "adam",
    "learning_rate": 5e-3,
    "weight_decay": 0.0,
    "batch_size": 64,
    "gradient_clip": 1.0,
}


class SequenceData(Part):
    """A data set of sequences.

    ``architecture`` is its type among the lecture's five. ``autoregressive`` says whether a network reads earlier
    answers as inputs, so that reading ahead would give the next answer away. ``recommended`` are training settings, and
    ``recommended_sizes`` settings of a recurrent network, that suit it; measured with the default networks, each trains
    in less than a minute on one processor.
    """

    kind: ClassVar[str] = "sequences"
    architecture: ClassVar[str]
    autoregressive: ClassVar[bool] = False
    recommended: ClassVar[dict[str, Any]] = {}
    recommended_sizes: ClassVar[dict[str, Any]] = {}


class MadeSequences(SequenceData):
    """Sequences drawn at random; validation and test sequences are drawn in addition."""

    examples: int = setting(16000, "training sequences", unit="sequences", ge=500, le=200000, log=True)
    data_seed: int = setting(0, "seed of the sequences", ge=0, le=9999, advanced=True)


class AddingData(MadeSequences):
    """A sequence of numbers, two of them marked: the sum of the two (Hochreiter & Schmidhuber 1997)."""

    title: ClassVar[str] = "Adding problem"
    architecture: ClassVar[str] = "many-to-one"
    recommended: ClassVar[dict[str, Any]] = {**GENERATED, "learning_rate": 2e-3, "schedule": "constant", "epochs": 1}
    name: Literal["adding"] = "adding"
    examples: int = setting(160000, "training sequences", unit="sequences", ge=500, le=200000, log=True)
    length: int = setting(50, "numbers in a sequence", unit="time steps", ge=5, le=400)


class CopyMemoryData(MadeSequences):
    """Ten symbols, then blanks, then the ten symbols again in order (Hochreiter & Schmidhuber 1997)."""

    title: ClassVar[str] = "Copy memory"
    architecture: ClassVar[str] = "many-to-many in step"
    recommended: ClassVar[dict[str, Any]] = {**GENERATED, "learning_rate": 1e-2, "schedule": "constant", "epochs": 12}
    name: Literal["copy_memory"] = "copy_memory"
    examples: int = setting(32000, "training sequences", unit="sequences", ge=500, le=200000, log=True)
    blanks: int = setting(10, "blanks between the symbols and the answer", unit="time steps", ge=1, le=300)
    remembered: int = setting(10, "symbols to remember", unit="symbols", ge=1, le=20, advanced=True)
    symbols: int = setting(8, "number of different symbols", unit="symbols", ge=2, le=16, advanced=True)


class ParityData(MadeSequences):
    """Zeros and ones: whether the number of ones is odd. One bit is stored, and flipped at each one."""

    title: ClassVar[str] = "Parity"
    architecture: ClassVar[str] = "many-to-one"
    recommended: ClassVar[dict[str, Any]] = {**GENERATED, "epochs": 8}
    name: Literal["parity"] = "parity"
    length: int = setting(16, "bits in the longest sequence", unit="time steps", ge=2, le=100)
    every_step: bool = setting(False, "answer after every bit, not only after the last")


class FlipFlopData(MadeSequences):
    """Rare pulses set and reset a few bits: the value of each bit at each step (Sussillo & Barak 2013)."""

    title: ClassVar[str] = "Flip-flop"
    architecture: ClassVar[str] = "many-to-many in step"
    recommended: ClassVar[dict[str, Any]] = {**GENERATED, "epochs": 10}
    name: Literal["flip_flop"] = "flip_flop"
    examples: int = setting(8000, "training sequences", unit="sequences", ge=500, le=50000, log=True)
    length: int = setting(50, "length of a sequence", unit="time steps", ge=5, le=200)
    bits: int = setting(3, "bits to remember", unit="bits", ge=1, le=6)
    pulse_percent: int = setting(10, "share of the time steps with a pulse for a bit", unit="%", ge=1, le=50)


class BracketDepthData(MadeSequences):
    """Nested brackets of several kinds with letters between: the depth at each step, which needs a counter."""

    title: ClassVar[str] = "Bracket depth"
    architecture: ClassVar[str] = "many-to-many in step"
    recommended: ClassVar[dict[str, Any]] = {**GENERATED, "epochs": 8}
    name: Literal["bracket_depth"] = "bracket_depth"
    examples: int = setting(8000, "training sequences", unit="sequences", ge=500, le=100000, log=True)
    length: int = setting(40, "characters in a sequence", unit="time steps", ge=4, le=200)
    depth: int = setting(6, "deepest nesting", unit="levels", ge=1, le=12)


class DigitRows(SequenceData):
    """The 1,797 handwritten digits, read row by row: eight steps of eight pixels, then the class."""

    title: ClassVar[str] = "Digits, read by rows"
    architecture: ClassVar[str] = "many-to-one"
    recommended: ClassVar[dict[str, Any]] = {**GENERATED, "epochs": 30}
    name: Literal["digit_rows"] = "digit_rows"
    data_seed: int = setting(0, "seed of the division into splits", ge=0, le=9999, advanced=True)


class DigitDrawing(SequenceData):
    """The 1,797 handwritten digits, generated: from a class to eight rows of eight pixels."""

    title: ClassVar[str] = "Digits, drawn by rows"
    architecture: ClassVar[str] = "one-to-many"
    recommended: ClassVar[dict[str, Any]] = {**GENERATED, "epochs": 60}
    autoregressive: ClassVar[bool] = True
    name: Literal["digit_drawing"] = "digit_drawing"
    data_seed: int = setting(0, "seed of the division into splits", ge=0, le=9999, advanced=True)


Tasks = AddingData | CopyMemoryData | ParityData | FlipFlopData | BracketDepthData | DigitRows | DigitDrawing
