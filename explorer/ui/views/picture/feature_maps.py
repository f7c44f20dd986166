"""Feature maps: the output of every layer for the probe; of a large network one layer, page by page."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from explorer.figures.maps import Scale, coarser, map_grid, picture, single_map
from explorer.figures.tiling import WHOLE, Tiles, map_at, tile
from explorer.inspection import Graph, LayerMaps, layer_maps
from explorer.ui.address.settings import EVERY_LAYER, FIELD, LAYER, MAP, MAP_ORDER, MAP_PAGE, PLACE, SCALE
from explorer.ui.chart import Click, chart
from explorer.ui.subject.layers import (
    chosen_layer,
    describe,
    fits_on_a_page,
    graph_of,
    layers_of,
    open_convolution,
    select_map,
)
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.views.picture import receptive_field
from explorer.ui.widgets import number, page, pick_from_list, pick_in_row, toggle, type_number
from explorer.ui.words import say

SCALES: dict[str, Scale] = {"each map": "map", "layer": "layer", "whole network": "network"}
QUIET_LAYERS = ("norm", "dropout", "flatten")  # equal or nearly equal to their input in eval mode
PAGE = 64  # maps
MOST_CELLS = 120_000  # drawn on one page; more are averaged over blocks
INPUT = "input"
IN_A_ROW = 3  # layers
BESIDE = (3, 1.2)  # the widths of the maps and of the selected one
ORDERS = ("number", "mean activity", "largest value")


def draw(subject: PictureSubject) -> None:
    """Draw every layer as one tiled picture if they fit, else one layer; and the selected map beside the input."""
    graph = graph_of(subject)
    if fits_on_a_page(graph):
        _all_layers(subject)
    else:
        _one_layer(subject, graph)


# ── all layers of a small network ────────────────────────────────────────────────────────────────────────────────────
def _all_layers(subject: PictureSubject) -> None:
    activations = {name: as_maps(values) for name, values in subject.activations().items()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scale = _choose_scale(list(SCALES))
        everything = toggle(EVERY_LAYER, "Show norm and dropout layers too")
        field = toggle(
            FIELD,
            "Receptive field",
            help="The pixels that one value of the selected map depends on: click a value of the large map.",
        )
    limit = max(float(np.abs(maps).max()) for maps in activations.values())
    layer, channel = chosen_map(activations)
    shown = {
        name: maps for name, maps in activations.items() if everything or name.rsplit(".", 1)[-1] not in QUIET_LAYERS
    }
    left, right = st.columns(BESIDE)
    with left:
        if field:
            receptive_field.draw(subject, layer, channel, *_unit(activations[layer], layer, channel))
        for group in _groups(shown):
            for start in range(0, len(group), IN_A_ROW):
                names = group[start : start + IN_A_ROW]
                for column, name in zip(st.columns(IN_A_ROW), names, strict=False):
                    with column:
                        if name == INPUT:
                            chart(picture(subject.picture, f"The input: {subject.label}", height=290), INPUT, "input")
                        else:
                            _grid(name, shown[name], scale, limit, channel if name == layer else None)
    with right:
        _enlarged(subject, activations[layer], layer, channel, list(activations), unit=field)


def as_maps(values: np.ndarray) -> np.ndarray:
    """A layer's output as maps (channel, row, column); the units of a linear layer become maps of one value."""
    return values if values.ndim == 3 else values.reshape(-1, 1, 1)


def chosen_map(activations: dict[str, np.ndarray]) -> tuple[str, int]:
    """The selected layer and map, made valid for this network."""
    default = next((name for name in activations if name.endswith("activation")), next(iter(activations)))
    layer = chosen_layer(list(activations), default)
    return layer, _chosen_channel(len(activations[layer]))


def _chosen_channel(count: int) -> int:
    return min(MAP.get(), count - 1)


def _choose_scale(names: list[str]) -> Scale:
    return SCALES[pick_in_row(SCALE, "Colours are comparable within", names)]


def _grid(name: str, maps: np.ndarray, scale: Scale, limit: float, selected: int | None) -> None:
    noun = _noun(maps)
    title = f"{name} · {len(maps)} {noun}s" + (f" of {maps.shape[1]}x{maps.shape[2]}" if noun == "map" else "")
    chart(
        map_grid(maps, title, scale=scale, network_limit=limit, selected=selected, noun=noun, max_height=400),
        f"maps-{name}",
        "feature-maps",
        reading=strongest(maps, range(len(maps))),
        on_click=partial(_choose_map, name, tile(maps), range(len(maps))),
    )


def strongest(maps: np.ndarray, numbers: Sequence[int]) -> str:
    """A sentence on the largest value among maps (map, row, column), and on the maps that are 0."""
    if not maps.any():
        return "Every value is 0."
    peaks = maps.max(axis=(1, 2))
    said = f"{_noun(maps).capitalize()} {numbers[int(peaks.argmax())]} has the largest value, {peaks.max():.3g}"
    silent = int((~maps.any(axis=(1, 2))).sum())
    return f"{said}; {silent} of {len(maps)} {'is' if silent == 1 else 'are'} 0 everywhere." if silent else f"{said}."


def _choose_map(name: str, tiles: Tiles, channels: Sequence[int], click: Click) -> None:
    place = map_at(tiles, float(click.x), float(click.y))
    if place is not None:
        select_map(name, channels[place])


# ── one layer of a large network ─────────────────────────────────────────────────────────────────────────────────────
def _one_layer(subject: PictureSubject, graph: Graph) -> None:
    layers = layers_of(graph)
    default = next((name for name, node in layers.items() if len(node.shape) == 3), next(iter(layers)))
    layer = chosen_layer(list(layers), default)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        pick_from_list(
            LAYER,
            "Layer",
            list(layers),
            default=layer,
            format_func=lambda name: describe(layers[name]),
            help="Type to search; the Network view shows where each layer stands.",
        )
        scale = _choose_scale(["each map", "layer"])
    with subject.model() as model:
        read: LayerMaps = layer_maps(model, subject.inputs, layer)
    maps = read.maps.numpy()
    channel = _chosen_channel(len(maps))
    left, right = st.columns(BESIDE)
    with left:
        _pages(layer, maps, channel, scale)
        if read.note:
            st.caption(read.note)
        receptive_field.draw(subject, layer, channel, *_unit(maps, layer, channel))
    with right:
        _enlarged(subject, maps, layer, channel, [], unit=True, convolution=layers[layer].kind.startswith("Conv2d"))


def _pages(layer: str, maps: np.ndarray, channel: int, scale: Scale) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = pick_in_row(
            MAP_ORDER,
            "Sorted by",
            ORDERS,
            help="Mean activity: the mean of the absolute values, the most active map first.",
        )
        places = page(MAP_PAGE, len(maps), PAGE, _noun(maps))
    channels = sorted_maps(maps, order)[places.start : places.stop]
    shown, side = coarser(maps[channels], MOST_CELLS)
    coarsened = f" Each cell is the mean of {side}x{side} values; the large map shows every value." if side > 1 else ""
    noun = _noun(maps)
    title = f"{layer} · {len(maps):,} {noun}s" + (f" of {maps.shape[1]}x{maps.shape[2]}" if noun == "map" else "")
    selected = next((place for place, number in enumerate(channels) if number == channel), None)
    chart(
        map_grid(
            shown,
            title,
            scale=scale,
            selected=selected,
            noun=noun,
            max_height=680,
            numbers=channels.tolist(),
            width=WHOLE,
        ),
        "maps-page",
        "feature-maps",
        reading=strongest(maps[channels], channels.tolist()) + coarsened,
        on_click=partial(_choose_map, layer, tile(shown, width=WHOLE), channels.tolist()),
    )


def sorted_maps(maps: np.ndarray, order: str) -> np.ndarray:
    """The numbers of the maps (map, row, column) in display order."""
    if order == "number":
        return np.arange(len(maps))
    measure = np.abs(maps).mean(axis=(1, 2)) if order == "mean activity" else maps.max(axis=(1, 2))
    return np.argsort(-measure, kind="stable")


# ── the chosen map ───────────────────────────────────────────────────────────────────────────────────────────────────
def _noun(maps: np.ndarray) -> str:
    return "map" if maps.shape[1:] != (1, 1) else "unit"


def _unit(maps: np.ndarray, layer: str, channel: int) -> tuple[int, int]:
    """Row and column of the selected value of this map; if none is selected, of the largest absolute value."""
    chosen = PLACE.get()
    if chosen is not None and chosen[:2] == (layer, channel):
        return min(chosen[2], maps.shape[1] - 1), min(chosen[3], maps.shape[2] - 1)
    row, column = np.unravel_index(int(np.abs(maps[channel]).argmax()), maps.shape[1:])
    return int(row), int(column)


def _choose_unit(layer: str, channel: int, click: Click) -> None:
    PLACE.set((layer, channel, round(float(click.y)), round(float(click.x))))


def _choose_place(values: np.ndarray, layer: str, channel: int, row: int, column: int) -> None:
    def choose_row(typed: int) -> None:
        PLACE.set((layer, channel, typed, column))

    def choose_column(typed: int) -> None:
        PLACE.set((layer, channel, row, typed))

    with st.container(horizontal=True, gap="xsmall"):
        type_number(row, "Row", values.shape[0], "place.row", choose_row, width=130)
        type_number(column, "Column", values.shape[1], "place.column", choose_column, width=130)


def _enlarged(
    subject: PictureSubject,
    maps: np.ndarray,
    layer: str,
    channel: int,
    layers: list[str],
    *,
    unit: bool = False,
    convolution: bool = False,
) -> None:
    """Draw the selected map beside the others; it stays there while they are scrolled.

    What a click selects can be selected here too: one of ``layers``, if any are given, the map, and its value.
    """
    values = maps[channel]
    with st.container(key="enlarged", gap="xsmall"):
        with st.container(horizontal=True, gap="xsmall"):
            if layers:
                pick_from_list(LAYER, "Layer", layers, default=layer, width="stretch")
            number(MAP, f"{_noun(maps).capitalize()}, 0 to {len(maps) - 1:,}", len(maps), width=130)
        if values.shape == (1, 1):
            st.metric(f"{layer}, unit {channel}", f"{values[0, 0]:.6g}")
        else:
            mark = _unit(maps, layer, channel) if unit else None
            chart(
                single_map(values, f"{layer}, map {channel}", height=290, mark=mark),
                "large-map",
                "feature-map",
                on_click=partial(_choose_unit, layer, channel) if unit else None,
            )
        if unit and values.shape != (1, 1):
            _choose_place(values, layer, channel, *_unit(maps, layer, channel))
        say(
            f"**{layer}, channel {channel}** {subject.where}\n\n"
            f"{values.size} values from {values.min():.4g} to {values.max():.4g}, mean {values.mean():.4g}; "
            f"{(values > 0).mean():.0%} of them above zero."
        )
        if convolution or layer.startswith("block"):
            st.button(
                "See how its values are computed",
                icon=":material/calculate:",
                on_click=open_convolution,
                args=(layer if convolution else layer.rsplit(".", 1)[0] + ".convolution", channel),
            )


def _groups(layers: dict[str, np.ndarray]) -> list[list[str]]:
    """The input and the layers' names by block, in forward order; the input stands before the first block."""
    groups: dict[str, list[str]] = {next(iter(layers)).split(".", 1)[0]: [INPUT]}
    for name in layers:
        groups.setdefault(name.split(".", 1)[0], []).append(name)
    return list(groups.values())
