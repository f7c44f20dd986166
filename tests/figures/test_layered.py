from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.layered import Places, place
from explorer.figures.layers import layers_of

Graph = tuple[dict[str, tuple[str, ...]], list[tuple[str, str]]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Nodes in neighbouring blocks, one inside another; each but the first reads some earlier nodes."""
    count = draw(st.integers(2, 14))
    nodes: dict[str, tuple[str, ...]] = {}
    block = 0
    for number in range(count):
        block += draw(st.booleans())
        depth = draw(st.integers(0, 2))
        nodes[f"n{number}"] = (f"b{block}", f"b{block}.inner")[:depth] if draw(st.booleans()) else ()
    edges = [(f"n{draw(st.integers(0, number - 1))}", f"n{number}") for number in range(1, count)]
    more = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=12))
    edges += [(f"n{min(pair)}", f"n{max(pair)}") for pair in more if pair[0] != pair[1]]
    return nodes, list(dict.fromkeys(edges))


def members(nodes: dict[str, tuple[str, ...]], block: str) -> list[str]:
    return [node for node, blocks in nodes.items() if block in blocks]


@given(graphs())
def test_the_layer_of_a_node_is_the_length_of_the_longest_path_to_it(graph: Graph) -> None:
    nodes, edges = graph

    def longest(node: str) -> int:
        return max((longest(start) + 1 for start, end in edges if end == node), default=0)

    assert layers_of(list(nodes), edges) == {node: longest(node) for node in nodes}


@given(graphs())
def test_no_two_boxes_overlap_and_lanes_pass_beside_boxes(graph: Graph) -> None:
    places = place(*graph)
    standing = [(places.layers[node], across, 1.0) for node, across in places.across.items()]
    passing = [(layer, across, 0.0) for (_, layer), across in places.lanes.items()]
    for one, other in combinations(standing + passing, 2):
        if one[0] == other[0]:
            assert abs(one[1] - other[1]) >= (one[2] + other[2]) / 2


@given(graphs())
def test_an_edge_has_a_lane_in_every_layer_it_passes(graph: Graph) -> None:
    nodes, edges = graph
    places = place(nodes, edges)
    for start, end in edges:
        for layer in range(places.layers[start] + 1, places.layers[end]):
            assert (start, layer) in places.lanes


@given(graphs())
def test_a_frame_contains_its_own_boxes_and_no_others(graph: Graph) -> None:
    nodes, edges = graph
    places = place(nodes, edges)
    for block, (left, right) in places.frames.items():
        own = members(nodes, block)
        own_layers = [places.layers[node] for node in own]
        for node, across in places.across.items():
            if node in own:
                assert left < across - 0.5
                assert across + 0.5 < right
            elif min(own_layers) <= places.layers[node] <= max(own_layers):
                assert across + 0.5 <= left or right <= across - 0.5


@given(graphs())
def test_the_layout_is_deterministic(graph: Graph) -> None:
    assert place(*graph) == place(*graph)


def residual() -> Places:
    chain = ["in", "conv1", "bn1", "relu", "conv2", "bn2", "add", "out"]
    return place({name: ("block",) * (name not in ("in", "out")) for name in chain}, [*pairwise(chain), ("in", "add")])


def test_a_chain_is_straight_and_its_skip_has_one_straight_lane_inside_the_frame() -> None:
    places = residual()
    assert len(set(places.across.values())) == 1
    assert len(set(places.lanes.values())) == 1
    [lane] = set(places.lanes.values())
    assert places.across["add"] + 0.5 < lane < places.frames["block"][1]


def test_branches_are_side_by_side_in_order_and_centred_below_their_source() -> None:
    names = ["left", "middle", "other", "right"]
    edges = [*(("in", name) for name in names), *((name, "cat") for name in names)]
    places = place(dict.fromkeys(["in", *names, "cat"], ()), edges)
    across = [places.across[name] for name in names]
    assert across == sorted(across)
    assert places.across["in"] == pytest.approx(sum(across) / 4)
    assert places.across["cat"] == pytest.approx(sum(across) / 4)


def test_a_node_that_does_not_depend_on_the_input_is_just_above_its_reader() -> None:
    edges = [("in", "a"), ("a", "b"), ("b", "add"), ("table", "scale"), ("scale", "add")]
    layers = layers_of(["in", "a", "b", "table", "scale", "add"], edges)
    assert layers == {"in": 0, "a": 1, "b": 2, "table": 1, "scale": 2, "add": 3}
