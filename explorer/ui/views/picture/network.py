"""Network: the layers as a graph of blocks that open on a click."""

from collections.abc import Sequence

import streamlit as st

from explorer.errors import ExplorerError
from explorer.figures.network_graph import Box, Drawn, network_graph, target_at
from explorer.figures.of_pictures import box_of
from explorer.inspection import Graph, Node, layer_table
from explorer.ui.address.settings import LAYER, NODE, OPEN_BLOCKS, VIEW
from explorer.ui.address.visit import BOX_SEARCHED
from explorer.ui.chart import Click, chart
from explorer.ui.subject.layers import describe, graph_of, layers_of, open_convolution, shape_text
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.view import ViewName

FEWEST_BOXES = 6  # with fewer, the largest block is opened
MOST_BOXES = 150  # more are unreadable, and slow in the browser
NONE = "none"  # of the blocks, in the address
COLOURS = (
    "Yellow: layers with weights. Blue: layers without. Pink: operations between layers, such as the sum at the end "
    "of a residual block. Green: blocks; a click opens one, a click on an open block's name closes it."
)


def draw(subject: PictureSubject) -> None:
    """Draw the graph, its controls, and the facts of the selected box."""
    graph = graph_of(subject)
    opened = _opened(graph)
    shown = graph.collapsed(open_blocks=opened)
    left, right = st.columns([2, 3])
    with left:
        _controls(graph, opened)
        chosen = _chosen(graph)
        if chosen is not None:
            _facts(subject, graph, chosen)
        st.caption(COLOURS)
    drawn = network_graph(
        [_box(node) for node in shown.nodes],
        shown.edges,
        f"{len(graph.nodes):,} layers and operations, drawn as {len(shown.nodes)} boxes",
        selected=_visible(graph, shown, chosen),
    )
    with right, st.container(width=drawn.width):
        chart(
            drawn.figure,
            "network-graph",
            "network-graph",
            on_click=lambda click: _clicked(graph, drawn, click),
        )


def coarse(graph: Graph) -> list[str]:
    """The blocks that are open at first: as few as show more than a box or two."""
    opened: list[str] = []
    while True:
        nodes = graph.collapsed(open_blocks=opened).nodes
        blocks = [node for node in nodes if node.role == "block"]
        if len(nodes) >= FEWEST_BOXES or not blocks:
            return opened
        opened.append(max(blocks, key=lambda node: node.members).id)


def everything(graph: Graph) -> tuple[list[str], bool]:
    """The blocks that can be drawn open, outer ones first; and True if these are all blocks."""
    opened: list[str] = []
    for block in sorted(graph.blocks.values(), key=lambda block: len(block.blocks)):
        if len(graph.collapsed(open_blocks=[*opened, block.id]).nodes) > MOST_BOXES:
            return opened, False
        opened.append(block.id)
    return opened, True


# ── choosing ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _opened(graph: Graph) -> list[str]:
    """The open blocks of the address; if it names none of this network, those that are open at first."""
    asked = OPEN_BLOCKS.get()
    opened = [block for block in asked if block in graph.blocks]
    return opened if opened or asked == (NONE,) else coarse(graph)


def _open(opened: Sequence[str]) -> None:
    OPEN_BLOCKS.set(tuple(dict.fromkeys(opened)) or (NONE,))


def _controls(graph: Graph, opened: Sequence[str]) -> None:
    places = {node.id: node for node in (*graph.nodes[1:], *graph.blocks.values())}
    st.selectbox(
        "Open a block, or select a layer",
        [*graph.blocks, *(node.id for node in graph.nodes[1:])],
        index=None,
        format_func=lambda name: describe(places[name]),
        placeholder="Type to search",
        key=BOX_SEARCHED.key,
        on_change=_picked,
        args=(graph,),
    )
    with st.container(horizontal=True):
        st.button("Close all", icon=":material/unfold_less:", on_click=_open, args=([],), disabled=not opened)
        every = set(graph.blocks) <= set(opened)
        st.button("Open all", icon=":material/unfold_more:", on_click=_open_all, args=(graph,), disabled=every)


def _open_all(graph: Graph) -> None:
    opened, complete = everything(graph)
    _open(opened)
    if not complete:
        st.toast(
            f"All {len(graph.nodes):,} boxes would be unreadable: the outer blocks are open, up to {MOST_BOXES} boxes. "
            "Open the others one by one."
        )


def _picked(graph: Graph) -> None:
    name = BOX_SEARCHED.get()
    if name is not None:
        _open([*_opened(graph), *graph.node(name).blocks])
        _act_on(graph, name, closing=False)
        BOX_SEARCHED.set(None)


def _clicked(graph: Graph, drawn: Drawn, click: Click) -> None:
    name = target_at(drawn.targets, float(click.x), float(click.y))
    if name is not None:
        _act_on(graph, name, closing=True)


def _act_on(graph: Graph, name: str, *, closing: bool) -> None:
    """Open or close a block; select a layer for all views."""
    opened = _opened(graph)
    if name in graph.blocks and name in opened and closing:
        _open([block for block in opened if block != name])
    elif name in graph.blocks:
        _open([*opened, name])
    NODE.set(name)
    if name in layers_of(graph):
        LAYER.set(name)


def _chosen(graph: Graph) -> Node | None:
    known = {node.id: node for node in graph.nodes} | graph.blocks
    return known.get(NODE.get()) or known.get(LAYER.get())


def _visible(graph: Graph, shown: Graph, chosen: Node | None) -> str | None:
    """The drawn box of the selected node: its own, or that of the closed block around it."""
    if chosen is None:
        return None
    boxes = {node.id for node in shown.nodes}
    return next((name for name in (chosen.id, *reversed(chosen.blocks)) if name in boxes), None)


# ── showing ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _box(node: Node) -> Box:
    box = box_of(node)
    return box._replace(note=f"{box.note}; click to open") if node.role == "block" else box


def _facts(subject: PictureSubject, graph: Graph, node: Node) -> None:
    before = [start for start, end in graph.edges if end == node.id]
    after = [end for start, end in graph.edges if start == node.id]
    facts = [f"output {shape_text(node.shape)}"]
    if node.module is not None:
        facts.append(f"{node.parameters:,} parameters")
    if node.calls > 1:
        facts.append(f"called {node.calls} times in a forward pass")
    if node.role == "block":
        facts.append(f"{node.members} layers and operations inside")
    if before or after:
        facts.append(f"reads {', '.join(before) or 'nothing'}; read by {_some(after)}")
    st.markdown(f"**{node.id}** · {node.kind} · " + " · ".join(facts) + "  \n" + _field(subject, node))
    if node.id in layers_of(graph):
        with st.container(horizontal=True):
            st.button(
                "See its feature maps", icon=":material/grid_on:", on_click=VIEW.set, args=(ViewName.FEATURE_MAPS,)
            )
            if node.kind.startswith("Conv2d"):
                st.button(
                    "See how its values are computed",
                    icon=":material/calculate:",
                    on_click=open_convolution,
                    args=(node.id,),
                )


def _some(names: Sequence[str], most: int = 4) -> str:
    more = len(names) - most
    return (
        ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
        if names
        else "nothing, since it is the output"
    )


def _field(subject: PictureSubject, node: Node) -> str:
    if node.module is None:
        return "This operation has no weights and is not a module; the next layer reads its values."
    try:
        with subject.model() as model:
            rows = layer_table(model, subject.inputs.shape[1:], [node.name])
    except ExplorerError as error:
        return str(error)
    size = rows[-1].receptive_field if rows else None
    if size is None:
        return "Receptive field: unknown after an operation whose geometry cannot be traced."
    rows_columns = size if isinstance(size, tuple) else (size, size)
    again = " of its last call" if node.calls > 1 else ""
    return f"Receptive field{again}: {rows_columns[0]}x{rows_columns[1]} pixels."
