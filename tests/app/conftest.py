"""What all tests of pages share: every chart that a page draws must say what it is."""

from collections.abc import Iterator
from typing import Any

import pytest

from explorer.ui import chart
from tests.app.charts import faults, read


@pytest.fixture(autouse=True)
def _charts_say_what_they_are(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each chart that the pages of this test draw has a title, a name on each axis of numbers, and a reading."""
    drawn: dict[str, bytes] = {}
    component = chart._component

    def recorded(*, data: bytes, key: str, **rest: Any) -> Any:
        drawn[key] = data
        return component(data=data, key=key, **rest)

    monkeypatch.setattr(chart, "_component", recorded)
    yield
    found = {key: list(faults(read(sent))) for key, sent in drawn.items()}
    assert not {key: said for key, said in found.items() if said}
