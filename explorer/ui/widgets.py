"""Widgets for settings: they survive a change of their options, and write the address."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from explorer.ui.address import link
from explorer.ui.address.settings import Setting

T = TypeVar("T")
MOST_SIDE_BY_SIDE = 6  # options that are all shown; more are searched in a list


def pick(setting: Setting[T], label: str, options: Sequence[T], **more: Any) -> T:
    """One of some options: in a row where they are few, else in a list that can be searched."""
    if len(options) <= MOST_SIDE_BY_SIDE:
        chosen: T = pick_in_row(setting, label, options, **more)
    else:
        chosen = pick_from_list(setting, label, options, help="Type to search.", **more)
    return chosen


def pick_from_list(
    setting: Setting[T], label: str, options: Sequence[T], *, default: T | None = None, **more: Any
) -> T:
    """One of some options, from a list.

    Args:
        setting: what is chosen.
        label: the words beside it.
        options: what can be chosen; a choice of before that is not among them is dropped.
        default: the choice at first; the setting's own, or the first option, unless given.
        **more: for ``st.selectbox``.
    """
    start = _start(setting, options, default)
    chosen: T = st.selectbox(label, options, index=options.index(start), **_bound(setting, start), **more)
    return chosen


def pick_or_none(setting: Setting[T | None], label: str, options: Sequence[T], **more: Any) -> T | None:
    """One of some options, or none, from a list."""
    if setting.chosen and setting.get() not in (*options, None):
        setting.drop()
    start = None if setting.bound else setting.get()
    chosen: T | None = st.selectbox(label, options, index=None, **_bound(setting, start), **more)
    return chosen


def pick_in_row(setting: Setting[T], label: str, options: Sequence[T], *, default: T | None = None, **more: Any) -> T:
    """One of some options, side by side; arguments as of :func:`pick_from_list`."""
    start = _start(setting, options, default)
    chosen: T = st.segmented_control(label, options, default=start, required=True, **_bound(setting, start), **more)
    return start if chosen is None else chosen


def pick_many(
    setting: Setting[list[T]], label: str, options: Sequence[T], *, default: Sequence[T] | None = None, **more: Any
) -> list[T]:
    """Any of some options; those of before that can no longer be chosen are dropped."""
    kept = [option for option in setting.get() if option in options]
    if setting.bound and setting.chosen and kept != setting.get():
        setting.set(kept)
    usual = [option for option in (setting.default if default is None else default) if option in options]
    start = usual if setting.bound else kept
    chosen: list[T] = st.multiselect(label, options, default=start, **_bound(setting, start), **more)
    return chosen


def pick_many_in_row(setting: Setting[list[T]], label: str, options: Sequence[T], **more: Any) -> list[T]:
    """Any of a few options, side by side; those of before that can no longer be chosen are dropped."""
    kept = [option for option in setting.get() if option in options]
    if setting.bound and setting.chosen and kept != setting.get():
        setting.set(kept)
    start = [option for option in setting.default if option in options] or list(options[-1:])
    chosen: list[T] = st.pills(label, options, default=start, selection_mode="multi", **_bound(setting, start), **more)
    return chosen


def pick_on_slider(
    setting: Setting[T], label: str, options: Sequence[T], *, default: T | None = None, **more: Any
) -> T:
    """One of some options in their order, on a slider; arguments as of :func:`pick_from_list`."""
    start = _start(setting, options, options[-1] if default is None else default)
    chosen: T = st.select_slider(label, options, value=start, **_bound(setting, start), **more)
    return chosen


def tabs(setting: Setting[Any], names: Sequence[str]) -> Sequence[Any]:
    """One tab for each name; ``.open`` says which is open."""
    return st.tabs([str(name) for name in names], key=setting.name, bind="query-params")


def number(setting: Setting[int], label: str, count: int, **more: Any) -> int:
    """A number that is typed, within 0 … count − 1."""
    start = _within(setting, 0, count - 1)
    return int(st.number_input(label, 0, count - 1, value=start, **_bound(setting, start), **more))


def type_number(value: int, label: str, count: int, key: str, choose: Callable[[int], None], **more: Any) -> None:
    """A number that is typed, within 0 … count − 1, of a choice that is made of several, such as a place.

    Args:
        value: the number as it is chosen.
        label: the words beside it.
        count: how many numbers there are.
        key: of the widget.
        choose: called with the number that is typed.
        **more: for ``st.number_input``.
    """
    st.session_state[key] = max(0, min(value, count - 1))

    def change() -> None:
        choose(int(st.session_state[key]))

    st.number_input(label, 0, count - 1, key=key, on_change=change, **more)


def slide(setting: Setting[int], label: str, count: int, *, default: int | None = None, **more: Any) -> int:
    """A slider over 0 … count − 1; a sentence where there is nothing to choose."""
    if count == 1:
        st.caption(f"{label}: only 0")
        return 0
    return slide_within(setting, label, 0, count - 1, default=default, **more)


def slide_within(
    setting: Setting[int], label: str, low: int, high: int, *, default: int | None = None, **more: Any
) -> int:
    """A slider over low … high."""
    start = _within(setting, low, high, default)
    return int(st.slider(label, low, high, value=start, **_bound(setting, start), **more))


def slide_number(setting: Setting[float], label: str, low: float, high: float) -> float:
    """A slider over the numbers low … high, in a hundred steps or so; a choice of before beyond them becomes an end."""
    if setting.bound and setting.chosen and not low <= setting.get() <= high:
        setting.set(max(low, min(setting.get(), high)))
    start, step = float(max(low, min(setting.default, high))), 0.05 if high - low <= 5 else 0.1
    return float(st.slider(label, float(low), float(high), value=start, step=step, **_bound(setting, start)))


def page(setting: Setting[int], count: int, size: int, noun: str) -> range:
    """The places of the things on the chosen page; all of them where they fit on one."""
    pages = -(-count // size)
    if pages <= 1:
        return range(count)
    start = _within(setting, 1, pages)
    label = f"Page, 1 to {pages} ({size} of {count:,} {noun}s each)"
    chosen = int(st.number_input(label, 1, pages, value=start, **_bound(setting, start)))
    return range((chosen - 1) * size, min(chosen * size, count))


def toggle(setting: Setting[bool], label: str, **more: Any) -> bool:
    """On or off."""
    start = setting.default if setting.bound else setting.get()
    return st.toggle(label, value=start, **_bound(setting, start), **more)


def ask(setting: Setting[T], widget: Callable[..., Any], label: str, *arguments: Any, **more: Any) -> Any:
    """Any other widget of Streamlit, such as ``st.slider`` with bounds of its own, with the setting's default."""
    return widget(label, *arguments, value=setting.default, **_bound(setting, setting.default), **more)


def _start(setting: Setting[T], options: Sequence[T], default: T | None) -> T:
    """The initial value of the widget; an earlier choice that is no longer possible is dropped."""
    if setting.bound and setting.chosen and setting.get() not in options:
        setting.drop()
    wanted = setting.default if default is None else default
    if not setting.bound and setting.get() in options:
        wanted = setting.get()
    return wanted if wanted in options else options[0]


def _within(setting: Setting[int], low: int, high: int, default: int | None = None) -> int:
    """The number at first; a choice of before that is too large becomes the largest."""
    if setting.bound and setting.chosen and not low <= setting.get() <= high:
        setting.set(max(low, min(setting.get(), high)))
    wanted = setting.get() if not setting.bound else setting.default if default is None else default
    return max(low, min(wanted, high))


def _bound(setting: Setting[T], value: T) -> dict[str, Any]:
    """The key of a widget: bound to the address, or one that follows it."""
    if setting.bound:
        link.drop_nonsense(setting)
        return {"key": setting.name, "bind": "query-params"}
    key = f"{setting.name}.widget"
    st.session_state[key] = value
    return {"key": key, "on_change": _follow, "args": (setting, key)}


def _follow(setting: Setting[Any], key: str) -> None:
    setting.set(st.session_state[key])
