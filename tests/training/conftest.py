"""Runs folders whose processes end with the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.training.processes import end_processes


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """An empty folder for runs."""
    folder = tmp_path / "runs"
    yield folder
    end_processes(folder)
