"""What tells a folder of runs from all others: a random mark in a file of it, which moves with the folder."""

import re
import secrets
from functools import cache
from pathlib import Path

from explorer.bounded_files import read_bounded
from explorer.errors import ExplorerError
from explorer.training.files import write_whole

IDENTITY = ".identity"
_FORM = re.compile("[0-9a-f]{8}")
_NONE = "0" * 8


@cache
def identity_of(root: Path) -> str:
    """Eight hexadecimal digits, made at the first call; zeros where the folder cannot be written."""
    try:
        return _read(root) or _made(root)
    except (ExplorerError, OSError):  # no run can be kept there either
        return _NONE


def _read(root: Path) -> str:
    try:
        found = read_bounded(root / IDENTITY, 100).decode(errors="replace")
    except FileNotFoundError:
        return ""
    return found if _FORM.fullmatch(found) else ""


def _made(root: Path) -> str:
    root.mkdir(parents=True, exist_ok=True)
    write_whole(root / IDENTITY, secrets.token_hex(4).encode())
    return _read(root)
