"""Widgets made from a configuration class, and the configuration made from their values.

Labels, bounds, units, help and defaults all come from the model's fields: nothing about a parameter is written here.
"""

from collections.abc import Iterable
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from explorer.config import Part, bounds, by_name, holds_parts
from explorer.ui.address.visit import field_of_form
from explorer.ui.form import uploads

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
LARGE_RANGE = 600  # more values than this are typed, not slid


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
) -> dict[str, Any]:
    """Draw every field of a part and return the plain values; advanced fields are in an expander.

    Args:
        part: the configuration class.
        key: a prefix that makes the widgets' keys unique.
        allowed: for a choice, the values that this machine, or the named file, offers.
        start: the first values; the part's own defaults unless given.
    """
    allowed = allowed or {}
    start = start or part()
    fields = {
        name: field.merge_field_infos(field, default=getattr(start, name))
        for name, field in part.model_fields.items()
        if name != "name"
    }
    values: dict[str, Any] = {}
    plain = [name for name, field in fields.items() if not _form(field)["advanced"]]
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
            field_of_form(f"{key}.{name}.count").set(len(value))
            for number, single in enumerate(value):
                fill(single, f"{key}.{name}.{number}")
        elif name != "name":
            field_of_form(f"{key}.{name}").set(list(value) if isinstance(value, tuple) else value)


def _draw(
    fields: dict[str, FieldInfo],
    names: Iterable[str],
    key: str,
    allowed: dict[str, tuple[str, ...]],
    values: dict[str, Any],
) -> None:
    for name in names:
        if all(values.get(other) in wanted for other, wanted in _form(fields[name])["only_if"].items()):
            values[name] = _widget(name, fields[name], f"{key}.{name}", allowed.get(name))


def _form(field: FieldInfo) -> dict[str, Any]:
    extra = field.json_schema_extra
    form = extra.get("form") if isinstance(extra, dict) else None
    return (
        form if isinstance(form, dict) else {"unit": "", "log": False, "advanced": False, "only_if": {}, "upload": ""}
    )


def _widget(name: str, field: FieldInfo, key: str, allowed: tuple[str, ...] | None) -> Any:
    form = _form(field)
    shown = label(name, form["unit"])
    common: dict[str, Any] = {"help": field.description, "key": key, "persist_state": "session"}
    low, high = bounds(field.metadata)
    kind = field.annotation
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
    if low is None or high is None:
        raise TypeError(f"{name} has no bounds to draw a slider with")
    if form["log"]:
        chosen = field_of_form(key)
        own = {
            field.default,
            chosen.get() if chosen.noted else field.default,
        }  # what is recommended may lie between the steps
        options = sorted({*_log_steps(low, high), *own})
        return st.select_slider(shown, options, value=field.default, format_func=_short, **common)
    if kind is float:
        return st.slider(shown, float(low), float(high), value=field.default, step=(high - low) / 100, **common)
    if high - low > LARGE_RANGE:
        return st.number_input(shown, int(low), int(high), value=field.default, **common)
    return st.slider(shown, int(low), int(high), value=field.default, **common)


def _several(part: type[Part], field: FieldInfo, key: str) -> list[dict[str, Any]]:
    """Draw a slider for the number of parts, and an expander for each."""
    least = next(item.min_length for item in field.metadata if hasattr(item, "min_length"))
    most = next(item.max_length for item in field.metadata if hasattr(item, "max_length"))
    count = st.slider(
        label(key.rsplit(".", 1)[-1]),
        least,
        most,
        value=len(field.default),
        help=field.description,
        key=f"{key}.count",
        persist_state="session",
    )
    defaults = [*field.default, *[part()] * (most - len(field.default))]
    return [_one_of_several(part, defaults[number], number, f"{key}.{number}") for number in range(count)]


def _one_of_several(part: type[Part], default: Part, number: int, key: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    with st.expander(f"Block {number + 1}"):
        for name, field in part.model_fields.items():
            own = field.merge_field_infos(field, default=getattr(default, name))
            values[name] = _widget(name, own, f"{key}.{name}", None)
    return values


def log_choices(part: type[Part], name: str) -> list[float]:
    """The values that a field's logarithmic slider offers: 1, 2, 3 and 5 of every power of ten in its bounds."""
    low, high = bounds(part.model_fields[name].metadata)
    if low is None or high is None:
        raise TypeError(f"{name} has no bounds to draw a slider with")
    return _log_steps(low, high)


def _log_steps(low: float, high: float) -> list[float]:
    steps = [digit * 10.0**power for power in range(-9, 4) for digit in (1, 2, 3, 5)]
    return [float(f"{step:.0e}") for step in steps if low <= float(f"{step:.0e}") <= high]


def _short(value: float) -> str:
    return f"{value:g}"
