"""Whose an upload is: a small file for each owner beside the uploads, since two owners may upload the same."""

import shutil
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote

from explorer.bounded_files import read_bounded
from explorer.errors import ExplorerError, room_for
from explorer.places import uploads_root

OWNERS = ".owners"  # in the folder of uploads: a folder for each owner, and in it a file for each upload
LONGEST_KIND = 100  # bytes
WEIGHTS = "weights"  # in the folder of uploads: everybody's weights


class OwnUpload(NamedTuple):
    """An upload of one owner: its name among the uploads, its kind (a key of ``UPLOADS``, or "weights"), its size."""

    name: str
    kind: str
    size: int  # bytes


def note(owner: str, name: str, kind: str) -> None:
    """Note an upload as an owner's."""
    mark = _mark(owner, name)
    with room_for(uploads_root() / name):
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(kind, encoding="ascii")


def of(owner: str) -> list[OwnUpload]:
    """All uploads of an owner that are still there, in alphabetical order."""
    folder = uploads_root() / OWNERS / owner
    marks = sorted(folder.iterdir()) if folder.is_dir() else []
    found = [(unquote(mark.name), _kind(mark)) for mark in marks]
    return [OwnUpload(name, kind, _size(uploads_root() / name)) for name, kind in found if _is_there(name)]


def _kind(mark: Path) -> str:
    try:
        return read_bounded(mark, LONGEST_KIND).decode("ascii", "replace")
    except (FileNotFoundError, ExplorerError):
        return ""


def belongs(name: str, owner: str) -> bool:
    """True if an upload is an owner's."""
    return _mark(owner, name).exists()


def has_owner(name: str) -> bool:
    """True if an upload is anybody's; older versions noted no owners."""
    return any((uploads_root() / OWNERS).glob(f"*/{quote(name, safe='')}"))  # quoting leaves no sign of a pattern


def delete(owner: str, name: str) -> None:
    """Delete an owner's upload; what another owner has uploaded too stays for them, and a second time does nothing."""
    try:
        _mark(owner, name).unlink()
    except FileNotFoundError:  # it is not the owner's, or no longer
        return
    kept = uploads_root() / name
    if has_owner(name):
        return
    if kept.is_dir():
        shutil.rmtree(kept)
    else:
        kept.unlink(missing_ok=True)


def _mark(owner: str, name: str) -> Path:
    return uploads_root() / OWNERS / owner / quote(name, safe="")


def _is_there(name: str) -> bool:
    return (uploads_root() / name).exists()


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    return path.stat().st_size
