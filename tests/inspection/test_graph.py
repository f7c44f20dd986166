import copy
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import pytest
import torch
import torchvision
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models.feature_extraction import NodePathTracer
from torchvision.models.regnet import BlockParams

from explorer.errors import ExplorerError
from explorer.inspection.graph import Graph, Node, network_graph

JOINS = ("add", "cat", "mul")
IMAGE = torch.zeros(1, 3, 64, 64)
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "resnet18": torchvision.models.resnet18,
    "googlenet": lambda: torchvision.models.googlenet(init_weights=False),
    "densenet121": torchvision.models.densenet121,
    "squeezenet1_1": torchvision.models.squeezenet1_1,
    "inception_v3": lambda: torchvision.models.inception_v3(init_weights=False, transform_input=True),
    "vit": lambda: torchvision.models.VisionTransformer(64, 16, 2, 2, 16, 32),
    "mobilenet_v3_small": torchvision.models.mobilenet_v3_small,
}
SIDES = {"inception_v3": 80}


@cache
def network(name: str) -> tuple[nn.Module, Graph]:
    with torch.device("meta"):  # the numbers do not matter here
        model = NETWORKS[name]().eval()
        side = SIDES.get(name, 64)
        return model, network_graph(model, torch.zeros(1, 3, side, side))


def before(graph: Graph, node_id: str) -> list[str]:
    return [start for start, end in graph.edges if end == node_id]


def is_in_order(graph: Graph) -> bool:
    """True if the graph has a topological order: nodes without incoming edges are removed repeatedly."""
    left, edges = {node.id for node in graph.nodes}, set(graph.edges)
    while left:
        free = left - {end for _, end in edges}
        if not free:
            return False
        left -= free
        edges = {edge for edge in edges if edge[0] in left}
    return True


def contracted(edges: Iterable[tuple[str, str]], kept: set[str]) -> set[tuple[str, str]]:
    """The edges between kept nodes when all others are contracted."""
    following: dict[str, list[str]] = {}
    for start, end in edges:
        following.setdefault(start, []).append(end)
    found: set[tuple[str, str]] = set()
    for start in kept:
        waiting, seen = list(following.get(start, [])), set[str]()
        while waiting:
            end = waiting.pop()
            if end in kept:
                found.add((start, end))
            elif end not in seen:
                seen.add(end)
                waiting += following.get(end, [])
    return found


def traced(model: nn.Module) -> tuple[set[str], set[tuple[str, str]]]:
    """Layers and joins, and the edges between them, as torch.fx reads them from the source."""
    tracer = NodePathTracer()
    nodes = [node for node in tracer.trace(model).nodes if node.op != "output"]
    calls = Counter(node.target for node in nodes if node.op == "call_module")
    seen: Counter[Any] = Counter()
    names: dict[Any, str] = {}
    numbers: set[Any] = set()  # sizes, and what is computed of them
    for node in nodes:
        of_numbers = bool(node.all_input_nodes) and numbers.issuperset(node.all_input_nodes)
        if of_numbers or (getattr(node.target, "__name__", "") == "getattr" and node.args[1] == "shape"):
            numbers.add(node)
        function = getattr(node.target, "__name__", node.target).removeprefix("i")
        if node.op == "placeholder":
            names[node] = "input"
        elif node.op == "call_module":
            seen[node.target] += 1
            names[node] = f"{node.target}#{seen[node.target]}" if calls[node.target] > 1 else str(node.target)
        elif node.op in ("call_function", "call_method") and function in JOINS and node not in numbers:
            name = ".".join([*tracer.node_to_qualname[node].split(".")[:-1], function])
            seen[name] += 1
            names[node] = f"{name}#{seen[name]}" if seen[name] > 1 else name
        else:
            names[node] = f"({node.name})"
    edges = [(names[source], names[node]) for node in nodes for source in node.all_input_nodes if source not in numbers]
    kept = {name for name in names.values() if not name.startswith("(")}
    return kept, contracted(edges, kept)


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_joins_and_edges_are_those_of_torch_fx(name: str) -> None:
    model, graph = network(name)
    expected, edges = traced(model)
    ids = {node.id for node in graph.nodes}
    assert expected <= ids
    assert {node.id for node in graph.nodes if node.role == "operation" and node.kind in JOINS} <= expected
    assert contracted(graph.edges, expected) == edges


@pytest.mark.parametrize("name", NETWORKS)
def test_every_leaf_call_is_one_node_of_an_acyclic_graph_with_one_source(name: str) -> None:
    model, graph = network(name)
    calls: Counter[str] = Counter()
    handles = [
        module.register_forward_hook(lambda *_, name=name: calls.update([name]))
        for name, module in model.named_modules()
        if not list(module.children())
    ]
    side = SIDES.get(name, 64)
    with torch.no_grad():
        model(torch.zeros(1, 3, side, side, device="meta"))
    for handle in handles:
        handle.remove()
    shown = Counter(node.name for node in graph.nodes if node.role == "layer")
    assert calls.items() <= shown.items()
    assert all(node.calls == shown[node.name] for node in graph.nodes if node.role == "layer")
    assert [node.id for node in graph.nodes if not before(graph, node.id)] == ["input"]
    for shown_graph in (graph, graph.collapsed(), graph.collapsed(2), graph.collapsed(3)):
        assert is_in_order(shown_graph)
        assert [node.id for node in shown_graph.nodes if not before(shown_graph, node.id)] == ["input"]
    assert graph.collapsed(99) == graph


def test_resnet18_by_hand() -> None:
    model, graph = network("resnet18")
    assert set(before(graph, "layer1.0.add")) == {"layer1.0.bn2", "maxpool"}
    assert set(before(graph, "layer2.0.add")) == {"layer2.0.bn2", "layer2.0.downsample.1"}
    assert before(graph, "layer1.0.relu#2") == ["layer1.0.add"]
    assert before(graph, "fc") == ["avgpool"]
    coarse = [node.id for node in graph.collapsed().nodes]
    assert coarse == [
        "input",
        "conv1",
        "bn1",
        "relu",
        "maxpool",
        "layer1",
        "layer2",
        "layer3",
        "layer4",
        "avgpool",
        "fc",
    ]
    opened = graph.collapsed(open_blocks=["layer2"])
    assert ("layer1", "layer2.0") in opened.edges
    assert ("layer2.0", "layer2.1") in opened.edges
    assert graph.collapsed(open_blocks=["layer2", "layer2.0"]).node("layer2.0.add").shape == (128, 8, 8)
    block = graph.node("layer1")
    assert (block.kind, block.shape, block.parameters) == (
        "Sequential",
        (64, 16, 16),
        sum(parameter.numel() for parameter in model.get_submodule("layer1").parameters()),
    )
    convolution = graph.node("conv1")
    assert (convolution.kind, convolution.shape, convolution.parameters) == ("Conv2d 7x7", (64, 32, 32), 64 * 3 * 49)


class Written(nn.Module):
    """A forward pass given as a function of the module and its images."""

    def __init__(self, forward: Callable[[Any, Tensor], Any], **layers: nn.Module) -> None:
        super().__init__()
        self.written = forward
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, images: Tensor) -> Tensor:
        output: Tensor = self.written(self, images)
        return output


def graph_of(forward: Callable[[Any, Tensor], Any], **layers: nn.Module) -> Graph:
    return network_graph(Written(forward, **layers), IMAGE)


def conv() -> nn.Module:
    return nn.Conv2d(3, 3, 3, padding=1)


def test_a_shortcut_through_an_identity_does_not_lead_into_the_main_path() -> None:
    def forward(self: Any, images: Tensor) -> Any:
        short = self.short(images)
        return self.main(images) + short

    graph = graph_of(forward, short=nn.Identity(), main=conv())
    assert set(graph.edges) == {("input", "short"), ("input", "main"), ("main", "add"), ("short", "add")}


def test_an_in_place_activation_is_read_by_everything_that_shares_its_memory() -> None:
    def forward(self: Any, images: Tensor) -> Any:
        hidden = self.first(images)
        kept = hidden.flatten(1)
        self.activation(hidden)
        return self.last(hidden).flatten(1) + kept

    graph = graph_of(forward, first=conv(), activation=nn.ReLU(inplace=True), last=conv())
    assert set(before(graph, "add")) == {"last", "activation"}
    assert before(graph, "last") == ["activation"]


def test_a_half_that_is_changed_in_place_does_not_touch_the_other_half() -> None:
    def forward(self: Any, images: Tensor) -> Any:
        left, right = self.first(images).chunk(2, dim=2)
        left.relu_()
        return torch.cat([self.left(left), self.right(right)])

    graph = graph_of(forward, first=conv(), left=conv(), right=conv())
    assert before(graph, "left") == ["relu"]
    assert before(graph, "right") == ["first"]


def test_a_canvas_that_is_filled_part_by_part_depends_on_every_part() -> None:
    def forward(self: Any, images: Tensor) -> Any:
        canvas = torch.zeros(1, 3, 64, 128)
        canvas[..., :64] = self.left(images)
        canvas[..., 64:] = self.right(images)
        return self.last(canvas)

    graph = graph_of(forward, left=conv(), right=conv(), last=conv())
    assert set(before(graph, "last")) == {"copy", "copy#2"}
    assert before(graph, "copy#2") == ["right"] or set(before(graph, "copy#2")) == {"right", "copy"}


def test_functional_operations_are_nodes_of_the_module_that_calls_them() -> None:
    def inner(self: Any, images: Tensor) -> Any:
        return functional.relu(self.layer(images))

    def forward(self: Any, images: Tensor) -> Any:
        return functional.max_pool2d(self.inner(images), 2).flatten(1)

    graph = graph_of(forward, inner=Written(inner, layer=conv()))
    assert before(graph, "inner.relu") == ["inner.layer"]
    relu = graph.node("inner.relu")
    assert (relu.kind, relu.blocks, relu.module, relu.shape) == ("relu", ("inner",), None, (3, 64, 64))
    assert [node.id for node in graph.collapsed().nodes] == ["input", "inner", "max_pool2d_with_indices"]


def test_a_block_that_is_called_twice_is_two_blocks_with_the_same_parameters() -> None:
    def forward(self: Any, images: Tensor) -> Any:
        return self.block(self.between(self.block(images)))

    graph = graph_of(forward, block=nn.Sequential(conv(), nn.ReLU()), between=conv()).collapsed()
    assert graph.edges == (("input", "block#1"), ("block#1", "between"), ("between", "block#2"))
    assert [(node.name, node.calls, node.parameters) for node in graph.nodes][1] == ("block", 2, 84)


def test_a_list_whose_layers_alternate_with_others_is_not_collapsed_into_a_cycle() -> None:
    def forward(self: Any, images: Tensor) -> Any:
        for layer, norm in zip(self.layers, self.norms, strict=True):
            images = norm(layer(images))
        return images

    graph = graph_of(
        forward, layers=nn.ModuleList([conv(), conv()]), norms=nn.ModuleList([nn.BatchNorm2d(3), nn.BatchNorm2d(3)])
    )
    coarse = graph.collapsed()
    assert is_in_order(coarse)
    assert [node.id for node in coarse.nodes] == ["input", "layers.0", "norms.0", "layers.1", "norms.1"]


def test_a_constant_starts_its_own_path() -> None:
    def forward(self: Any, images: Tensor) -> Any:
        shift = self.table(torch.arange(64)).flatten()
        return images + shift + torch.rand(()) * 2

    graph = graph_of(forward, table=nn.Embedding(64, 1))
    assert set(graph.edges) == {("input", "add"), ("table", "add"), ("add", "add#2")}


def test_an_unknown_layer_and_unreadable_inputs_are_refused() -> None:
    model, graph = network("squeezenet1_1")
    with pytest.raises(ExplorerError, match="no layer and no block 'nothing'"):
        graph.node("nothing")
    with pytest.raises(ExplorerError, match=r"cannot read inputs of shape \(1, 5, 64, 64\)"):
        network_graph(model, torch.zeros(1, 5, 64, 64, device="meta"))


def test_recording_does_not_change_the_numbers_of_a_forward_pass() -> None:
    torch.manual_seed(0)
    model = torchvision.models.SwinTransformer([4, 4], 16, [1, 1], [2, 2], [4, 4]).eval()
    images = torch.randn(1, 3, 32, 32)
    seen: list[Tensor] = []
    handle = model.head.register_forward_hook(lambda _m, _i, output: seen.append(output.clone()))
    network_graph(model, images)
    handle.remove()
    with torch.no_grad():
        assert torch.equal(seen[0], model(images))


LAYERS: dict[str, Callable[[], nn.Module]] = {
    "conv": conv,
    "in place": lambda: nn.ReLU(inplace=True),
    "identity": nn.Identity,
    "dropout": nn.Dropout,
}


class Program(nn.Module):
    """Random steps on named values; it notes itself who made what each step reads."""

    def __init__(self, steps: list[tuple[str, int, int]]) -> None:
        super().__init__()
        self.steps = steps
        for number, (kind, _, _) in enumerate(steps):
            if kind in LAYERS:
                self.add_module(f"step{number}", LAYERS[kind]())

    def forward(self, images: Tensor) -> Any:
        values = [images]
        for number, (kind, first, second) in enumerate(self.steps):
            one, other = values[first % len(values)], values[second % len(values)]
            if kind == "add":
                values.append(one + other)
            elif kind == "view":
                values.append(one.transpose(2, 3))
            else:
                values.append(getattr(self, f"step{number}")(one))
        return values[-1]

    def expected(self) -> set[tuple[str, str]]:
        makers, groups = ["input"], [0]  # who made a value last, and whose memory it shares
        edges, adds = set(), 0
        for number, (kind, first, second) in enumerate(self.steps):
            one, other = first % len(makers), second % len(makers)
            name = f"step{number}"
            if kind == "add":
                adds += 1
                name = f"add#{adds}" if adds > 1 else "add"
                edges |= {(makers[one], name), (makers[other], name)}
            elif kind != "view":
                edges.add((makers[one], name))
            if kind == "in place":
                makers = [name if group == groups[one] else maker for maker, group in zip(makers, groups, strict=True)]
            makers.append(makers[one] if kind == "view" else name)
            groups.append(groups[one] if kind in ("view", "in place", "identity", "dropout") else number + 1)
        return edges


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["conv", "in place", "identity", "dropout", "add", "view"]),
            st.integers(0, 9),
            st.integers(0, 9),
        ),
        min_size=1,
        max_size=9,
    )
)
def test_any_program_of_shared_and_changed_values_has_its_own_edges(
    steps: list[tuple[str, int, int]],
) -> None:
    program = Program(steps)
    graph = network_graph(program, torch.zeros(1, 3, 6, 6))
    assert set(graph.edges) == program.expected()


@pytest.mark.slow
@pytest.mark.parametrize("name", torchvision.models.list_models(torchvision.models))
def test_every_torchvision_classifier_has_one_graph_without_a_cycle(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    widths = BlockParams.from_init_params

    def widths_as_numbers(**settings: Any) -> Any:  # computed from numbers, which the meta device has not
        with torch.device("cpu"):
            return widths(**settings)

    monkeypatch.setattr(BlockParams, "from_init_params", widths_as_numbers)
    builder = torchvision.models.get_model_builder(name)
    with warnings.catch_warnings(), torch.device("meta"):
        warnings.simplefilter("ignore")  # two of them tell that their initialisation will change
        model = builder()
    side = {"vit_h_14": 224}.get(name, getattr(model, "image_size", 224))
    graph = network_graph(model, torch.zeros(1, 3, side, side, device="meta"))
    assert is_in_order(graph)
    assert is_in_order(graph.collapsed())
    leaves = {name for name, module in model.named_modules() if isinstance(module, nn.Conv2d)}
    assert leaves <= {node.name for node in graph.nodes} | {"AuxLogits.conv0.conv", "AuxLogits.conv1.conv"} | {
        leaf for leaf in leaves if leaf.startswith("aux")
    }


def test_no_reference_to_the_model_is_kept() -> None:
    _, graph = network("resnet18")
    assert copy.deepcopy(graph) == graph
    assert all(isinstance(node, Node) for node in graph.nodes)
