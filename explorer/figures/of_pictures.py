"""One result on a network that reads pictures in, one figure out: readable on a light and a dark ground."""

import numpy as np
import plotly.graph_objects as go

from explorer.errors import ExplorerError
from explorer.figures import network_graph
from explorer.figures.arrays import Values, array, example_of
from explorer.figures.attribution import attribution_overlay
from explorer.figures.convolution import product_maps
from explorer.figures.diagram import number
from explorer.figures.drawable import Attributed, Connected, Faithful, Node, Products
from explorer.figures.faithfulness import Curve, score_curves
from explorer.figures.ground import on_any_ground
from explorer.figures.maps import map_grid
from explorer.figures.style import TRAINING


def feature_maps(maps: Values, *, example: int = 0, title: str = "Feature maps") -> go.Figure:
    """All feature maps of a layer as one picture, with colours symmetric around zero.

    Args:
        maps: a layer's output, ``captured["conv1"]``: (batch, channel, row, column), or (channel, row, column).
        example: of the batch.
        title: of the figure.

    Raises:
        ExplorerError: for values of another shape, and an example that does not exist.
    """
    values = array(maps)
    if values.ndim not in (3, 4):
        raise ExplorerError(f"Feature maps are (batch, channel, row, column); these values are {values.shape}.")
    return on_any_ground(map_grid(example_of(values, example, "these maps") if values.ndim == 4 else values, title))


def attribution(found: Attributed, picture: Values, *, example: int = 0, strength: float = 0.7) -> go.Figure:
    """An attribution map over the picture that it explains: red supports the class, blue opposes it.

    Args:
        found: what ``attribute`` gives.
        picture: what the network read, (batch, channel, row, column) or (channel, row, column): its smallest number is
            drawn black and its largest white.
        example: of the batch.
        strength: the opacity of the map, from 0 to 1.

    Raises:
        ExplorerError: for a picture of another shape, and an example that does not exist.
    """
    pixels = _pixels(picture, example)
    first, *second = [found.target] if isinstance(found.target, int) else found.target
    against = f" against class {second[0]}" if second else ""
    title = f"{found.method.replace('_', ' ').capitalize()} for class {first}{against}"
    values = example_of(found.maps, example, "this attribution")
    return on_any_ground(attribution_overlay(pixels, values, title, strength))


def deletion(found: Faithful, *, example: int = 0) -> go.Figure:
    """The score as pixels are deleted in the order of a map, beside random orders; a small area is good.

    Args:
        found: what ``deletion_insertion`` gives.
        example: of the batch.
    """
    curves = (found.deletion, found.random_deletion)
    return _scores(found, *curves, example, "Deletion: low is good", "share of pixels deleted", low_is_good=True)


def insertion(found: Faithful, *, example: int = 0) -> go.Figure:
    """The score as pixels are inserted in the order of a map, beside random orders; a large area is good.

    Args:
        found: what ``deletion_insertion`` gives.
        example: of the batch.
    """
    curves = (found.insertion, found.random_insertion)
    return _scores(found, *curves, example, "Insertion: high is good", "share of pixels inserted", low_is_good=False)


def pixel(found: Products) -> go.Figure:
    """The products behind one value of a convolution's feature map, input channel by input channel.

    Args:
        found: what ``explain_pixel`` gives.
    """
    title = f"{number(found.value)} = the sum of these products + bias {number(found.bias)}"
    return on_any_ground(product_maps(array(found.products), title, list(found.input_channels)))


def network(graph: Connected) -> go.Figure:
    """A network from top to bottom: its layers, and what is computed between them.

    Args:
        graph: what ``explorer.network_graph`` gives; ``graph.collapsed(depth=2)`` closes its inner blocks.
    """
    title = f"{len(graph.nodes):,} layers and operations"
    return on_any_ground(network_graph.network_graph([box_of(node) for node in graph.nodes], graph.edges, title).figure)


def box_of(node: Node) -> network_graph.Box:
    """A node as the graph draws it."""
    role = "weights" if node.role == "layer" and node.parameters else node.role
    notes = [f"{node.parameters:,} parameters"] if node.parameters else []
    if node.role == "block":
        notes.append(f"{node.members} layers and operations")
    elif node.calls > 1:
        notes.append(f"called {node.calls} times")
    shape = "x".join(map(str, node.shape)) or "1"
    return network_graph.Box(node.id, node.id, node.kind, shape, role, node.blocks, " · ".join(notes))


def _scores(
    found: Faithful, own: Values, random: Values, example: int, title: str, x_title: str, *, low_is_good: bool
) -> go.Figure:
    curve = Curve(example_of(own, example, "these curves"), TRAINING, "solid")
    orders = example_of(random, example, "these curves")
    if not len(orders):
        raise ExplorerError("There are no random orders to compare with; give deletion_insertion orders=20.")
    return on_any_ground(
        score_curves(
            array(found.fractions),
            {"map": curve},
            orders,
            title,
            x_title=x_title,
            unit="score",
            low_is_good=low_is_good,
        )
    )


def _pixels(picture: Values, example: int) -> np.ndarray:
    """A picture as uint8 (row, column, channel), with one channel or three."""
    values = array(picture)
    values = example_of(values, example, "these pictures") if values.ndim == 4 else values
    if values.ndim != 3:
        raise ExplorerError(f"A picture is (channel, row, column), or a batch of such; this one is {values.shape}.")
    values = values if len(values) in (1, 3) else values.mean(0, keepdims=True)
    low, high = float(values.min()), float(values.max())
    return ((values - low) / (high - low or 1) * 255).round().astype(np.uint8).transpose(1, 2, 0)
