"""A person's own weights and class names: kept among the uploads under their own names, and found by them."""

import re
import shutil
import tempfile
from collections import Counter
from hashlib import sha256
from pathlib import Path, PurePosixPath

from explorer.bounded_files import is_regular, read_bounded
from explorer.datasets.files import places
from explorer.datasets.names import safe_part
from explorer.errors import MEGABYTE, ExplorerError, room_for
from explorer.models.weights import read_weights
from explorer.places import uploads_root

NAMES_SUFFIX = ".txt"


def weights_folder() -> Path:
    """Where uploaded weights and class names are kept."""
    return uploads_root() / "weights"


def find(name: str) -> Path:
    """The file of this name among the uploaded ones, else the path itself, present or not."""
    uploaded = weights_folder() / name
    return uploaded if "/" not in name and is_regular(uploaded) else places(name)[-1]


def keep_weights(content: bytes, name: str) -> str:
    """Keep a file of weights; the name it is found by.

    Raises:
        ExplorerError: where it holds no tensors by name, or what could run code.
    """
    weights_folder().mkdir(parents=True, exist_ok=True)
    checked = Path(tempfile.mkdtemp(prefix=".checking-", dir=weights_folder()))
    try:
        file = checked / _safe(name)
        with room_for(weights_folder() / file.name):
            file.write_bytes(content)
        read_weights(file)
        return _move(file, content)
    finally:
        shutil.rmtree(checked, ignore_errors=True)


def keep_class_names(content: bytes, name: str) -> str:
    """Keep a text file of class names; the name it is found by.

    Raises:
        ExplorerError: where it is not UTF-8.
    """
    _decoded(content, name)
    weights_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".checking-", dir=weights_folder()) as checked:
        file = Path(checked) / f"{PurePosixPath(_safe(name)).stem}{NAMES_SUFFIX}"
        with room_for(weights_folder() / file.name):
            file.write_bytes(content)
        return _move(file, content)


def is_names_file(given: str) -> bool:
    """True if class names are given as the name of a text file."""
    return given.strip().lower().endswith(NAMES_SUFFIX)


def class_names(given: str, classes: int) -> tuple[str, ...]:
    """The names that a person gave the classes of a network.

    Args:
        given: names with commas between them, or a .txt file with one in each line.
        classes: how many the network has.

    Raises:
        ExplorerError: where there is no such file, a name is given twice, or there are more or fewer names.
    """
    if is_names_file(given):
        path = find(given.strip())
        try:
            lines = _decoded(read_bounded(path, MEGABYTE), path.name).splitlines()
        except OSError as error:
            raise ExplorerError(
                f"The file {given.strip()} of class names cannot be read ({error.strerror or error}); upload one, or "
                "type the names with commas between them."
            ) from error
    else:
        lines = re.split(r"[,;\n]", given)
    names = tuple(filter(None, (line.strip() for line in lines)))
    if len(names) != classes:
        raise ExplorerError(
            f"{len(names)} class names are given, and the network has {classes:,} classes; give {classes:,} names in "
            "the order of the network's outputs."
        )
    name, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise ExplorerError(f"The class name {name!r} is given {times} times; give each class a name of its own.")
    return names


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ExplorerError(
            f"{name} is not UTF-8 text (byte {content[error.start]:#04x}); save it as UTF-8."
        ) from error


def _safe(name: str) -> str:
    """A safe name with its ending, which says how the file is read."""
    place = PurePosixPath(name.replace("\\", "/"))
    return f"{safe_part(place.stem)}{place.suffix.lower()}"


def _move(file: Path, content: bytes) -> str:
    """Put a file among those kept, under its own name or, where another has it, with the beginning of its digest."""
    for own in (file.name, f"{file.stem}-{sha256(content).hexdigest()[:8]}{file.suffix}"):
        target = weights_folder() / own
        if not target.exists():
            file.replace(target)
            return own
        if (
            is_regular(target)
            and target.stat().st_size == len(content)
            and read_bounded(target, len(content)) == content
        ):
            return own
    raise ExplorerError(f"{file.name} is among the uploads already, but not as a whole; choose another name for it.")
