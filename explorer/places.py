"""Where the files lie that come with the package: beside it in a clone, within it once it is installed."""

from importlib.resources import files
from pathlib import Path

PACKAGE = Path(str(files("explorer")))
_INSTALLED = PACKAGE / "share"  # a wheel holds there what lies beside the package in a clone: see pyproject.toml
ROOT = _INSTALLED if _INSTALLED.is_dir() else PACKAGE.parent
APP = ROOT / "app.py"
SAMPLE_DATA = ROOT / "sample_data"
