"""The layers of any network, listed before any output is computed, and their selection."""

from collections.abc import Sequence
from math import prod

from explorer.inspection import Graph, Node, network_graph
from explorer.ui.address import link
from explorer.ui.address.settings import CONVOLUTION_CHANNEL, CONVOLUTION_LAYER, LAYER, MAP, VIEW
from explorer.ui.cache import held
from explorer.ui.subject.picture import PictureSubject
from explorer.ui.view import ViewName

MOST_AT_ONCE = 24  # layers drawn on one page
MOST_VALUES = 400_000  # in these layers


def graph_of(subject: PictureSubject) -> Graph:
    """The graph of the network's layers; it is the same at every step."""
    return _graph(subject.without_probe().untrained)


@held(8, spinner="Reading the network …")
def _graph(subject: PictureSubject) -> Graph:
    with subject.model() as model:
        return network_graph(model, subject.inputs)


def layers_of(graph: Graph) -> dict[str, Node]:
    """Everything with an output, by id: the layers, and each called block after its last layer."""
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
    if node.kind not in ("ModuleList", "ModuleDict"):  # these are never called, so they have no output
        found[block] = node


def convolutions_of(subject: PictureSubject) -> list[str]:
    """The ids of all 2-D convolutions, one for each call."""
    nodes = graph_of(subject).nodes
    return [node.id for node in nodes if node.role == "layer" and node.kind.startswith("Conv2d ")]


def fits_on_a_page(graph: Graph) -> bool:
    """True if all layers can be drawn together: few, small, each called once, and none with tokens."""
    layers = [node for node in graph.nodes if node.role == "layer"]
    plain = all(node.calls == 1 and len(node.shape) in (1, 3) for node in layers)
    return plain and len(layers) <= MOST_AT_ONCE and sum(prod(node.shape) for node in layers) <= MOST_VALUES


def chosen_layer(names: Sequence[str], default: str) -> str:
    """The selected layer, or the default if this network does not have it."""
    layer = LAYER.get()
    if layer and layer not in names:
        link.say_once(f"The address selects the layer {layer}, which this network does not have.")
    return layer if layer in names else default


def select_map(layer: str, channel: int) -> None:
    """Select one channel of a layer's output."""
    LAYER.set(layer)
    MAP.set(channel)


def open_convolution(layer: str, channel: int | None = None) -> None:
    """Open the view that takes a convolution apart, at one of its output channels."""
    CONVOLUTION_LAYER.set(layer)
    if channel is not None:
        CONVOLUTION_CHANNEL.set(channel)
    VIEW.set(ViewName.CONVOLUTION)


def describe(node: Node) -> str:
    """A layer in one line: "layer1.0.conv1 · Conv2d 3x3 · 64x56x56"."""
    return f"{node.id} · {node.kind} · {shape_text(node.shape)}"


def shape_text(shape: Sequence[int]) -> str:
    """A shape in one word: 64x56x56."""
    return "x".join(map(str, shape)) or "1"
