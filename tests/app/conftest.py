"""What all tests of pages share: the charts that a page draws are kept, and each must say what it is."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from explorer.ui import chart


class Drawn(NamedTuple):
    """A chart as it goes to the browser."""

    kind: str
    reading: str
    figure: dict[str, Any]

    @property
    def title(self) -> str:
        return str(self.figure["layout"].get("title", {}).get("text", ""))


Charts = dict[str, Drawn]  # by key


@pytest.fixture(autouse=True)
def charts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Charts]:
    """The charts that the pages of this test draw; afterwards each has had a title, axes with names, and a reading."""
    drawn: Charts = {}
    component = chart._component

    def recorded(*, data: bytes, key: str, **rest: Any) -> Any:
        words, _, figure = data.decode().partition("\n")
        drawn[key] = Drawn(**json.loads(words), figure=json.loads(figure))
        return component(data=data, key=key, **rest)

    monkeypatch.setattr(chart, "_component", recorded)
    yield drawn
    faults = {key: found for key, one in drawn.items() if (found := list(_faults(one)))}
    assert not faults


def _faults(one: Drawn) -> Iterator[str]:
    """What a chart does not say of itself."""
    layout = one.figure["layout"]
    if not one.figure["data"]:  # an empty chart says in words what will be here
        if not any(note["text"] for note in layout["annotations"]):
            yield "an empty chart without a word"
        return
    if len(one.title) < 3:
        yield "no title"
    if len(one.reading) < 20:
        yield f"no reading: {one.reading!r}"
    if not layout["meta"]["description"]:
        yield "nothing for a screen reader"
    for name, axis in layout.items():
        if name.startswith(("xaxis", "yaxis")) and _counts(axis) and not axis.get("title", {}).get("text"):
            yield f"{name} has no title: {axis}"


def _counts(axis: dict[str, Any]) -> bool:
    """Whether an axis shows numbers: not one of names, one that is hidden, or one that another's numbers serve."""
    return axis.get("visible", True) and axis.get("showticklabels", True) and "ticktext" not in axis and axis.get("type") != "category"
