"""Feature maps: what every layer makes of the chosen input."""

from functools import partial

import numpy as np
import streamlit as st

from explorer.figures.maps import Scale, Tiles, map_at, map_grid, picture, single_map, tile
from explorer.ui.chart import Click, chart
from explorer.ui.look import Look

SCALES: dict[str, Scale] = {"each map": "map", "layer": "layer", "whole network": "network"}
QUIET_LAYERS = ("norm", "dropout", "flatten")  # equal or nearly equal to their input when looking


def draw(look: Look) -> None:
    """Every layer as one tiled picture, and the chosen map large beside the input."""
    activations = {name: as_maps(values) for name, values in look.activations().items()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scale = SCALES[
            st.segmented_control(
                "Colours are comparable within",
                list(SCALES),
                default="layer",
                required=True,
                key="scale",
                bind="query-params",
            )
        ]
        everything = st.toggle("Show norm and dropout layers too", key="every_layer", persist_state="session")
    limit = max(float(np.abs(maps).max()) for maps in activations.values())
    layer, channel = chosen_map(activations)
    _large(look, activations[layer], layer, channel)
    shown = {
        name: maps for name, maps in activations.items() if everything or name.rsplit(".", 1)[-1] not in QUIET_LAYERS
    }
    for group in _groups(shown):
        columns = st.columns(3)
        for number, name in enumerate(group):
            with columns[number % 3]:
                _grid(name, shown[name], scale, limit, channel if name == layer else None)


def as_maps(values: np.ndarray) -> np.ndarray:
    """A layer's output as maps (channel, row, column); the units of a linear layer become maps of one value."""
    return values if values.ndim == 3 else values.reshape(-1, 1, 1)


def chosen_map(activations: dict[str, np.ndarray]) -> tuple[str, int]:
    """The layer and map in the address, made valid for this network."""
    layer = st.query_params.get("layer", "")
    if layer not in activations:
        layer = next(name for name in activations if name.endswith("activation"))
    channel = st.query_params.get("map", "0")
    return layer, min(int(channel) if channel.isdigit() else 0, len(activations[layer]) - 1)


def _grid(name: str, maps: np.ndarray, scale: Scale, limit: float, selected: int | None) -> None:
    noun = "map" if maps.shape[1:] != (1, 1) else "unit"
    title = f"{name} · {len(maps)} {noun}s" + (f" of {maps.shape[1]}x{maps.shape[2]}" if noun == "map" else "")
    chart(
        map_grid(maps, title, scale=scale, network_limit=limit, selected=selected, noun=noun, max_height=360),
        key=f"maps-{name}",
        on_click=partial(_choose_map, name, tile(maps)),
    )


def _choose_map(name: str, tiles: Tiles, click: Click) -> None:
    number = map_at(tiles, float(click.x), float(click.y))
    if number is not None:
        st.query_params["layer"], st.query_params["map"] = name, str(number)


def _large(look: Look, maps: np.ndarray, layer: str, channel: int) -> None:
    left, middle, right = st.columns([1, 1, 1])
    with left:
        chart(picture(look.picture, f"The input: {look.label}", height=290), key="input")
    with middle:
        if maps.shape[1:] == (1, 1):
            st.metric(f"{layer}, unit {channel}", f"{maps[channel, 0, 0]:.6g}")
        else:
            chart(single_map(maps[channel], f"{layer}, map {channel}", height=290), key="large-map")
    with right:
        values = maps[channel]
        st.markdown(
            f"**{layer}, channel {channel}** at {look.network_name}\n\n"
            f"{values.size} values from {values.min():.4g} to {values.max():.4g}, mean {values.mean():.4g}; "
            f"{(values > 0).mean():.0%} of them above zero."
        )
        st.caption("Click a map below to enlarge it. Blue is negative, red positive. Hover for exact values.")
        if layer.startswith("block"):
            st.button(
                "See how its values are computed",
                icon=":material/calculate:",
                on_click=_go_to_convolution,
                args=(layer, channel),
            )


def _go_to_convolution(layer: str, channel: int) -> None:
    st.session_state["convolution_layer"] = layer.rsplit(".", 1)[0] + ".convolution"
    st.session_state["convolution_channel"] = channel
    st.session_state["view"] = "Convolution"


def _groups(layers: dict[str, np.ndarray]) -> list[list[str]]:
    """Layer names by block, in the order in which data passes them."""
    groups: dict[str, list[str]] = {}
    for name in layers:
        groups.setdefault(name.split(".", 1)[0], []).append(name)
    return list(groups.values())
