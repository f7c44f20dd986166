"""The layers and operations of a forward pass, and the operations inside and outside of layers."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from explorer.inspection.activations import leaves
from explorer.inspection.hooks import hooked

STATISTICS = "norm_by_input"  # instead of PyTorch's name, which is that of a norm with running statistics too


@dataclass(frozen=True)
class Operation:
    """One operation of PyTorch's core on tensors that depend on the input."""

    name: str  # as in aten, without the in-place underscore
    layer: str  # the module without children that it ran in; "" if none
    layer_type: type[nn.Module] | None
    dependents: int  # how many of its tensors depend on the input

    @property
    def place(self) -> str:
        """The layer or function that ran it, in words."""
        return f"the {self.name} function" if self.layer_type is None else f"{self.layer} ({self.layer_type.__name__})"


@dataclass(frozen=True)
class Survey:
    """One forward pass."""

    operations: list[Operation]
    calls: Counter[str]  # of the modules without children, by name
    layers: dict[str, nn.Module]


def survey(model: nn.Module, inputs: Tensor) -> Survey:
    """Run a copy of a model once and record its layers and operations; its parameters must not require gradients."""
    layers = leaves(model)
    calls: Counter[str] = Counter()
    running: list[str] = []
    operations: list[Operation] = []

    def note(operation: OpOverload, dependents: int, *, of_the_input: bool) -> None:
        name = operation._schema.name.removeprefix("aten::").rstrip("_").lstrip("_")
        name = STATISTICS if of_the_input else name
        layer = running[-1] if running else ""
        operations.append(Operation(name, layer, type(layers[layer]) if running else None, dependents))

    def enter(name: str, *_: object) -> None:
        calls[name] += 1
        running.append(name)

    def leave(*_: object) -> None:
        running.pop()

    with hooked(layers, enter, leave), torch.enable_grad(), _Listening(note):
        model(inputs.detach().clone().requires_grad_())
    return Survey(operations, calls, layers)


class _Listening(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records every operation on a tensor that requires a gradient: here, one that depends on the input."""

    def __init__(self, note: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._note = note

    def __torch_dispatch__(
        self, operation: OpOverload, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Record one operation and run it."""
        kwargs = kwargs or {}
        leaves_of_arguments = tree_leaves((args, kwargs))
        dependents = sum(leaf.requires_grad for leaf in leaves_of_arguments if isinstance(leaf, Tensor))
        if dependents:
            self._note(operation, dependents, of_the_input=_uses_statistics(operation, args))
        return operation(*args, **kwargs)


def _uses_statistics(operation: OpOverload, args: tuple[Any, ...]) -> bool:
    """True for a batch norm, or an instance norm, that takes the mean and variance from its input."""
    names = [argument.name for argument in operation._schema.arguments[: len(args)]]
    return "batch_norm" in operation._schema.name and bool(dict(zip(names, args, strict=True)).get("training"))
