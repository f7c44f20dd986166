"""Reading a page of content: a front matter in TOML between two lines of ``+++``, then sections with known headings."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from explorer.errors import ExplorerError

FENCE = "+++"


class Content(BaseModel):
    """The base of all that is read from files: it does not change, and accepts no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def text(path: Path) -> str:
    """A whole file.

    Raises:
        ExplorerError: where it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ExplorerError(f"{path} cannot be read: {error}.") from error


def toml(path: Path, source: str) -> dict[str, Any]:
    """Parse a TOML text.

    Raises:
        ExplorerError: naming ``path`` and the line, where it is not valid.
    """
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise ExplorerError(f"{path} is not valid TOML: {error}.") from error


def page(path: Path, sections: Mapping[str, str]) -> dict[str, Any]:
    """The front matter's values and each section's text.

    Args:
        path: the file.
        sections: heading -> the field its text is for; each must stand in the file once.

    Raises:
        ExplorerError: naming the file and the line, where the front matter is faulty, or a section is missing, unknown
            or there twice.
    """
    lines = text(path).splitlines()
    fences = [number for number, line in enumerate(lines) if line.rstrip() == FENCE]
    if len(fences) < 2 or fences[0] != 0:
        raise ExplorerError(f"{path}, line 1: it must begin with a front matter between two lines of {FENCE}.")
    # the first line stays, empty, so that a fault is reported in the line where it stands
    front = toml(path, "\n".join(["", *lines[1 : fences[1]]]))
    return {**front, **_sections(path, lines, fences[1] + 1, sections)}


def _sections(path: Path, lines: list[str], first: int, fields: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for number, line in enumerate(lines[first:], start=first + 1):
        if line.startswith("#"):
            heading = line.lstrip("#").strip()
            if heading not in fields or fields[heading] in found:
                raise ExplorerError(
                    f"{path}, line {number}: the section {heading!r} is unknown or stands twice; "
                    f"there is one each of {', '.join(fields)}."
                )
            current = found[fields[heading]] = []
        elif current is not None:
            current.append(line)
        elif line.strip():
            raise ExplorerError(f"{path}, line {number}: text before the first section, '## {next(iter(fields))}'.")
    missing = [heading for heading, field in fields.items() if field not in found]
    if missing:
        raise ExplorerError(f"{path}, line {len(lines)}: it ends without the section '## {missing[0]}'.")
    return {field: "\n".join(written) for field, written in found.items()}


def checked(kind: Any, values: Mapping[str, Any], path: Path) -> Any:
    """Values as a ``Content`` of this kind.

    Raises:
        ExplorerError: naming the file and the field, where one does not fit.
    """
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        fault = error.errors()[0]
        field = ".".join(str(place) for place in fault["loc"])
        raise ExplorerError(f"{path}, field {field}: {fault['msg']} (given {fault['input']!r:.80}).") from error
