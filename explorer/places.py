"""Where the files lie: those that come with the package, and those that a person makes or downloads with it."""

import os
from importlib.resources import files
from pathlib import Path

import platformdirs

from explorer.bounded_files import path_of

DISTRIBUTION = "deep-learning-explorer"  # the package's name where it is installed, and that of a person's folders
PACKAGE = Path(str(files("explorer")))
_INSTALLED = PACKAGE / "share"  # a wheel holds there what lies beside the package in a clone: see pyproject.toml
ROOT = _INSTALLED if _INSTALLED.is_dir() else PACKAGE.parent
APP = ROOT / "app.py"
SAMPLE_DATA = ROOT / "sample_data"


def runs_root() -> Path:
    """The directory of runs: EXPLORER_RUNS, or ``runs`` in the person's own data."""
    return _chosen("EXPLORER_RUNS") or _own_data() / "runs"


def uploads_root() -> Path:
    """The directory of uploaded files: EXPLORER_UPLOADS, or ``uploads`` in the person's own data."""
    return _chosen("EXPLORER_UPLOADS") or _own_data() / "uploads"


def cache_root() -> Path:
    """The directory of downloads and of what can be computed again: EXPLORER_DATA, or the person's cache."""
    return _chosen("EXPLORER_DATA") or platformdirs.user_cache_path(DISTRIBUTION, appauthor=False)


def _own_data() -> Path:
    return platformdirs.user_data_path(DISTRIBUTION, appauthor=False)


def _chosen(variable: str) -> Path | None:
    chosen = os.environ.get(variable)
    return path_of(chosen) if chosen else None
