"""A network in charts that compare networks: its name, colour and symbol are the same in all of them.

The visitor's own runs have filled symbols and solid lines, the example runs that ship hollow symbols and dashed lines.
"""

from typing import NamedTuple

from explorer.figures.style import NETWORK_SYMBOLS, SPARE_SYMBOL, network_colour


class Network(NamedTuple):
    """A trained network in a chart."""

    model: str  # determines the colour and the symbol
    title: str
    own: bool  # a run of the visitor's, or one that ships

    @property
    def name(self) -> str:
        """The title; a network that ships says so."""
        return self.title if self.own else f"{self.title} (shipped)"

    @property
    def colour(self) -> str:
        """The colour of its kind."""
        return network_colour(self.model)

    @property
    def symbol(self) -> str:
        """Plotly's name of its symbol."""
        return NETWORK_SYMBOLS.get(self.model, SPARE_SYMBOL) + ("" if self.own else "-open")

    @property
    def dash(self) -> str:
        """Plotly's name of the dash of its line."""
        return "solid" if self.own else "dash"
