"""Follow both image axes through every operation of a forward pass, on meta tensors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch._ops import OpOverload
from torch.func import functional_call
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from explorer.errors import ExplorerError
from explorer.inspection.activations import first_tensor, undisturbed
from explorer.inspection.batch_statistics import lacks_values
from explorer.inspection.computed_weights import attributes_to_meta
from explorer.inspection.geometry import Track
from explorer.inspection.hooks import hooked
from explorer.inspection.operations import FACTORIES, Rule, Step, rule_for

Field = tuple[Track, Track]  # the track of a tensor along the input's rows, and along its columns


@dataclass(frozen=True)
class Call:
    """One call of a module, on a meta tensor."""

    name: str
    module: nn.Module
    input_shape: tuple[int, ...]  # of the first tensor that it reads, the batch included
    shape: tuple[int, ...]  # of the output, the batch included
    field: Field | str  # if tracking ended: the operation at which it ended


class GeometryMode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """While it is active, every tensor that depends on the image has a field, or the name of the operation that ended
    tracking."""

    def __init__(self, image: Tensor) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._lost: str | None = None
        # the tensors are kept, so that no id is used twice
        self._known: dict[int, tuple[Tensor, Field | str]] = {}
        rows, columns = image.dim() - 2, image.dim() - 1
        self._set(image, (Track.of_input(rows, image.shape[rows]), Track.of_input(columns, image.shape[columns])))

    def __torch_dispatch__(
        self, operation: OpOverload, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run one operation, and record the fields of its outputs."""
        kwargs = kwargs or {}
        tracked = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor) and id(leaf) in self._known]
        if not tracked or operation._schema.name.removeprefix("aten::") in FACTORIES:
            return operation(*args, **kwargs)
        rule = rule_for(operation)
        if rule is None:
            with self:  # a composite operation: follow its parts
                composed = operation.decompose(*args, **kwargs)
            if composed is not NotImplemented:
                return composed
        if operation._schema.is_mutable and _writes_a_part(args[0], tracked):
            self._lost = f"{operation._schema.name}, which writes into a part of a tensor"
        arguments = _named_arguments(operation, args, kwargs)
        output = operation(*args, **kwargs)
        made = [leaf for leaf in tree_leaves(output) if isinstance(leaf, Tensor)]
        for place, tensor in enumerate(made):
            self._set(tensor, self._follow(operation, rule, tracked, arguments, tensor, place))
        return output

    def field(self, tensor: Tensor) -> Field | str:
        """The field of a tensor in the image."""
        if id(tensor) in self._known:
            return self._known[id(tensor)][1]
        return self._lost or "a tensor that does not depend on the input"

    def _set(self, tensor: Tensor, field: Field | str) -> None:
        self._known[id(tensor)] = (tensor, field)

    def _follow(
        self,
        operation: OpOverload,
        rule: Rule | None,
        tracked: list[Tensor],
        arguments: dict[str, Any],
        output: Tensor,
        place: int,
    ) -> Field | str:
        fields = [self._known[id(tensor)][1] for tensor in tracked]
        ended = self._lost or next((field for field in fields if isinstance(field, str)), None)
        if ended is not None:
            return ended
        if rule is None:
            return f"the operation {operation._schema.name}"
        rows, columns = (
            rule(
                Step(tracked, [field[axis] for field in fields if not isinstance(field, str)], arguments, output, place)
            )
            for axis in (0, 1)
        )
        if rows is None or columns is None:
            return f"the operation {operation._schema.name} with these arguments"
        return rows, columns


def _shape_of(inputs: Any) -> tuple[int, ...]:
    """The shape of a picture or of a batch of them, or that shape itself."""
    shape = tuple(inputs) if isinstance(inputs, Sequence) else tuple(getattr(inputs, "shape", ()))
    if not all(isinstance(size, int) for size in shape) or not shape:
        raise ExplorerError(
            f"The inputs must be a picture or its shape, (channel, row, column), not {type(inputs).__name__}."
        )
    if len(shape) not in (3, 4) or min(shape) < 1:
        raise ExplorerError(f"The input shape must be (channel, row, column), not {shape}.")
    return shape


def run_on_meta(model: nn.Module, inputs: Tensor | Sequence[int], layers: Mapping[str, nn.Module]) -> list[Call]:
    """Every call of these layers in a forward pass that computes shapes and geometry only.

    Args:
        model: any module that reads images; it is left unchanged.
        inputs: a picture or a batch of them, of which only the shape counts; or that shape, (channel, row, column).
        layers: modules of the model, by name.

    Raises:
        ExplorerError: if the shape is not an image's, or the model cannot read it.
    """
    shape = _shape_of(inputs)
    calls: list[Call] = []
    state = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    weights = {name: tensor.detach().to("meta") for name, tensor in state.items()}
    floating = [tensor.dtype for tensor in weights.values() if tensor.is_floating_point()]
    # inference mode: autograd would wrap the followed tensors in new ones
    with torch.inference_mode(), undisturbed(model):
        attributes_to_meta(list(model.modules()))
        image = torch.empty(shape[-3:], dtype=floating[0] if floating else None, device="meta")[None]
        mode = GeometryMode(image)

        entered: list[tuple[int, ...]] = []  # the layers that run now, outermost first

        def enter(_name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
            tensor = first_tensor((*arguments, *keywords.values()))
            entered.append(() if tensor is None else tuple(tensor.shape))

        def note(name: str, output: object) -> None:
            tensor, input_shape = first_tensor(output), entered.pop()
            if tensor is not None:
                calls.append(Call(name, layers[name], input_shape, tuple(tensor.shape), mode.field(tensor)))

        try:
            with hooked(layers, enter, note), mode:
                functional_call(model, weights, (image,))
        except (RuntimeError, ValueError) as error:
            if lacks_values(error):
                raise  # a sentence of its own
            raise ExplorerError(f"The model cannot read inputs of shape {shape}: {error}") from error
    return calls


def _named_arguments(operation: OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    parameters = operation._schema.arguments
    given = dict(zip((parameter.name for parameter in parameters), args, strict=False))
    defaults = {parameter.name: parameter.default_value for parameter in parameters if parameter.has_default_value()}
    return {**defaults, **given, **kwargs}


def _writes_a_part(target: Any, tracked: list[Tensor]) -> bool:
    """True if other tensors are written into a part of a tensor, which the fields of its other views do not show."""
    foreign = any(tensor is not target for tensor in tracked)
    return foreign and isinstance(target, Tensor) and target.untyped_storage().nbytes() != target.nbytes
