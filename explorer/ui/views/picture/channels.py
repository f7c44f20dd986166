"""Channels: what excites each, what it looks for, and what the answer would be without it."""

from collections.abc import Collection
from functools import partial

import numpy as np
import streamlit as st

from explorer.errors import ExplorerError
from explorer.figures.channels import logits_before_after, patch_at, patch_grid, ranking
from explorer.inspection import TopPatches, ablate, capture, rank_channels, top_patches
from explorer.ui.address import link
from explorer.ui.chart import Click, chart
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.views.picture import edited_weight, visualisation

SEARCHED = "validation"
MOST_SEARCHED, MOST_SEARCHED_LARGE = 1000, 100  # examples
LARGE = 5_000_000  # parameters: what runs a network many times then waits for a button
SHOWN = 9


def draw(subject: PictureSubject) -> None:
    """One channel of one layer: its patches, the picture that it looks for, and its part in the answer."""
    layers, large = _layers(subject.key, subject)
    chosen, place = st.columns([3, 2], vertical_alignment="bottom")
    with chosen:
        layer = _choose_layer(layers)
    try:
        patches = _patches(subject.key, subject.splits.name, layer, large, subject)
    except ExplorerError as error:
        st.info(str(error), icon=":material/info:")
        return
    with place:
        channel = _choose_channel(len(patches.channels))
    left, right = st.columns(2)
    with left:
        _top(subject, patches, channel)
    with right:
        visualisation.draw(subject, layer, channel)
    st.subheader("Silence channels", anchor=False)
    _silence(subject, layers, layer, channel, len(patches.channels), large)
    st.subheader("Edit one weight", anchor=False)
    edited_weight.draw(subject, layer)


# ── the choice, shared with the feature maps ─────────────────────────────────────────────────────────────────────────
def _choose_layer(layers: list[str]) -> str:
    asked = st.query_params.get("layer", "")
    first = next((name for name in layers if name.endswith(("activation", "relu"))), layers[0])
    st.session_state["channels_layer"] = asked if asked in layers else first
    layer: str = st.selectbox("Layer", layers, key="channels_layer", on_change=_put, args=("channels_layer", "layer"))
    return layer


def _choose_channel(count: int) -> int:
    asked = st.query_params.get("map", "0")
    st.session_state["channels_channel"] = min(int(asked) if asked.isdigit() else 0, count - 1)
    return int(
        st.number_input(
            f"Channel, 0 to {count - 1:,}",
            0,
            count - 1,
            key="channels_channel",
            on_change=_put,
            args=("channels_channel", "map"),
        )
    )


def _put(key: str, name: str) -> None:
    st.query_params[name] = str(st.session_state[key])


# ── what excites it ──────────────────────────────────────────────────────────────────────────────────────────────────
def _top(subject: PictureSubject, patches: TopPatches, channel: int) -> None:
    examples, windows = patches.examples[channel].tolist(), patches.windows[channel].numpy()
    values = patches.values[channel].numpy()
    pair = subject.splits.split(SEARCHED)
    chart(
        patch_grid(
            subject.splits.pictures(pair.inputs[examples]),
            windows,
            values,
            [f"image {example}, {subject.splits.class_names[int(pair.targets[example])]}" for example in examples],
            f"What excites channel {channel} of {patches.layer} most",
        ),
        "top-patches",
        "top-patches",
        reading=_patches_words(subject, values, exact=patches.exact),
        on_click=partial(_probe_patch, windows, examples),
    )


def _patches_words(subject: PictureSubject, values: np.ndarray, *, exact: bool) -> str:
    if values.max() == values.min():
        return f"The channel gives {values.max():.3g} everywhere: it tells nothing apart {subject.where}."
    extent = "exactly what the unit sees" if exact else "the whole picture: what a unit sees is not known here"
    return (
        f"The strongest places in {_searched(subject):,} {SEARCHED} pictures, each cut to {extent}. What they share is "
        "what the channel detects. A click makes a picture the probe."
    )


def _probe_patch(windows: np.ndarray, examples: list[int], click: Click) -> None:
    number = patch_at(windows, float(click.x), float(click.y))
    if number is not None:
        st.session_state["split"], st.session_state["image"] = SEARCHED, examples[number]


def _searched(subject: PictureSubject) -> int:
    _, large = _layers(subject.key, subject)
    return min(MOST_SEARCHED_LARGE if large else MOST_SEARCHED, len(subject.splits.split(SEARCHED).targets))


# ── the answer without it ────────────────────────────────────────────────────────────────────────────────────────────
def _silence(subject: PictureSubject, layers: list[str], layer: str, channel: int, count: int, large: bool) -> None:
    silent = silent_channels(st.query_params.get("silent", ""), layers)
    left, right = st.columns(2)
    with right:
        answer = int(subject.logits().argmax())
        default = answer if subject.target is None else subject.target
        target = st.selectbox(
            "Rank by the logit of the class",
            range(len(subject.class_names)),
            index=default,
            format_func=lambda number: subject.class_names[number],
            key=f"ranked-class-{default}",
            bind="query-params",
        )
        _ranking(subject, layer, target, silent, large)
    with left:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.session_state["silent_channels"] = [number for number in silent.get(layer, []) if number < count]
            st.multiselect(
                f"Silent channels of {layer}",
                range(count),
                key="silent_channels",
                on_change=lambda: _let_be_silent({**silent, layer: st.session_state["silent_channels"]}),
            )
            st.button(f"Silence channel {channel}", on_click=_toggle, args=(silent, layer, channel))
            st.button("Let all speak", on_click=_let_be_silent, args=({},))
        _without(subject, silent)


def silent_channels(text: str, layers: Collection[str]) -> dict[str, list[int]]:
    """The silent channels of each layer, as the address has them: "block1.activation:2,5;block2.activation:1"."""
    silent: dict[str, list[int]] = {}
    for part in text.split(";"):
        layer, _, numbers = part.rpartition(":")
        channels = sorted({int(number) for number in numbers.split(",") if number.isdecimal()})
        if channels and layer in layers:
            silent[layer] = channels
    return silent


def _let_be_silent(silent: dict[str, list[int]]) -> None:
    written = (f"{layer}:{','.join(map(str, sorted(numbers)))}" for layer, numbers in silent.items() if numbers)
    link.put("silent", ";".join(written))


def _without(subject: PictureSubject, silent: dict[str, list[int]]) -> None:
    with subject.model() as model:
        before, after = (ablate(model, subject.inputs, chosen)[0].numpy() for chosen in ({}, silent))
    where = "; ".join(f"{name}: {', '.join(map(str, sorted(chosen)))}" for name, chosen in silent.items())
    chart(
        logits_before_after(before, after, subject.class_names, ("as it is", "silenced")),
        "silenced-logits",
        "silenced-logits",
        reading=f"Silent, that is 0 wherever they are: {where}. A class whose bar falls was read off these channels."
        if silent
        else "Nothing is silent yet: choose channels, or click bars of the ranking.",
    )


def _ranking(subject: PictureSubject, layer: str, target: int, silent: dict[str, list[int]], large: bool) -> None:
    asked = (subject.key, subject.probe_key, layer, target)
    if large and st.session_state.get("ranked") != asked:
        st.button("Rank the channels", help="Runs the network once a channel", on_click=_ask_to_rank, args=asked)
        return
    with st.spinner("Silencing each channel in turn …"):
        effects = _effects(*asked, subject)
    chart(
        ranking(effects, subject.class_names[target], silent.get(layer, [])),
        "channel-ranking",
        "channel-ranking",
        on_click=partial(_toggle_bar, silent, layer),
    )


def _ask_to_rank(*asked: str | int) -> None:
    st.session_state["ranked"] = asked


def _toggle_bar(silent: dict[str, list[int]], layer: str, click: Click) -> None:
    if str(click.y).isdigit():
        _toggle(silent, layer, int(click.y))


def _toggle(silent: dict[str, list[int]], layer: str, channel: int) -> None:
    _let_be_silent({**silent, layer: sorted({*silent.get(layer, [])} ^ {channel})})


# ── kept for all visitors ────────────────────────────────────────────────────────────────────────────────────────────
@st.cache_data(max_entries=48, show_spinner=False)
def _layers(key: str, _look: PictureSubject) -> tuple[list[str], bool]:
    """The layers that can be chosen, and whether the network is a large one."""
    with _look.model() as model:
        modules = dict(model.named_modules())
        names = dict.fromkeys(name.split("#")[0] for name in capture(model, _look.inputs))
        large = sum(parameter.numel() for parameter in model.parameters()) > LARGE
    return [name for name in names if name in modules], large


@st.cache_data(max_entries=24, show_spinner="Searching the pictures …")
def _patches(key: str, data: str, layer: str, large: bool, _look: PictureSubject) -> TopPatches:
    inputs = _look.splits.split(SEARCHED).inputs[: MOST_SEARCHED_LARGE if large else MOST_SEARCHED]
    with _look.model() as model:
        return top_patches(model, inputs, layer, count=SHOWN)


@st.cache_data(max_entries=128, show_spinner=False)
def _effects(key: str, probe: str, layer: str, target: int, _look: PictureSubject) -> np.ndarray:
    with _look.model() as model:
        return rank_channels(model, _look.inputs, layer, target)[0].numpy()
