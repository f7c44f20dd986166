"""A view drawn once more for another subject, without a trace on the page: its charts are handed over instead."""

import hashlib
from typing import NamedTuple, TypeVar

import plotly.graph_objects as go
import streamlit as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from explorer.errors import ExplorerError
from explorer.ui.address.aside import aside
from explorer.ui.chart import taking
from explorer.ui.view import View

S = TypeVar("S")


class Drawn(NamedTuple):
    """A chart of a view, and the words around it."""

    figure: go.Figure
    key: str
    kind: str
    reading: str
    share: float  # of the page's width that its column takes, 0…1


class Redrawn(NamedTuple):
    """What a view draws: its charts and its pieces of HTML, both in the page's order, and a digest of all else."""

    charts: list[Drawn]
    html: list[str]
    rest: bytes


def figures_of(view: View[S], subject: S) -> list[Drawn]:
    """The charts that a view draws for a subject, as :func:`redrawn` finds them."""
    return redrawn(view, subject).charts


def redrawn(view: View[S], subject: S) -> Redrawn:
    """What a view draws for a subject, with the visitor's choices as they are.

    Nothing that the view calls reaches the page: its widgets only say what is chosen. To be called while a page is
    drawn; ``chart(one.figure, f"{one.key}-beside", one.kind, reading=one.reading)`` shows
    one of them beside the page's own.

    Args:
        view: one of the registry.
        subject: what it shows, such as ``subject.at(64)``.

    Raises:
        ExplorerError: where the view has nothing to show for this subject, or cannot be drawn.
    """
    found: dict[tuple[int, ...], Drawn] = {}  # by its place on the page
    html: dict[tuple[int, ...], str] = {}
    columns, rest = _Columns(), hashlib.sha256()

    def take(figure: go.Figure, key: str, kind: str, reading: str) -> None:
        st.empty()  # takes the chart's place, and so tells its column
        found[columns.last] = Drawn(figure, key, kind, reading, columns.share())

    def draw() -> None:
        reason = view.unavailable(subject)
        if reason:
            raise ExplorerError(reason)
        with taking(take):
            view.draw(subject)

    def read(message: ForwardMsg) -> None:
        columns.read(message)
        if message.delta.new_element.HasField("html"):
            html[columns.last] = message.delta.new_element.html.body
        else:
            rest.update(message.SerializeToString(deterministic=True))

    aside(draw, read)
    rest.update(repr(sorted(html)).encode())
    return Redrawn([found[place] for place in sorted(found)], [html[place] for place in sorted(html)], rest.digest())


class _Columns:
    """The columns of a page, read from what goes to the browser."""

    def __init__(self) -> None:
        self.widths: dict[tuple[int, ...], float] = {}  # path of a column -> its share of the row
        self.last: tuple[int, ...] = ()

    def read(self, message: ForwardMsg) -> None:
        if not message.HasField("delta"):
            return
        self.last = tuple(message.metadata.delta_path)
        if message.delta.add_block.HasField("column"):
            self.widths[self.last] = message.delta.add_block.column.weight

    def share(self) -> float:
        """Of the page's width, where the last element stands."""
        share = 1.0
        for depth in range(1, len(self.last)):
            share *= self.widths.get(self.last[:depth], 1.0)
        return share
