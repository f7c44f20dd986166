"""Command-line flags for every field of a configuration: help, bounds and defaults are the field's own."""

import argparse
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo
from pydantic_core import from_json

from explorer.command import completion
from explorer.config import DatasetConfig, ModelConfig, Part, TrainingConfig, bounds, members, read_values

PARTS: dict[str, tuple[type[Part], ...]] = {
    "dataset": members(DatasetConfig),
    "model": members(ModelConfig),
    "training": (TrainingConfig,),
}


def add(parser: argparse.ArgumentParser) -> None:
    """Give a parser the flags of all parts."""
    completion.offer_files(
        parser.add_argument(
            "--config", type=Path, metavar="FILE", help="a configuration as JSON; other flags change it"
        )
    )
    for part, classes in PARTS.items():
        group = parser.add_argument_group(part)
        if part != "training":
            described = "; ".join(
                f"{_name(owner)}: {(owner.__doc__ or '').splitlines()[0].rstrip('.')}" for owner in classes
            )
            named = group.add_argument(
                f"--{part}", metavar="NAME", help=_escaped(f"{described} (default: {_name(classes[0])})")
            )
            completion.offer(named, map(_name, classes))
        for field in _fields(part):
            flag = group.add_argument(f"--{part}.{field}", metavar="VALUE", help=_escaped(_meaning(part, field)))
            completion.offer(flag, _choices(part, field))


def names() -> list[str]:
    """Every flag that belongs to a field."""
    return [f"--{part}.{field}" for part in PARTS for field in _fields(part)]


def values(chosen: argparse.Namespace) -> dict[str, Any]:
    """The values of the configuration file and of the flags together, for :func:`explorer.config.parse`.

    Raises:
        ExplorerError: where the file is missing or holds no JSON object.
    """
    given: dict[str, Any] = read_values(chosen.config) if chosen.config else {}
    for part, classes in PARTS.items():
        name = getattr(chosen, part, None)
        section = given.get(part, {})
        if name is not None and isinstance(section, dict) and name != section.get("name"):
            section = {"name": name}  # another data set or model: the file's settings belong to the one it names
        flags = {field: getattr(chosen, f"{part}.{field}") for field in _fields(part)}
        set_here = {field: _plain(text) for field, text in flags.items() if text is not None}
        if set_here and isinstance(section, dict):
            # a model that is not named is the one that suits the data
            default = {"name": _name(classes[0])} if part == "dataset" else {}
            section = {**default, **section, **set_here}
        if section:
            given[part] = section
    return given


def _fields(part: str) -> list[str]:
    """The fields of any class of a part, each once; the name has a flag of its own."""
    return list(dict.fromkeys(field for owner in PARTS[part] for field in owner.model_fields if field != "name"))


def _meaning(part: str, field: str) -> str:
    """A field's help, bounds and default; one that data sets share but bound differently names them."""
    meanings: dict[str, list[str]] = {}
    for owner in PARTS[part]:
        if field in owner.model_fields:
            meanings.setdefault(_described(owner.model_fields[field]), []).append(_name(owner))
    if len(PARTS[part]) == 1:
        return next(iter(meanings))
    return "; ".join(f"{', '.join(owners)}: {meaning}" for meaning, owners in meanings.items())


def _described(field: FieldInfo) -> str:
    low, high = bounds(field.metadata)
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    form = extra.get("form", extra)
    unit = str(form.get("unit", "")) if isinstance(form, dict) else ""
    facts = [
        f"{low:g} to {high:g} {unit}".strip() if low is not None and high is not None else "",
        ", ".join(_words(field)),
        "JSON" if isinstance(field.default, tuple) else f"default {field.default}",
    ]
    return f"{field.description} ({'; '.join(filter(None, facts))})"


def _choices(part: str, field: str) -> list[str]:
    """The words that a field can be in any class of a part, each once."""
    owners = [owner.model_fields[field] for owner in PARTS[part] if field in owner.model_fields]
    return list(dict.fromkeys(word for found in owners for word in _words(found)))


def _words(field: FieldInfo) -> list[str]:
    if field.annotation is bool:
        return ["true", "false"]
    return [str(choice) for choice in get_args(field.annotation) if isinstance(choice, str)]


def _name(owner: type[Part]) -> str:
    return str(owner.model_fields["name"].default) if "name" in owner.model_fields else ""


def _escaped(text: str) -> str:
    return text.replace("%", "%%")  # argparse formats its help


def _plain(text: str) -> Any:
    """The flag's text, read as JSON where it is a list or an object; numbers are the configuration's to read."""
    if not text.lstrip().startswith(("[", "{")):
        return text
    try:
        return from_json(text)
    except (ValueError, TypeError):  # the second for bytes of a terminal that are no characters
        return text
