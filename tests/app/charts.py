"""The charts of a page that is run without a browser, as they go to one."""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any, NamedTuple

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

FEWEST_LETTERS = 3, 20  # of a title, and of a reading


class Drawn(NamedTuple):
    """A chart, and the words around it."""

    key: str
    kind: str
    reading: str
    figure: dict[str, Any]

    @property
    def title(self) -> str:
        return str(self.figure["layout"].get("title", {}).get("text", ""))


def read(sent: bytes) -> Drawn:
    """A chart as it is sent: its words in the first line, then the figure."""
    words, _, figure = sent.decode().partition("\n")
    return Drawn(**json.loads(words), figure=json.loads(figure))


def sent_charts(block: Block) -> Iterator[bytes]:
    """What is sent for every chart in a part of a page."""
    for child in block.children.values():
        if isinstance(child, Block):
            yield from sent_charts(child)
        elif child.type == "bidi_component" and child.proto.component_name == "explorer_chart":
            yield child.proto.bytes


def texts(app: AppTest) -> str:
    """All plain words of a page, those around its charts included."""
    words = [str(element.value) for kind in (app.markdown, app.caption, app.title) for element in kind]
    words += [re.sub("<[^>]*>", "", unescape(one.proto.body)) for one in app.main.get("html")]
    for one in map(read, sent_charts(app.main)):
        words += [one.title, one.reading]
    return "\n".join(words)


def faults(one: Drawn) -> Iterator[str]:
    """What a chart does not say of itself."""
    layout = one.figure["layout"]
    if not one.figure["data"]:
        if not any(note["text"] for note in layout.get("annotations", [])):
            yield "it is empty, and does not say what will be here"
        return
    title, reading = FEWEST_LETTERS
    if len(one.title) < title:
        yield f"title {one.title!r}"
    if len(one.reading) < reading:
        yield f"reading {one.reading!r}"
    if not layout["meta"]["description"]:
        yield "nothing that a screen reader could say"
    for name, axis in layout.items():
        if name.startswith(("xaxis", "yaxis")) and _shows_numbers(axis) and not axis.get("title", {}).get("text"):
            yield f"{name} without a title"


def _shows_numbers(axis: dict[str, Any]) -> bool:
    """Whether an axis counts something: not one that is hidden, and not one of names."""
    shown = axis.get("visible", True) and axis.get("showticklabels", True)
    return shown and "ticktext" not in axis and axis.get("type") != "category"
