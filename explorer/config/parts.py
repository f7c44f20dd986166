"""The building blocks of a configuration: each field is written once, with its bounds and its place in a form."""

from collections.abc import Mapping
from typing import Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


def setting(
    default: Any,
    meaning: str,
    *,
    unit: str = "",
    log: bool = False,
    step: float = 0.0,
    advanced: bool = False,
    only_if: Mapping[str, str | tuple[str | int, ...]] | None = None,
    upload: str = "",
    only_for: str = "",
    **bounds: Any,
) -> Any:
    """A field with its bounds and the facts that a form needs to draw it.

    Args:
        default: the default value.
        meaning: one line of help.
        unit: the unit of the value.
        log: whether its slider is logarithmic.
        step: the distance of two values on its slider; on a logarithmic one, the smallest above 0. Any value between
            the bounds can be typed.
        advanced: whether a form may hide it behind More.
        only_if: the values of other fields without which it has no effect.
        upload: the kind of file that can be uploaded for it.
        only_for: the kind of data that it is for; empty for every kind. On other data its default is the only value.
        bounds: pydantic's ge, le, min_length, max_length.
    """
    needed = {name: (wanted,) if isinstance(wanted, str) else wanted for name, wanted in (only_if or {}).items()}
    form: dict[str, Any] = {
        "unit": unit,
        "log": log,
        "step": step,
        "advanced": advanced,
        "only_if": needed,
        "upload": upload,
        "only_for": only_for,
    }
    return Field(default, description=meaning, json_schema_extra={"form": form}, **bounds)


def form_of(field: FieldInfo) -> dict[str, Any]:
    """The facts that a form needs to draw a field, by the names of the arguments of :func:`setting`."""
    extra = field.json_schema_extra
    form = extra.get("form") if isinstance(extra, dict) else None
    return form if isinstance(form, dict) else form_of(setting(field.default, ""))


class Part(BaseModel):
    """The base of every part of a configuration: frozen, and unknown fields are errors.

    ``title`` is its name in a list, ``short`` its name in charts and sentences, ``kind`` what a data set holds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    title: ClassVar[str] = ""
    short: ClassVar[str] = ""
    kind: ClassVar[str] = ""


def names(union: Any) -> tuple[str, ...]:
    """The names of the parts in a union: ``names(DatasetConfig)``."""
    return tuple(by_name(union))


def by_name(union: Any) -> dict[str, Any]:
    """The classes of a union by their names."""
    return {name_of(part): part for part in members(union)}


def name_of(part: type[Part]) -> str:
    """The name of a class in its union."""
    return str(part.model_fields["name"].default)


def members(union: Any) -> tuple[type[Part], ...]:
    """The classes of an annotated union of parts, of a tuple of classes, or the one class itself."""
    if isinstance(union, type):
        return (union,)
    if isinstance(union, tuple):
        return union
    return get_args(get_args(union)[0])


def suits(field: FieldInfo, kind: str) -> bool:
    """True if a field has an effect on this kind of data, as its class says it ("pictures")."""
    extra = field.json_schema_extra
    form = extra.get("form") if isinstance(extra, dict) else None
    return not isinstance(form, dict) or form["only_for"] in ("", kind)


def holds_parts(value: Any) -> bool:
    """True for a tuple of parts, which a form draws one after the other."""
    return isinstance(value, tuple) and any(isinstance(item, Part) for item in value)


def bounds(metadata: list[Any]) -> tuple[float | None, float | None]:
    """The lowest and highest value that a field's pydantic metadata allows; None if there is no bound."""
    low = next((item.ge for item in metadata if hasattr(item, "ge")), None)
    high = next((item.le for item in metadata if hasattr(item, "le")), None)
    return low, high
