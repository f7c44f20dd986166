"""An equation in numbers: every factor of every term, and its dot products opened up to single products."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from explorer.inspection.cells.equation import DotProduct, Equation, Factor, Term

DECIMALS = 4


class OpenedProduct(NamedTuple):
    """A dot product with each of its products, (number) each, in float64."""

    name: str  # "W_f h_{t−1}"
    weights: np.ndarray
    inputs: np.ndarray
    products: np.ndarray


def in_numbers(equation: Equation) -> str:
    """The right side of an equation in numbers: "0.9812 · 1.2040 + 0.5131 · 0.3311 = 1.1814 + 0.1699"."""
    factors = _sum(equation.terms, opened=True)
    terms = _sum(equation.terms, opened=False)
    sign = equation.activation
    if equation.pre_activation is None:
        stages = [factors, terms] if len(equation.terms) > 1 else [factors]
    else:
        stages = [f"{sign}({factors})", f"{sign}({terms})", f"{sign}({_number(equation.pre_activation)})"]
    return " = ".join(dict.fromkeys(stages))


def opened(equation: Equation) -> list[OpenedProduct]:
    """The dot products of an equation, in the order of its terms."""
    return [
        OpenedProduct(
            f"{dot.weight} {dot.vector}", dot.weights.numpy(), dot.inputs.numpy(), (dot.weights * dot.inputs).numpy()
        )
        for dot in _dots(equation.terms)
    ]


def biases(equation: Equation) -> list[str]:
    """PyTorch's two biases behind each bias of the equation: "b_f = b_ih + b_hh = 0.5000 + 0.2000 = 0.7000"."""
    return [
        f"{term.symbol} = b_ih + b_hh = {_joined([_number(value) for value in term.biases])} = {_number(term.value)}"
        for term in equation.terms
        if term.biases
    ]


def _dots(terms: tuple[Term, ...]) -> Iterator[DotProduct]:
    for term in terms:
        if term.dot is not None:
            yield term.dot
        for factor in term.factors:
            yield from _dots(factor.terms)


def _sum(terms: tuple[Term, ...], *, opened: bool) -> str:
    return _joined([_factors(term) if opened and term.factors else _number(term.value) for term in terms])


def _joined(numbers: list[str]) -> str:
    first, *others = numbers
    return " + ".join([first, *(f"({one})" if one.startswith("−") and " " not in one else one for one in others)])


def _factors(term: Term) -> str:
    return " · ".join([_factor(factor, first=number == 0) for number, factor in enumerate(term.factors)])


def _factor(factor: Factor, *, first: bool) -> str:
    if factor.terms:
        return f"({_sum(factor.terms, opened=True)})"
    if factor.of is not None:
        return f"{factor.symbol.partition('(')[0]}({_number(factor.of)})"
    number = _number(factor.value)
    return f"({number})" if number.startswith("−") and not first else number


def _number(value: float) -> str:
    return f"{value:.{DECIMALS}f}".replace("-", "−")
