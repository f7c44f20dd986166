"""Widgets made from a configuration class, and the configuration made from their values.

Labels, bounds, units, help and defaults all come from the model's fields: nothing about a parameter is written here.
"""

from collections.abc import Iterable
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from explorer.config import Number, Part, by_name, form_of, holds_parts, number_of, suits, written
from explorer.ui.address.visit import field_of_form
from explorer.ui.form import uploads
from explorer.ui.form.numbers import Refused, number_field

WORDS = {
    "sgd": "SGD with momentum",
    "adamw": "AdamW",
    "relu": "ReLU",
    "leaky_relu": "leaky ReLU",
    "gelu": "GELU",
    "silu": "SiLU",
    "elu": "ELU",
    "cpu": "CPU",
    "cuda": "CUDA GPU",
    "mps": "Apple GPU",
    "max": "maximum",
}


def label(name: str, unit: str = "") -> str:
    """A field's name as a label: ``batch_size`` → "Batch size, examples"."""
    words = name.replace("_", " ")
    return words[0].upper() + words[1:] + (f", {unit}" if unit and unit not in words else "")


def word(value: str) -> str:
    """A choice as a label: ``leaky_relu`` → "leaky ReLU"."""
    return WORDS.get(value, value.replace("_", " "))


def choose_part(choices: tuple[type[Part], ...], question: str, key: str, missing: set[str]) -> type[Part]:
    """Draw a list of configuration classes; those that need a download are marked, and can be chosen too."""
    parts: dict[str, type[Part]] = by_name(choices)
    if field_of_form(f"{key}.name").get() not in parts:  # another list of parts was offered before
        field_of_form(f"{key}.name").forget()
    chosen: str = st.selectbox(
        question,
        list(parts),
        format_func=lambda name: parts[name].title + (" · to download" if name in missing else ""),
        key=f"{key}.name",
        persist_state="session",
    )
    st.caption(parts[chosen].__doc__ or "")
    return parts[chosen]


def part_form(
    part: type[Part],
    key: str,
    allowed: dict[str, tuple[str, ...]] | None = None,
    start: Part | None = None,
    kind: str = "",
) -> dict[str, Any]:
    """Draw every field of a part and return the plain values; advanced fields are in an expander.

    A number that cannot be used is a :class:`Refused` among the values.

    Args:
        part: the configuration class.
        key: a prefix that makes the widgets' keys unique.
        allowed: for a choice, the values that this machine, or the named file, offers.
        start: the first values; the part's own defaults unless given.
        kind: of the data; fields that are for another kind are left out.
    """
    allowed = allowed or {}
    start = start or part()
    fields = {
        name: field.merge_field_infos(field, default=getattr(start, name))
        for name, field in part.model_fields.items()
        if name != "name" and suits(field, kind)
    }
    values: dict[str, Any] = {}
    plain = [name for name, field in fields.items() if not form_of(field)["advanced"]]
    plain.sort(key=lambda name: fields[name].annotation is not str)  # which file, before how it is cut
    advanced = [name for name in fields if name not in plain]
    _draw(fields, plain, key, allowed, values)
    if advanced:
        with st.expander("More"):
            _draw(fields, advanced, key, allowed, values)
    return values


def fill(part: Part, key: str) -> None:
    """Set the widgets of :func:`part_form` to the values of a part."""
    for name in type(part).model_fields:
        value = getattr(part, name)
        if holds_parts(value):
            field_of_form(f"{key}.{name}.count").set(written(len(value)))
            for number, single in enumerate(value):
                fill(single, f"{key}.{name}.{number}")
        elif name != "name":
            field_of_form(f"{key}.{name}").set(_shown(value))


def _shown(value: Any) -> Any:
    """A value as its widget holds it."""
    if isinstance(value, tuple):
        return list(value)
    return written(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _draw(
    fields: dict[str, FieldInfo],
    names: Iterable[str],
    key: str,
    allowed: dict[str, tuple[str, ...]],
    values: dict[str, Any],
) -> None:
    for name in names:
        needed = form_of(fields[name])["only_if"].items()
        if all(isinstance(values.get(other), Refused) or values.get(other) in wanted for other, wanted in needed):
            values[name] = _widget(name, fields[name], f"{key}.{name}", allowed.get(name))


def _widget(name: str, field: FieldInfo, key: str, allowed: tuple[str, ...] | None, within: str = "") -> Any:
    form = form_of(field)
    shown = label(name, form["unit"])
    common: dict[str, Any] = {"help": field.description, "key": key, "persist_state": "session"}
    kind, number = field.annotation, number_of(field)
    if number is not None:
        return number_field(number, shown, within + label(name), field.default, key, field.description or "")
    if kind == tuple[str, ...]:
        return st.multiselect(shown, allowed or (), default=field.default, **common)
    if get_origin(kind) is tuple:
        return _several(get_args(kind)[0], field, key)
    if get_origin(kind) is Literal:
        options = [choice for choice in get_args(kind) if allowed is None or choice in allowed]
        return st.selectbox(shown, options, index=options.index(field.default), format_func=word, **common)
    if kind is bool:
        return st.toggle(shown, value=field.default, **common)
    if kind is str and allowed is not None:
        return st.selectbox(shown, allowed, format_func=lambda value: value or "the last numeric column", **common)
    if kind is str:
        if form["upload"]:
            uploads.offer(form["upload"], key)
        return st.text_input(shown, value=field.default, **common)
    raise TypeError(f"{name} is of a kind that the form cannot draw: {kind}")


def _several(part: type[Part], field: FieldInfo, key: str) -> list[dict[str, Any]] | Refused:
    """Draw the number of parts, and an expander for each."""
    least = next(item.min_length for item in field.metadata if hasattr(item, "min_length"))
    most = next(item.max_length for item in field.metadata if hasattr(item, "max_length"))
    name = label(key.rsplit(".", 1)[-1])
    number = Number(least, most, whole=True, step=1)
    count = number_field(number, name, name, len(field.default), f"{key}.count", field.description or "")
    if isinstance(count, Refused):
        return count
    defaults = [*field.default, *[part()] * (most - len(field.default))]
    return [_one_of_several(part, defaults[place], place, f"{key}.{place}") for place in range(int(count))]


def _one_of_several(part: type[Part], default: Part, number: int, key: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    block = f"Block {number + 1}"
    with st.expander(block):
        for name, field in part.model_fields.items():
            own = field.merge_field_infos(field, default=getattr(default, name))
            values[name] = _widget(name, own, f"{key}.{name}", None, f"{block}: ")
    return values
