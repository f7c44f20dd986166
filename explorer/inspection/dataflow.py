"""The flow of data between operations and modules, recorded in one forward pass."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch._ops import OpOverload
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.weak import WeakTensorKeyDictionary

from explorer.inspection.activations import undisturbed
from explorer.inspection.hooks import hooked
from explorer.inspection.layers import named_layers

COPIES = ("clone", "_to_copy", "_unsafe_view", "lift_fresh", "detach", "alias")  # copy numbers without computing any
SHAPES_ALONE = (  # read a tensor's shape, not its numbers
    *("zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like"),
    *("new_zeros", "new_ones", "new_empty", "new_full", "new_empty_strided"),
)


@dataclass
class ModuleCall:
    """One call of a module, and the calls inside it."""

    name: str
    number: int  # which of the module's calls, from 1
    parent: "ModuleCall | None"
    children: int = 0  # calls of modules inside it
    shape: tuple[int, ...] = ()  # of the first output tensor


@dataclass
class Operation:
    """One operation, or the end of a module's call, with the operations whose outputs it reads."""

    name: str  # "relu", "add", "cat"; "" for the end of a call
    call: ModuleCall
    sources: frozenset[int]  # places in the list of operations
    shape: tuple[int, ...] = ()


class Region(NamedTuple):
    """The elements of a storage that a tensor covers."""

    first: int
    last: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @classmethod
    def of(cls, tensor: Tensor) -> "Region":
        """The region of a tensor in its storage."""
        shape, strides = tuple(map(int, tensor.shape)), tuple(map(int, tensor.stride()))
        reach = sum((count - 1) * stride for count, stride in zip(shape, strides, strict=True))
        first = int(tensor.storage_offset())
        return cls(first, first + reach if 0 not in shape else first - 1, shape, strides)

    def shared_by(self, other: "Region") -> np.ndarray | bool:
        """For each element of the other region, True if it is in this one: an array, or one value for all."""
        if self.last < other.first or other.last < self.first:
            return False
        if math.prod(self.shape) == self.last - self.first + 1 and self.first <= other.first <= other.last <= self.last:
            return True
        start, end = min(self.first, other.first), max(self.last, other.last)
        own = np.zeros(end - start + 1, bool)
        np.lib.stride_tricks.as_strided(own[self.first - start :], self.shape, self.strides)[...] = True
        return np.lib.stride_tricks.as_strided(own[other.first - start :], other.shape, other.strides)


class Write(NamedTuple):
    """An operation that changed a part of a storage in place."""

    stamp: int
    region: Region
    operation: int


@dataclass
class Memory:
    """A storage, alive or freed; its address is not reused while this object exists."""

    reference: StorageWeakRef
    writes: list[Write] = field(default_factory=list)


class Label(NamedTuple):
    """The operations that produced a tensor; later writes to its storage are recorded in ``Memory``."""

    sources: frozenset[int]
    stamp: int


UNTOUCHED = Label(frozenset(), -1)


class DataflowMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While it is active, every operation on a tensor that depends on the inputs is recorded with its sources.

    Views keep the sources of the tensor they view. An in-place write counts for every tensor that shares the elements.
    """

    def __init__(self, inputs: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.operations: list[Operation] = []
        self.call = ModuleCall("", 1, None)
        self._stamp = 0
        self._labels = WeakTensorKeyDictionary()
        self._memories: dict[int, Memory] = {}
        self._counts: dict[str, int] = {}
        self._label(inputs, self._record("input", frozenset(), tuple(inputs.shape)))

    # ── operations ───────────────────────────────────────────────────────────────────────────────────────────────────
    def __torch_dispatch__(
        self, operation: OpOverload, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one operation, and record the sources of its outputs."""
        kwargs = kwargs or {}
        name = operation._schema.name.split("::")[-1]
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
        sources = frozenset[int]() if name in SHAPES_ALONE else self._sources_of(tensors)
        output = operation(*args, **kwargs)
        if not sources:
            return output
        made = [leaf for leaf in tree_leaves(output) if isinstance(leaf, Tensor)]
        written = _written(operation, args, kwargs)
        if not written and (name in COPIES or _is_view(operation)):
            for tensor in made:
                self._label_with(tensor, sources)
            return output
        place = self._record(name.strip("_"), sources, tuple(made[0].shape) if made else ())
        for tensor in written:
            self._write(tensor, place)
        for tensor in made:
            if not any(tensor is other for other in written):
                self._label(tensor, place)
        return output

    def _sources_of(self, tensors: list[Tensor]) -> frozenset[int]:
        return frozenset[int]().union(*map(self.sources, tensors))

    def sources(self, tensor: Tensor) -> frozenset[int]:
        """The operations whose results a tensor holds now; empty if it does not depend on the inputs."""
        label: Label = self._labels.get(tensor, UNTOUCHED)  # type: ignore[no-untyped-call]
        memory = self._memories.get(_storage_key(tensor))
        if memory is None:
            return label.sources
        region, sources = Region.of(tensor), label.sources
        for write in memory.writes:
            shared = write.region.shared_by(region) if write.stamp > label.stamp else False
            if np.any(shared):
                sources = frozenset((write.operation,)) | (frozenset() if np.all(shared) else sources)
        return sources

    def _record(self, name: str, sources: frozenset[int], shape: tuple[int, ...]) -> int:
        self.operations.append(Operation(name, self.call, sources, shape))
        self._stamp += 1
        return len(self.operations) - 1

    def _label(self, tensor: Tensor, place: int) -> None:
        self._label_with(tensor, frozenset((place,)))

    def _label_with(self, tensor: Tensor, sources: frozenset[int]) -> None:
        self._labels[tensor] = Label(sources, self._stamp)

    def _write(self, tensor: Tensor, place: int) -> None:
        if tensor.layout is not torch.strided:
            self._label(tensor, place)
            return
        storage = tensor.untyped_storage()
        memory = self._memories.setdefault(storage._cdata, Memory(StorageWeakRef(storage)))  # type: ignore[no-untyped-call]
        region = Region.of(tensor)
        # earlier writes that it overwrites entirely can no longer be read
        memory.writes = [write for write in memory.writes if not np.all(region.shared_by(write.region))]
        memory.writes.append(Write(self._stamp, region, place))

    # ── modules ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def enter(self, name: str) -> None:
        """Begin a module's call."""
        self._counts[name] = self._counts.get(name, 0) + 1
        self.call.children += 1
        self.call = ModuleCall(name, self._counts[name], self.call)

    def leave(self, output: Any) -> Any:
        """End a module's call; return its output, with new views of tensors that the module only passed through."""
        call, self.call = self.call, self.call.parent or self.call
        tensors = [leaf for leaf in tree_leaves(output) if isinstance(leaf, Tensor)]
        call.shape = tuple(tensors[0].shape) if tensors else ()
        if call.children:
            return output
        inner, self.call = self.call, call
        place = self._record("", self._sources_of(tensors), call.shape)
        self.call = inner
        handed_on = {id(tensor) for tensor in tensors if not self._computed_in(call, tensor)}
        if handed_on:
            output = tree_map(lambda leaf: leaf.view_as(leaf) if id(leaf) in handed_on else leaf, output)
        for leaf in tree_leaves(output):
            if isinstance(leaf, Tensor):
                self._label(leaf, place)
        return output

    def _computed_in(self, call: ModuleCall, tensor: Tensor) -> bool:
        return any(self.operations[source].call is call for source in self.sources(tensor))


@contextmanager
def followed(model: nn.Module, inputs: Tensor) -> Iterator[DataflowMode]:
    """A mode that records the model's next forward pass on these inputs; the model is left unchanged.

    Args:
        model: any module.
        inputs: the batch that it will be called with.
    """
    layers = {name: module for name, module in named_layers(model).items() if name}
    with torch.no_grad(), undisturbed(model):
        mode = DataflowMode(inputs)

        def enter(name: str, _arguments: object, _keywords: object) -> None:
            mode.enter(name)

        def leave(_name: str, output: Any) -> Any:
            return mode.leave(output)

        with hooked(layers, before=enter, after=leave), mode:
            yield mode


def _written(operation: OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Tensor]:
    """The arguments that an operation changes."""
    written: list[Tensor] = []
    for place, parameter in enumerate(operation._schema.arguments):
        if parameter.alias_info is not None and parameter.alias_info.is_write:
            value = args[place] if place < len(args) else kwargs.get(parameter.name)
            written += [leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor)]
    return written


def _is_view(operation: OpOverload) -> bool:
    returns = operation._schema.returns
    return bool(returns) and all(given.alias_info is not None for given in returns)


def _storage_key(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata if tensor.layout is torch.strided else 0
