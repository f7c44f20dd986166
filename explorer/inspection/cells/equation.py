"""The equations of one unit at one time step, each term with its number, computed in float64."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, prod

from torch import Tensor


@dataclass(frozen=True)
class Factor:
    """One factor of a product of single numbers."""

    symbol: str  # "f_t", "1 − z_t", "tanh(C_t)"
    value: float
    of: float | None = None  # of a function, the number that it is applied to
    terms: tuple["Term", ...] = ()  # of a sum in brackets


@dataclass(frozen=True, eq=False)
class DotProduct:
    """A row of weights times a vector, both in float64; the products add up to a term."""

    weight: str  # "W_f"
    vector: str  # "h_{t−1}"
    weights: Tensor  # (number)
    inputs: Tensor  # (number)

    @property
    def value(self) -> float:
        """The sum of the products."""
        return float(self.weights @ self.inputs)


@dataclass(frozen=True)
class Term:
    """One summand of an equation, with what it is made of: factors, a dot product, or PyTorch's two biases."""

    symbol: str
    value: float
    factors: tuple[Factor, ...] = ()
    dot: DotProduct | None = None
    biases: tuple[float, float] | None = None  # b_ih and b_hh, whose sum is the lecture's b


def product(*factors: Factor) -> Term:
    """A term that is a product of single numbers, in the order in which the lecture writes them."""
    symbols = [f"({one.symbol})" if " " in one.symbol else one.symbol for one in factors]
    return Term(" · ".join(symbols), prod(one.value for one in factors), factors)


@dataclass(frozen=True)
class Equation:
    """One equation for one unit at one time step."""

    symbol: str  # "f_t"
    formula: str
    latex: str
    terms: tuple[Term, ...]  # they add up to the pre-activation, or to the value if there is no pre-activation
    pre_activation: float | None
    value: float  # computed from the terms, in float64
    pytorch: float  # PyTorch's own number; for a gate, which PyTorch does not return, the trace's
    activation: str = ""  # of the pre-activation: "σ", "tanh" or "ReLU"

    @property
    def difference(self) -> float:
        """Our value minus PyTorch's."""
        return self.value - self.pytorch


@dataclass(frozen=True, eq=False)
class UnitStep:
    """The weights and inputs of one unit at one time step, in float64."""

    inputs: Tensor  # (feature)
    hidden_before: Tensor  # (unit)
    rows: tuple[Tensor, Tensor]  # its rows of the input and the recurrent weights: (gate, feature), (gate, unit)
    biases: tuple[Tensor, Tensor] | None  # (gate) each
    before: dict[str, float]  # its own states before the step
    found: dict[str, float]  # its states and gates in the trace
    pytorch: dict[str, float]  # the same, with every state that PyTorch's kernel returns taken from the kernel
    # of an LSTM with a projection: its row of W_hr, if it has one, and o_t · tanh(C_t) of every unit, (unit) each
    projected: tuple[Tensor | None, Tensor] | None = None

    def from_input(self, weight: str, vector: str, block: int) -> Term:
        """Input weights times inputs, for one gate."""
        return dotted(DotProduct(weight, vector, self.rows[0][block], self.inputs))

    def from_state(self, weight: str, vector: str, block: int) -> Term:
        """Recurrent weights times the hidden state before the step, for one gate."""
        return dotted(DotProduct(weight, vector, self.rows[1][block], self.hidden_before))

    def bias(self, symbol: str, block: int) -> list[Term]:
        """The sum of PyTorch's two biases as a term; no term for a cell without biases."""
        if self.biases is None:
            return []
        own = float(self.biases[0][block]), float(self.biases[1][block])
        return [Term(symbol, sum(own), biases=own)]


def dotted(dot: DotProduct) -> Term:
    """A term that is a dot product."""
    return Term(f"{dot.weight} {dot.vector}", dot.value, dot=dot)


def gate(unit: UnitStep, letter: str, block: int, name: str) -> Equation:
    """A gate: σ(W h + U x + b)."""
    return weighted(unit, letter, block, name, f"{letter}_t", f"{letter}_t", ("σ", r"\sigma", _sigmoid))


def weighted(
    unit: UnitStep,
    letter: str,
    block: int,
    name: str,
    symbol: str,
    symbol_latex: str,
    activation: tuple[str, str, Callable[[float], float]],
) -> Equation:
    """An activation, given as its sign, its LaTeX and its function, of W h + U x + b."""
    terms = [
        unit.from_state(f"W_{letter}", "h_{t−1}", block),
        unit.from_input(f"U_{letter}", "x_t", block),
        *unit.bias(f"b_{letter}", block),
    ]
    sign, sign_latex, function = activation
    sum_of_terms = " + ".join(term.symbol for term in terms)
    latex = f"{symbol_latex} = {sign_latex}({sum_of_terms.replace('−', '-')})"
    return activated(symbol, sign, latex, terms, function, unit.pytorch[name])


def activated(
    symbol: str, activation: str, latex: str, terms: list[Term], function: Callable[[float], float], pytorch: float
) -> Equation:
    """An equation whose terms add up to a pre-activation."""
    pre_activation = sum(term.value for term in terms)
    formula = f"{symbol} = {activation}({' + '.join(term.symbol for term in terms)})"
    return Equation(symbol, formula, latex, tuple(terms), pre_activation, function(pre_activation), pytorch, activation)


def summed(symbol: str, formula: str, latex: str, terms: list[Term], pytorch: float) -> Equation:
    """An equation whose terms add up to its value."""
    return Equation(symbol, formula, latex, tuple(terms), None, sum(term.value for term in terms), pytorch)


def _sigmoid(value: float) -> float:
    return 1 / (1 + exp(-value)) if value >= 0 else exp(value) / (1 + exp(value))
