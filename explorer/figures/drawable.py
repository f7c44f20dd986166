"""The results that figures draw, by those of their parts that are drawn; ``explorer.inspection`` has the results."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import pandas as pd

from explorer.figures.arrays import Values


class Layer(Protocol):
    """One layer and direction of a trace."""

    @property
    def layer(self) -> int:
        """Its number, from 0."""

    @property
    def direction(self) -> str:
        """Either "forward" or "reverse"."""

    @property
    def quantities(self) -> Mapping[str, Values]:
        """States and gates by name, (batch, time, unit) each."""


class Timed(Protocol):
    """A ``Trace`` or a ``GradientTrace``."""

    @property
    def layers(self) -> Sequence[Layer]:
        """Its layers and directions."""

    @property
    def lengths(self) -> Values | None:
        """The time steps of each example, (batch); None if no example is padded."""


class Step(Protocol):
    """A ``CellStep``."""

    @property
    def kind(self) -> str:
        """Of the cell: "lstm", "gru" or "rnn"."""

    @property
    def activation(self) -> str:
        """Of the hidden state."""

    @property
    def time_step(self) -> int:
        """From 0."""

    @property
    def unit(self) -> int:
        """From 0."""

    @property
    def inputs(self) -> Values:
        """What the cell reads, (feature)."""

    @property
    def before(self) -> Mapping[str, float]:
        """The unit's states before the step."""

    @property
    def found(self) -> Mapping[str, float]:
        """The unit's states and gates."""


class Attributed(Protocol):
    """An ``Attribution``."""

    @property
    def method(self) -> str:
        """Its name."""

    @property
    def target(self) -> int | tuple[int, int]:
        """The class, or two for the difference of their logits."""

    @property
    def maps(self) -> Values:
        """One number a pixel, (batch, row, column)."""


class Faithful(Protocol):
    """A ``Faithfulness``."""

    @property
    def fractions(self) -> Values:
        """The shares of pixels, (step)."""

    @property
    def deletion(self) -> Values:
        """The scores in the map's order, (batch, step)."""

    @property
    def insertion(self) -> Values:
        """The scores in the map's order, (batch, step)."""

    @property
    def random_deletion(self) -> Values:
        """The scores in random orders, (batch, order, step)."""

    @property
    def random_insertion(self) -> Values:
        """The scores in random orders, (batch, order, step)."""


class Products(Protocol):
    """A ``PixelSum``."""

    @property
    def products(self) -> Values:
        """The products of patch and kernel, (channel, row, column)."""

    @property
    def input_channels(self) -> range:
        """The numbers of the channels."""

    @property
    def bias(self) -> float:
        """What is added."""

    @property
    def value(self) -> float:
        """The layer's own output."""


class Node(Protocol):
    """A ``Node`` of a graph."""

    @property
    def id(self) -> str:
        """Its name."""

    @property
    def kind(self) -> str:
        """The layer's type, or the operation."""

    @property
    def role(self) -> str:
        """One of "input", "layer", "operation" and "block"."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of its output."""

    @property
    def parameters(self) -> int:
        """How many it has."""

    @property
    def calls(self) -> int:
        """In one forward pass."""

    @property
    def blocks(self) -> tuple[str, ...]:
        """Those around it, the outermost first."""

    @property
    def members(self) -> int:
        """Layers and operations inside a block."""


class Connected(Protocol):
    """A ``Graph``."""

    @property
    def nodes(self) -> Sequence[Node]:
        """In the order of the forward pass."""

    @property
    def edges(self) -> Sequence[tuple[str, str]]:
        """From and to, by id."""


class Checked(Protocol):
    """What a validation split gave."""

    @property
    def loss(self) -> float:
        """Its mean."""

    @property
    def accuracy(self) -> float:
        """From 0 to 1; NaN if the targets are numbers."""


class Update(Protocol):
    """A record of one update, as ``explorer.train`` yields them."""

    @property
    def step(self) -> int:
        """From 1."""

    @property
    def loss(self) -> float:
        """Of the batch."""

    @property
    def accuracy(self) -> float:
        """Of the batch; NaN if the targets are numbers."""

    @property
    def validation(self) -> Checked | None:
        """None where it was not measured."""


class Measured(Protocol):
    """A ``Run``."""

    def metrics(self) -> pd.DataFrame:
        """One row an update."""
