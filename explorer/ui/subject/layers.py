"""Choosing a layer of any network: its layers are listed before any output is computed."""

from collections.abc import Sequence
from math import prod

import streamlit as st

from explorer.inspection import Graph, Node, network_graph
from explorer.ui.address import link
from explorer.ui.subject.picture import PictureSubject, RunSubject

MOST_SIDE_BY_SIDE = 6  # choices that are all shown; more are searched in a list
MOST_AT_ONCE = 24  # layers, and values in them, that are drawn on one page
MOST_VALUES = 400_000


def graph_of(subject: PictureSubject) -> Graph:
    """The network's layers and what flows between them; it does not change from step to step."""
    network = str(subject.run.path) if isinstance(subject, RunSubject) else subject.key
    return _graph(network, tuple(subject.inputs.shape[1:]), subject)


@st.cache_resource(max_entries=8, show_spinner="Reading the network …")
def _graph(network: str, shape: tuple[int, ...], _look: PictureSubject) -> Graph:
    with _look.model() as model:
        return network_graph(model, _look.inputs)


def layers_of(graph: Graph) -> dict[str, Node]:
    """Everything whose output can be looked at, by id: the layers, each called block behind its last layer."""
    found: dict[str, Node] = {}
    open_blocks: list[str] = []
    for node in graph.nodes:
        while open_blocks and open_blocks[-1] not in node.blocks:
            _add_block(graph, open_blocks.pop(), found)
        open_blocks += [block for block in node.blocks if block not in open_blocks]
        if node.role == "layer":
            found[node.id] = node
    while open_blocks:
        _add_block(graph, open_blocks.pop(), found)
    return found


def _add_block(graph: Graph, block: str, found: dict[str, Node]) -> None:
    node = graph.blocks[block]
    if node.kind not in ("ModuleList", "ModuleDict"):  # these are not called: they have no output
        found[block] = node


def fits_on_a_page(graph: Graph) -> bool:
    """Whether all layers can be drawn at once: few, small, each called once, and none of them tokens."""
    layers = [node for node in graph.nodes if node.role == "layer"]
    plain = all(node.calls == 1 and len(node.shape) in (1, 3) for node in layers)
    return plain and len(layers) <= MOST_AT_ONCE and sum(prod(node.shape) for node in layers) <= MOST_VALUES


def chosen_layer(names: Sequence[str], default: str) -> str:
    """The layer in the address, where this network has it."""
    layer = str(st.query_params.get("layer", ""))
    if layer and layer not in names:
        link.say_once(f"The address asks for the layer {layer}, which this network does not have.")
    return layer if layer in names else default


def choose_layer(layer: str) -> None:
    """Make a layer the one that is looked at, its first map first."""
    if st.query_params.get("layer") != layer:
        st.query_params.update(layer=layer, map="0")


def describe(node: Node) -> str:
    """A layer in one line: "layer1.0.conv1 · Conv2d 3x3 · 64x56x56"."""
    return f"{node.id} · {node.kind} · {shape_text(node.shape)}"


def shape_text(shape: Sequence[int]) -> str:
    """Sizes as they are written everywhere: 64x56x56."""
    return "x".join(map(str, shape)) or "1"


def choose_name(label: str, names: Sequence[str], key: str) -> str:
    """One of some names, side by side where they are few, else in a list that can be searched."""
    if st.session_state.get(key) not in names:
        st.session_state.pop(key, None)
    if len(names) <= MOST_SIDE_BY_SIDE:
        chosen: str = st.segmented_control(label, names, default=names[0], required=True, key=key, bind="query-params")
        return chosen
    return st.selectbox(label, names, key=key, bind="query-params", help="Type to search.")


def choose_page(count: int, size: int, noun: str, key: str) -> range:
    """Which of many things are shown, as places in their order; all where they fit on one page."""
    pages = -(-count // size)
    if pages <= 1:
        return range(count)
    if st.session_state.get(key, 1) > pages:
        st.session_state[key] = 1
    page = int(
        st.number_input(
            f"Page, 1 to {pages} ({size} of {count:,} {noun}s each)", 1, pages, key=key, bind="query-params"
        )
    )
    return range((page - 1) * size, min(page * size, count))
