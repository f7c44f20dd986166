"""A network as a graph of layers and operations, with blocks that can be collapsed."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.in_html import table
from explorer.inspection.activations import check_device
from explorer.inspection.dataflow import ModuleCall, Operation, followed
from explorer.inspection.layers import layer_type, named_layers
from explorer.inspection.summary import layer_kind

Edge = tuple[str, str]


@dataclass(frozen=True)
class Node:
    """One call of a layer, an operation between layers, or a closed block with everything inside it."""

    id: str  # its name; "relu#2" for the second call of a module that is called more than once
    name: str  # of the module; of an operation: the calling module's name and the operation's, "layer1.0.add"
    kind: str  # "Conv2d 3x3", "BasicBlock"; of an operation its name: "add", "cat", "mul"
    role: str  # "input", "layer", "operation" or "block"
    shape: tuple[int, ...]  # of its output, without the batch
    parameters: int
    calls: int = 1  # of the module in one forward pass
    blocks: tuple[str, ...] = ()  # ids of the blocks around it, the outermost first
    members: int = 1  # layers and operations inside a block

    @property
    def module(self) -> str | None:
        """The name of the module whose output this is; None for the input and for operations."""
        return self.name if self.role in ("layer", "block") else None


@dataclass(frozen=True)
class Graph:
    """Nodes in call order, and edges (from, to) by the ids of nodes; without cycles."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    blocks: dict[str, Node]  # every block as it looks closed, by id

    def _repr_html_(self) -> str:
        return table(
            {"name": node.id, "type": node.kind, "output": node.shape, "parameters": node.parameters}
            for node in self.nodes
        )

    def node(self, node_id: str) -> Node:
        """The node, or the closed block, of an id.

        Raises:
            ExplorerError: if no node or block has this id.
        """
        found = self.blocks.get(node_id) or next((node for node in self.nodes if node.id == node_id), None)
        if found is None:
            raise ExplorerError(f"The network has no layer and no block {node_id!r}.")
        return found

    def collapsed(self, depth: int | None = None, open_blocks: Collection[str] = ()) -> "Graph":
        """The same graph with the layers of each closed block drawn as one node.

        A block that data leave and enter again stays open: closed, it would read its own output.

        Args:
            depth: blocks nested less deeply than this are open; 1 opens only the network. None: ``open_blocks`` decide.
            open_blocks: names or ids of further open blocks; those around an opened block must be open too.
        """
        opened = set(open_blocks)
        while True:
            graph = self._grouped(depth or 1, opened)
            looping = _in_cycles(graph) & self.blocks.keys()
            if not looping:
                return graph
            opened |= looping

    def _grouped(self, depth: int, opened: Collection[str]) -> "Graph":
        group: dict[str, str] = {}
        shown: dict[str, Node] = {}
        for node in self.nodes:
            closed = (
                block
                for level, block in enumerate(node.blocks, start=1)
                if level >= depth and not {block, self.blocks[block].name} & set(opened)
            )
            block = next(closed, None)
            group[node.id] = block or node.id
            shown.setdefault(group[node.id], self.blocks[block] if block else node)
        edges = dict.fromkeys((group[start], group[end]) for start, end in self.edges)
        return replace(self, nodes=tuple(shown.values()), edges=tuple(edge for edge in edges if edge[0] != edge[1]))


def network_graph(model: nn.Module, inputs: Tensor) -> Graph:
    """The layers and operations of one forward pass, and the flow of data between them.

    A layer is a module that calls no other. An operation is computed by a module's own code between the calls of its
    layers (``x + identity``, ``torch.cat``, ``functional.relu``); plain views and copies are skipped. In-place changes,
    views, repeated calls and modules that pass on their input are handled exactly: the data are followed through
    memory, not read from the source (unlike ``torch.fx``, which refuses some networks).

    Args:
        model: any module; it is left unchanged.
        inputs: one batch, on the model's device; its first example is used.

    Raises:
        ExplorerError: for inputs on another device, or inputs that the model cannot read.
    """
    check_device(model, inputs)
    example = inputs[:1]
    try:
        with followed(model, example) as mode:
            model(example)
    except RuntimeError as error:
        raise ExplorerError(f"The model cannot read inputs of shape {tuple(example.shape)}: {error}") from error
    return _Builder(model, mode.operations).graph()


class _Builder:
    """From single operations to nodes: those inside a layer become the layer."""

    def __init__(self, model: nn.Module, operations: list[Operation]) -> None:
        self.modules = named_layers(model)
        self.operations = operations
        calls = {(call.name, call.number) for operation in operations for call in _stack(operation.call)}
        self.calls = Counter(name for name, _ in calls)
        self.own_names: Counter[str] = Counter()

    def graph(self) -> Graph:
        """All nodes and edges, nothing closed."""
        nodes: dict[object, Node] = {}
        keys = [self._key(place, operation) for place, operation in enumerate(self.operations)]
        edges: dict[Edge, None] = {}
        for place, (key, operation) in enumerate(zip(keys, self.operations, strict=True)):
            if key not in nodes:
                nodes[key] = self._node(operation, is_input=place == 0)
        for key, operation in zip(keys, self.operations, strict=True):
            for source in sorted(operation.sources):
                if keys[source] != key:
                    edges[nodes[keys[source]].id, nodes[key].id] = None
        ordered = tuple(nodes.values())
        return Graph(ordered, tuple(edges), self._blocks(ordered))

    def _key(self, place: int, operation: Operation) -> object:
        """The node of an operation: the call of its layer, or the operation itself."""
        call = operation.call
        return (call.name, call.number) if call.name and not call.children else place

    def _node(self, operation: Operation, *, is_input: bool) -> Node:
        call = operation.call
        if is_input:
            return Node("input", "input", "Input", "input", operation.shape[1:], 0)
        if call.name and not call.children:
            module = self.modules[call.name]
            return Node(
                id=self._call_id(call.name, call.number),
                name=call.name,
                kind=layer_kind(module),
                role="layer",
                shape=call.shape[1:],
                parameters=_parameters(module),
                calls=self.calls[call.name],
                blocks=self._around(call),
            )
        name = f"{call.name}.{operation.name}" if call.name else operation.name
        if name in self.modules or name == "input":
            name += "()"
        self.own_names[name] += 1
        count = self.own_names[name]
        inside = (*self._around(call), *([self._call_id(call.name, call.number)] if call.name else []))
        node_id = f"{name}#{count}" if count > 1 else name
        return Node(node_id, name, operation.name, "operation", operation.shape[1:], 0, blocks=inside)

    def _call_id(self, name: str, number: int) -> str:
        return f"{name}#{number}" if self.calls[name] > 1 else name

    def _around(self, call: ModuleCall) -> tuple[str, ...]:
        """Ids of the blocks around a call, by its name; a list of modules that is not called itself is a block too."""
        numbers = {outer.name: outer.number for outer in _stack(call.parent)}
        parts = call.name.split(".")
        names = [".".join(parts[:length]) for length in range(1, len(parts))]
        return tuple(self._call_id(name, numbers.get(name, 1)) for name in names)

    def _blocks(self, nodes: Iterable[Node]) -> dict[str, Node]:
        inside: dict[str, list[Node]] = {}
        for node in nodes:
            for block in node.blocks:
                inside.setdefault(block, []).append(node)
        shapes = {
            self._call_id(call.name, call.number): call.shape
            for operation in self.operations
            for call in _stack(operation.call)
        }
        blocks = {}
        for block, members in inside.items():
            name = block.partition("#")[0]
            around = members[0].blocks[: members[0].blocks.index(block)]
            shape = shapes[block][1:] if shapes.get(block) else members[-1].shape
            module = self.modules[name]
            blocks[block] = Node(
                id=block,
                name=name,
                kind=layer_type(module).__name__,
                role="block",
                shape=shape,
                parameters=_parameters(module),
                calls=max(1, self.calls[name]),
                blocks=around,
                members=len(members),
            )
        return blocks


def _stack(call: ModuleCall | None) -> Iterable[ModuleCall]:
    while call is not None:
        yield call
        call = call.parent


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _in_cycles(graph: Graph) -> set[str]:
    """The nodes that lie on a cycle, or between two: what is left when ends are taken away from both sides."""
    left = {node.id for node in graph.nodes}
    for side in (0, 1):
        while True:
            held = {edge[1 - side] for edge in graph.edges if edge[0] in left and edge[1] in left}
            if left <= held:
                break
            left &= held
    return left
