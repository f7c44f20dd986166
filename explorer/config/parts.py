"""What every part of a configuration is made of: a field is written once, with its bounds and all a form needs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field

SAMPLE_DATA = Path(__file__).resolve().parents[2] / "sample_data"


def setting(
    default: Any,
    meaning: str,
    *,
    unit: str = "",
    log: bool = False,
    advanced: bool = False,
    only_if: Mapping[str, str | tuple[str, ...]] | None = None,
    upload: str = "",
    **bounds: Any,
) -> Any:
    """A field with its bounds and all that a form needs to draw it.

    Args:
        default: the value it has unless another is given.
        meaning: one line of help.
        unit: what it is counted in.
        log: whether its slider is logarithmic.
        advanced: whether a form may tuck it away.
        only_if: other fields' values, or several of one field, without which it has no effect.
        upload: the kind of file whose name it takes, where a person can hand one over.
        bounds: pydantic's ge, le, min_length, max_length.
    """
    needed = {name: (wanted,) if isinstance(wanted, str) else wanted for name, wanted in (only_if or {}).items()}
    form: dict[str, Any] = {"unit": unit, "log": log, "advanced": advanced, "only_if": needed, "upload": upload}
    return Field(default, description=meaning, json_schema_extra={"form": form}, **bounds)


class Part(BaseModel):
    """The base of every part of a configuration: frozen, and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def names(union: Any) -> tuple[str, ...]:
    """The names a part can be chosen by: ``names(DatasetConfig)``."""
    return tuple(part.model_fields["name"].default for part in members(union))


def members(union: Any) -> tuple[type[Part], ...]:
    """The classes behind an annotated union of parts, or the one class itself."""
    if isinstance(union, type):
        return (union,)
    return get_args(get_args(union)[0])


def bounds(metadata: list[Any]) -> tuple[float | None, float | None]:
    """The lowest and highest value that a field's pydantic metadata allows; None where it is open."""
    low = next((item.ge for item in metadata if hasattr(item, "ge")), None)
    high = next((item.le for item in metadata if hasattr(item, "le")), None)
    return low, high
