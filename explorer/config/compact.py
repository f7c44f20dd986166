"""A configuration in one short line, for an address: its names, and what differs from what is usual for them."""

import json
from typing import Any

from explorer.config.parts import Part, holds_parts
from explorer.config.reading import json_object, parse
from explorer.config.run import RunConfig


def compact(config: RunConfig) -> str:
    """JSON that :func:`expanded` makes the same configuration of; what is left out is what :func:`parse` fills in."""
    named: dict[str, dict[str, Any]] = {"dataset": {"name": config.dataset.name}, "model": {"name": config.model.name}}
    usual = parse(named)
    values: dict[str, dict[str, Any]] = {
        part: {**named.get(part, {}), **differing(getattr(config, part), getattr(usual, part))}
        for part in ("dataset", "model", "training")
    }
    return json.dumps({part: chosen for part, chosen in values.items() if chosen}, separators=(",", ":"))


def expanded(text: str) -> RunConfig:
    """The configuration that :func:`compact` wrote.

    Raises:
        ExplorerError: where it is none; each fault is named.
    """
    return parse(json_object(text, "The configuration"))


def differing(part: Part, usual: Part) -> dict[str, Any]:
    """The fields of a part, as JSON has them, that are not as in another of the same class."""
    chosen, ordinary = part.model_dump(mode="json"), usual.model_dump(mode="json")
    return {name: _brief(getattr(part, name), value) for name, value in chosen.items() if value != ordinary[name]}


def _brief(value: Any, dumped: Any) -> Any:
    """Of several parts each without its defaults."""
    if holds_parts(value):
        return [part.model_dump(mode="json", exclude_defaults=True) for part in value]
    return dumped
