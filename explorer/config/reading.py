"""A configuration read from plain values or a file; each fault is explained in a sentence."""

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from explorer.bounded_files import read_bounded
from explorer.config.networks import ConvolutionBlock
from explorer.config.parts import Part, bounds, members, name_of, names
from explorer.config.run import DatasetConfig, ModelConfig, RunConfig
from explorer.config.training import TrainingConfig
from explorer.errors import MEGABYTE, ExplorerError, shortened, shown

LARGEST_CONFIG = MEGABYTE  # bytes of a configuration file; one with every field has about a thousand
MOST_EXPLAINED = 5  # faults with a sentence of their own; the others are counted


def parse(values: Mapping[str, Any]) -> RunConfig:
    """Validate plain values.

    Raises:
        ExplorerError: naming each faulty field, its value, and its bounds or the possible names.
    """
    try:
        return RunConfig.model_validate(values)
    except ValidationError as error:
        raise ExplorerError(explain(error)) from error


def read_config(path: Path) -> RunConfig:
    """Read a run's configuration from a JSON file.

    Raises:
        ExplorerError: where the file is missing, not a regular one, larger than :data:`LARGEST_CONFIG` or not JSON, or
            a field is unknown or out of its bounds.
    """
    values = read_values(path)
    try:
        return parse(values)
    except ExplorerError as error:
        raise ExplorerError(f"{path}: {error}") from error


def read_values(path: Path) -> dict[str, Any]:
    """The plain values in a configuration file.

    Raises:
        ExplorerError: where there is none, it cannot be read, or it holds no JSON object.
    """
    try:
        content = read_bounded(path, LARGEST_CONFIG, str(path))
    except FileNotFoundError:
        raise ExplorerError(f"There is no configuration file {path}.") from None
    return json_object(content, str(path))


def json_object(text: str | bytes, called: str) -> dict[str, Any]:
    """The object that a JSON text holds.

    Args:
        text: of at most a few megabytes: the whole of it is read at once.
        called: what messages call it.

    Raises:
        ExplorerError: where it is not JSON, is nested too deeply, or holds something else.
    """
    try:
        values = from_json(text)
    except (
        ValueError,
        TypeError,
    ) as error:  # not JSON, not text, nested hundreds deep, or a number of thousands of digits
        raise ExplorerError(f"{called} is not a JSON file: {error}.") from error
    if not isinstance(values, dict):
        raise ExplorerError(
            f"{called} must hold a JSON object with dataset, model and training, not a {type(values).__name__}."
        )
    return values


def explain(error: ValidationError) -> str:
    """A sentence for each of the first faults that pydantic found: the field, the value given, and what it may be."""
    faults = error.errors(include_url=False)
    # a tuple with a faulty item is also reported as too short: only the item is worth a sentence
    above = {fault["loc"][:depth] for fault in faults for depth in range(len(fault["loc"]))}
    deepest = [fault for fault in faults if fault["loc"] not in above]
    sentences = [_sentence(fault) for fault in deepest[:MOST_EXPLAINED]]
    if len(deepest) > MOST_EXPLAINED:
        sentences.append(f"{len(deepest) - MOST_EXPLAINED:,} more faults follow.")
    return " ".join(sentences)


def _sentence(fault: ErrorDetails) -> str:
    field = ".".join(shortened(str(place)) for place in _without_name(fault["loc"])) or "the configuration"
    if fault["type"] == "extra_forbidden":
        return f"{field} is unknown (given {shown(fault['input'])}).{_closest(fault['loc'])}"
    if fault["type"] == "misfit":
        return fault["msg"]
    if fault["type"] == "union_tag_not_found":
        return f"{field} has no name; choose one of {', '.join(names(DatasetConfig))}."
    if fault["type"] in ("union_tag_invalid", "literal_error"):
        return f"{field} is {_given(fault)}; choose one of {_choices(fault)}."
    message = fault["msg"][0].lower() + fault["msg"][1:]
    return f"{field} is {shown(fault['input'])}: {message}{_bounds(fault['loc'])}."


def _without_name(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """The location without the chosen name, which a discriminated union puts second: it is no field."""
    tags = {"dataset": names(DatasetConfig), "model": names(ModelConfig)}
    if len(location) > 2 and location[1] in tags.get(str(location[0]), ()):
        return (location[0], *location[2:])
    return location


def _given(fault: ErrorDetails) -> str:
    value = fault["input"]
    return shown(value.get("name") if isinstance(value, Mapping) else value)


def _choices(fault: ErrorDetails) -> str:
    context = fault.get("ctx", {})
    return str(context.get("expected_tags", context.get("expected", "")))


def _part_at(location: tuple[int | str, ...]) -> type[Part] | None:
    """The class that owns the last field of a location such as ("dataset", "digits", "split_seed")."""
    roots: dict[str, tuple[type[Part], ...]] = {
        "dataset": members(DatasetConfig),
        "model": members(ModelConfig),
        "training": (TrainingConfig,),
    }
    if not location or location[0] not in roots:
        return RunConfig
    candidates = roots[str(location[0])]
    if "blocks" in location[:-1]:
        return ConvolutionBlock
    for part in candidates:
        if len(candidates) == 1 or name_of(part) in location[1:2]:
            return part
    return None


def _bounds(location: tuple[int | str, ...]) -> str:
    part = _part_at(location)
    field = part.model_fields.get(str(location[-1])) if part and location else None
    if field is None:
        return ""
    low, high = bounds(field.metadata)
    return f" (it may be {low} to {high})" if low is not None and high is not None else ""


def _closest(location: tuple[int | str, ...]) -> str:
    part = _part_at(location)
    if part is None:
        return ""
    known = list(part.model_fields)
    near = difflib.get_close_matches(shortened(str(location[-1])), known, n=1)
    return f" Did you mean {near[0]}?" if near else f" Known here: {', '.join(known)}."
