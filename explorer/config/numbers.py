"""The numbers of a configuration: what each may be, the values that its slider offers, and how one is read as text.

The form and the command line read a number in the same way: as pydantic does.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from annotated_types import Ge, Le
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from explorer.config.parts import bounds, form_of
from explorer.errors import ExplorerError, shortened

DIGITS = (1, 2, 3, 5)  # of each power of ten, on a logarithmic slider


@dataclass(frozen=True)
class Number:
    """What a number may be.

    ``step`` is the distance of two values on a linear slider, and the smallest value above 0 on a logarithmic one. It
    is a help to the hand: every value between the bounds is possible.
    """

    low: float
    high: float
    whole: bool
    step: float
    log: bool = False

    @property
    def stops(self) -> tuple[float, ...]:
        """The values that a slider offers, ascending, both bounds included."""
        return _stops(self)

    @property
    def usual(self) -> str:
        """The bounds in words: "0 to 0.8"."""
        return f"{written(self.low)} to {written(self.high)}"

    def nearest(self, text: str, otherwise: float) -> float:
        """The possible number that is nearest to what was typed; ``otherwise`` where that is no number."""
        try:
            value = float(text)
        except ValueError:
            return otherwise
        if math.isnan(value):
            return otherwise
        bounded = max(self.low, min(value, self.high))
        return round(bounded) if self.whole else bounded

    def read(self, text: str, called: str) -> int | float:
        """The number that a person typed.

        Args:
            text: what was typed, such as "3e-4".
            called: what a message calls the number.

        Raises:
            ExplorerError: where it is no number, no whole one though it must be, or out of bounds.
        """
        try:
            number: int | float = _reader(self).validate_python(text)
        except ValidationError as error:
            raise ExplorerError(self._fault(text.strip(), called)) from error
        return number

    def _fault(self, text: str, called: str) -> str:
        if not text:
            return f"{called} is empty; choose {self.usual}."
        try:
            number = float(text)
        except ValueError:
            point = " Write a point before the decimals." if "," in text else ""
            return f"{called} is “{shortened(text)}”, which is not a number; choose {self.usual}.{point}"
        if number < self.low:
            return f"{called} is {shortened(text)}, and at least {written(self.low)} is possible; choose {self.usual}."
        if number > self.high:
            return f"{called} is {shortened(text)}, and at most {written(self.high)} is possible; choose {self.usual}."
        if self.whole and math.isfinite(number):
            return f"{called} is {shortened(text)} and must be a whole number, such as {round(number)}."
        return f"{called} is {shortened(text)}, which is not a finite number; choose {self.usual}."


def number_of(field: FieldInfo) -> Number | None:
    """What a field's number may be; None for a field that holds something else.

    Raises:
        TypeError: where a number has no bounds.
    """
    if field.annotation not in (int, float):
        return None
    low, high = bounds(field.metadata)
    if low is None or high is None:
        raise TypeError(f"a number without two bounds: {field.description}")
    whole, form = field.annotation is int, form_of(field)
    return Number(low, high, whole, form["step"] or _usual_step(low, high, whole), form["log"])


def written(value: float) -> str:
    """A number as a form shows it: the shortest text that is read as the same number, such as 0.05 or 1e-5."""
    mantissa, _, power = repr(value).partition("e")
    return mantissa.removesuffix(".0") + (f"e{int(power)}" if power else "")


def _usual_step(low: float, high: float, whole: bool) -> float:
    """1 for whole numbers, else the power of ten that makes ten to a hundred steps."""
    return 1 if whole else float(10.0 ** math.floor(math.log10((high - low) / 10)))


@cache
def _stops(number: Number) -> tuple[float, ...]:
    between = _doublings(number) if number.whole and number.log else _decades(number) if number.log else _line(number)
    kind = int if number.whole else float
    return tuple(sorted({kind(value) for value in (number.low, *between, number.high)}))


@cache
def _reader(number: Number) -> TypeAdapter[Any]:
    kind: Any = Annotated[int if number.whole else float, Ge(number.low), Le(number.high)]
    return TypeAdapter(kind)


def _line(number: Number) -> list[float]:
    count = round((number.high - number.low) / number.step)
    points = [number.low + place * number.step for place in range(count + 1)]
    return [float(f"{point:.10g}") for point in points if point < number.high]  # 0.15, not 0.15000000000000002


def _decades(number: Number) -> list[float]:
    first = number.low or number.step
    values = [float(f"{digit}e{power}") for power in range(-9, 9) for digit in DIGITS]
    return [value for value in values if first <= value < number.high]


def _doublings(number: Number) -> list[float]:
    first = number.low or number.step
    return [first * 2**power for power in range(math.floor(math.log2(number.high / first)) + 1)]
