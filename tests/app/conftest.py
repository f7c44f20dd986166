"""Fixtures of all tests of pages: an empty folder for runs, and charts that say what they are."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer.ui import chart
from tests.app.charts import faults, read


@pytest.fixture(autouse=True)
def _charts_say_what_they_are(monkeypatch: pytest.MonkeyPatch, components_of_packages: None) -> Iterator[None]:
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


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder for the runs of this test; the processes it started end with it."""
    root = tmp_path / "runs"
    monkeypatch.setenv("EXPLORER_RUNS", str(root))
    yield root
    for command_line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = command_line.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(root) in words:
            os.kill(int(command_line.parent.name), signal.SIGKILL)
