"""What all tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import settings

torch.set_num_threads(1)  # as a worker does: two threads on busy cores wait for each other

# a busy machine is no fault of the code: examples have no time limit
settings.register_profile("explorer", deadline=None, max_examples=40, database=None)
settings.load_profile("explorer")


@pytest.fixture(autouse=True, scope="session")
def _no_uploads_of_ones_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty folder for uploads: what the person who runs the tests has uploaded is no part of them."""
    folder = tmp_path_factory.mktemp("uploads")
    os.environ["EXPLORER_UPLOADS"] = str(folder)
    yield folder
    del os.environ["EXPLORER_UPLOADS"]
