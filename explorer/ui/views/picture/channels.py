"""Channels: the patches that activate each most, a feature visualisation, and the answer without it."""

from functools import partial

import numpy as np
import streamlit as st

from explorer.errors import ExplorerError
from explorer.figures.channels import logits_before_after, patch_at, patch_grid, ranking
from explorer.inspection import TopPatches, ablate, capture, rank_channels, top_patches
from explorer.ui.address.settings import ABLATED, LAYER, MAP, RANKED_CLASS, SPLIT
from explorer.ui.address.visit import CHANNELS_ABLATED, RANKED
from explorer.ui.cache import identity, kept
from explorer.ui.chart import Click, chart
from explorer.ui.subject.own_picture import look_at_example
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.views.picture import edited_weight, visualisation
from explorer.ui.views.picture.visualisation import SEARCHED
from explorer.ui.widgets import number, pick_from_list

MOST_SEARCHED, MOST_SEARCHED_LARGE = 1000, 100  # examples
SHOWN = 9


def draw(subject: PictureSubject) -> None:
    """One channel of one layer: its patches, its feature visualisation, and its part in the answer."""
    layers = _layers(subject.without_probe())
    chosen, place = st.columns([3, 2], vertical_alignment="bottom")
    with chosen:
        first = next((name for name in layers if name.endswith(("activation", "relu"))), layers[0])
        layer = pick_from_list(LAYER, "Layer", layers, default=first)
    try:
        patches = _patches(subject.without_probe(), layer)
    except ExplorerError as error:
        st.info(str(error), icon=":material/info:")
        return
    with place:
        count = len(patches.channels)
        channel = number(MAP, f"Channel, 0 to {count - 1:,}", count)
    left, right = st.columns(2)
    with left:
        _top(subject, patches, channel)
    with right:
        visualisation.draw(subject, layer, channel, _searched(subject))
    st.subheader("Ablate channels", anchor=False)
    _ablation(subject, layers, layer, channel, count)
    st.subheader("Edit one weight", anchor=False)
    edited_weight.draw(subject, layer)


# ── what activates it ────────────────────────────────────────────────────────────────────────────────────────────────
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
            f"Patches that activate channel {channel} of {patches.layer} most",
        ),
        "top-patches",
        "top-patches",
        reading=_patches_words(subject, values, exact=patches.exact),
        on_click=partial(_probe_patch, windows, examples),
    )


def _patches_words(subject: PictureSubject, values: np.ndarray, *, exact: bool) -> str:
    if values.max() == values.min():
        return f"The channel gives {values.max():.3g} everywhere {subject.where}: it distinguishes nothing."
    extent = (
        "exactly the unit's receptive field"
        if exact
        else "the whole picture, since the receptive field is unknown here"
    )
    return (
        f"The strongest places in {_searched(subject):,} {SEARCHED} pictures, cropped to {extent}. What they have "
        "in common suggests what the channel detects. Click a picture to make it the probe."
    )


def _probe_patch(windows: np.ndarray, examples: list[int], click: Click) -> None:
    place = patch_at(windows, float(click.x), float(click.y))
    if place is not None:
        SPLIT.set(SEARCHED)
        look_at_example(examples[place])


def _searched(subject: PictureSubject) -> int:
    return min(MOST_SEARCHED_LARGE if subject.is_large else MOST_SEARCHED, len(subject.splits.split(SEARCHED).targets))


# ── the answer without it ────────────────────────────────────────────────────────────────────────────────────────────
def _ablation(subject: PictureSubject, layers: list[str], layer: str, channel: int, count: int) -> None:
    ablated = {name: channels for name, channels in ABLATED.get().items() if name in layers}
    left, right = st.columns(2)
    with right:
        answer = int(subject.logits().argmax())
        default = answer if subject.target is None else subject.target
        target = pick_from_list(
            RANKED_CLASS.variant(default, default),
            "Rank by the logit of the class",
            range(len(subject.class_names)),
            format_func=subject.class_names.__getitem__,
        )
        _ranking(subject, layer, target, ablated)
    with left:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            CHANNELS_ABLATED.set([number for number in ablated.get(layer, []) if number < count])
            st.multiselect(
                f"Ablated channels of {layer}",
                range(count),
                key=CHANNELS_ABLATED.key,
                on_change=lambda: ABLATED.set({**ablated, layer: CHANNELS_ABLATED.get()}),
            )
            st.button(f"Ablate channel {channel}", on_click=_toggle, args=(ablated, layer, channel))
            st.button("Restore all", on_click=ABLATED.drop, disabled=not any(ABLATED.get().values()))
        _without(subject, ablated)


def _without(subject: PictureSubject, ablated: dict[str, list[int]]) -> None:
    with subject.model() as model:
        before, after = (ablate(model, subject.inputs, chosen)[0].numpy() for chosen in ({}, ablated))
    where = "; ".join(f"{name}: {', '.join(map(str, sorted(chosen)))}" for name, chosen in ablated.items())
    figure = logits_before_after(before, after, subject.class_names, ("trained", "ablated"))
    chart(
        figure,
        "ablated-logits",
        "ablated-logits",
        reading=f"Ablated, that is set to 0 everywhere: {where}. {figure.layout.meta['reading']}"
        if ablated
        else "No channel is ablated yet: choose channels, or click bars of the ranking.",
    )


def _ranking(subject: PictureSubject, layer: str, target: int, ablated: dict[str, list[int]]) -> None:
    asked = (identity(subject), layer, target)
    if subject.is_large and RANKED.get() != asked:
        st.button("Rank the channels", help="Runs the network once a channel", on_click=RANKED.set, args=(asked,))
        return
    with st.spinner("Ablating each channel in turn …"):
        effects = _effects(subject, layer, target)
    chart(
        ranking(effects, subject.class_names[target], ablated.get(layer, [])),
        "channel-ranking",
        "channel-ranking",
        on_click=partial(_toggle_bar, ablated, layer),
    )


def _toggle_bar(ablated: dict[str, list[int]], layer: str, click: Click) -> None:
    if str(click.y).isdigit():
        _toggle(ablated, layer, int(click.y))


def _toggle(ablated: dict[str, list[int]], layer: str, channel: int) -> None:
    ABLATED.set({**ablated, layer: sorted({*ablated.get(layer, [])} ^ {channel})})


# ── kept for all visitors ────────────────────────────────────────────────────────────────────────────────────────────
@kept(48)
def _layers(subject: PictureSubject) -> list[str]:
    """The layers that can be selected."""
    with subject.model() as model:
        modules = dict(model.named_modules())
        names = dict.fromkeys(name.split("#")[0] for name in capture(model, subject.inputs))
    return [name for name in names if name in modules]


@kept(24, spinner="Searching the pictures …")
def _patches(subject: PictureSubject, layer: str) -> TopPatches:
    inputs = subject.splits.split(SEARCHED).inputs[: _searched(subject)]
    with subject.model() as model:
        return top_patches(model, inputs, layer, count=SHOWN)


@kept(128)
def _effects(subject: PictureSubject, layer: str, target: int) -> np.ndarray:
    with subject.model() as model:
        return rank_channels(model, subject.inputs, layer, target)[0].numpy()
