"""Every layer's output, recorded without changing the model."""

import ctypes
import difflib
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.in_html import table
from explorer.inspection.batch_statistics import lacking_values, lacks_values
from explorer.inspection.computed_weights import attributes_kept
from explorer.inspection.hooks import hooked
from explorer.inspection.layers import check_network, is_parametrised, layer_type, named_layers
from explorer.inspection.uncompiled import uncompiled

Called = TypeVar("Called")


class Captured(dict[str, Tensor]):
    """The outputs of layers by name; a notebook shows their shapes and values in a table."""

    def _repr_html_(self) -> str:
        return table(
            {
                "layer": name,
                "shape": tuple(output.shape),
                "smallest": float(output.float().min()) if output.numel() else None,
                "mean": float(output.float().mean()) if output.numel() else None,
                "largest": float(output.float().max()) if output.numel() else None,
            }
            for name, output in self.items()
        )


def capture(model: nn.Module, inputs: Tensor, layers: Iterable[str] | None = None) -> Captured:
    """The outputs of layers by module name, in call order.

    The model runs in eval mode, without gradients. Of a tuple output (``nn.LSTM``) the first tensor is taken. These
    are the outputs for this very batch: if examples affect each other (batch norm without running statistics), those
    of one example alone are others.

    Args:
        model: any module.
        inputs: one batch, on the model's device.
        layers: module names, or one of them; None takes every module without children that is called.

    Returns:
        Copies, (batch, …). The calls of a module called T times are stacked: (batch, T, …). If their shapes differ
        (one pooling layer used at several sizes), each call has its own entry: "pool#1", "pool#2", ….

    Raises:
        ExplorerError: for a layer that does not exist or is not called, a network that calls none, TorchScript,
            inputs on another device, and inputs of which a norm cannot take the statistics.
    """
    if layers is None:
        calls = record_calls(model, inputs, leaves(model))
        if not calls:
            raise ExplorerError(
                "This network calls none of its layers in a forward pass; it computes with their weights itself, or "
                "replays a recording. There is no layer's output to show."
            )
        return _by_name(calls)
    wanted = known_modules(model, layers)
    calls = record_calls(model, inputs, wanted)
    silent = wanted.keys() - {name for name, _ in calls}
    if silent:
        raise ExplorerError(f"{', '.join(sorted(silent))}: not called in this forward pass, or without a tensor.")
    return _by_name(calls)


@torch.no_grad()
def record_calls(model: nn.Module, inputs: Tensor, layers: Mapping[str, nn.Module]) -> list[tuple[str, Tensor]]:
    """(name, copy of the output) for every call of these layers, in call order."""
    check_device(model, inputs)
    keep_freed_memory()
    calls: list[tuple[str, Tensor]] = []

    def keep(name: str, output: object) -> None:
        tensor = first_tensor(output)
        if tensor is not None:
            calls.append((name, tensor.detach().clone()))  # an in-place ReLU may follow

    with hooked(layers, after=keep), undisturbed(model):
        model(inputs)
    return calls


@contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """Put the model in eval mode, as it was written before ``torch.compile``.

    On exit its modes, its buffers, its other tensors and the process-wide random state are as before.

    Raises:
        ExplorerError: in place of PyTorch's error for inputs that have too few values for a norm's statistics.
    """
    modules = list(model.modules())
    modes = [module.training for module in modules]
    foreign = [module for module in modules if module._buffers and not _is_of_pytorch(module)]
    kept = [(module, name, buffer) for module in foreign for name, buffer in module._buffers.items()]
    copies = [None if buffer is None else (_version(buffer), buffer.detach().clone()) for _, _, buffer in kept]
    with torch.random.fork_rng(devices=[]), uncompiled(), attributes_kept(modules):
        try:
            _set_modes(modules, [False] * len(modules))  # not model.eval(): some models override it
            yield
        except ValueError as error:
            if lacks_values(error):
                raise lacking_values(model, error) from error
            raise
        finally:
            _set_modes(modules, modes)
            for (module, name, buffer), copy in zip(kept, copies, strict=True):
                module._buffers[name] = buffer
                if buffer is not None and copy is not None and _version(buffer) != copy[0]:
                    with torch.no_grad():
                        buffer.copy_(copy[1])


def _is_of_pytorch(module: nn.Module) -> bool:
    # PyTorch's own layers change no buffer in eval mode: only the buffers of other modules need a copy
    return layer_type(module).__module__.startswith("torch.nn.")


def _set_modes(modules: list[nn.Module], modes: list[bool]) -> None:
    for module, training in zip(modules, modes, strict=True):
        if module.training != training:
            module.training = training


def _version(tensor: Tensor) -> int:
    # counts in-place changes; tensors made under inference_mode do not count, and cannot change outside it
    return -1 if tensor.is_inference() else tensor._version


def leaves(model: nn.Module) -> dict[str, nn.Module]:
    """The modules without children by name, each module once; what computes a weight is no child."""
    layers = named_layers(model)
    return {name: module for name, module in layers.items() if not module._modules or _computes_all(module)}


def _computes_all(module: nn.Module) -> bool:
    return is_parametrised(module) and len(module._modules) == 1


def known_modules(model: nn.Module, layers: Iterable[str]) -> dict[str, nn.Module]:
    """These modules by name, the model itself being "".

    Raises:
        ExplorerError: for a name that no module has; the message suggests the closest one.
    """
    modules = named_layers(model, remove_duplicate=False)
    wanted = [layers] if isinstance(layers, str) else list(layers)
    for name in wanted:
        if name not in modules:
            known = [known for known in modules if known]
            near = difflib.get_close_matches(name, known, n=1)
            guess = f" Did you mean {near[0]!r}?" if near else ""
            raise ExplorerError(f"There is no layer {name!r}.{guess} Known layers: {', '.join(known) or 'none'}.")
    return {name: modules[name] for name in wanted}


def first_tensor(output: object) -> Tensor | None:
    """The output itself, or the first tensor inside it; None if it holds no tensor."""
    if isinstance(output, Tensor):
        return output
    if isinstance(output, Mapping):
        output = tuple(output.values())
    if not isinstance(output, (tuple, list)):
        return None
    return next((tensor for tensor in map(first_tensor, output) if tensor is not None), None)


def numbered(calls: list[tuple[str, Called]]) -> list[tuple[str, Called]]:
    """The calls with "#1", "#2", … added to the names of modules that were called more than once."""
    total = Counter(name for name, _ in calls)
    seen: Counter[str] = Counter()
    named = []
    for name, tensor in calls:
        seen[name] += 1
        named.append((f"{name}#{seen[name]}" if total[name] > 1 else name, tensor))
    return named


def check_tensor(inputs: object) -> None:
    """Refuse inputs that are no tensor."""
    if not isinstance(inputs, Tensor):
        raise ExplorerError(
            f"The inputs must be one tensor, a batch, not {type(inputs).__name__}; a list of numbers becomes one by "
            "torch.as_tensor(inputs)."
        )


def check_device(model: nn.Module, inputs: Tensor) -> None:
    """Refuse what is no network and no tensor, and inputs on another device than the weights, which are not moved."""
    check_network(model)
    check_tensor(inputs)
    weight = next(model.parameters(), None)
    if weight is not None and weight.device != inputs.device:
        raise ExplorerError(
            f"The model is on {weight.device} but the inputs are on {inputs.device}; "
            f'move one of them, for example with inputs.to("{weight.device}").'
        )


def _by_name(calls: list[tuple[str, Tensor]]) -> Captured:
    tensors: dict[str, list[Tensor]] = {}
    for name, tensor in calls:
        tensors.setdefault(name, []).append(tensor)
    outputs = Captured()
    for (name, _), (numbered_name, tensor) in zip(calls, numbered(calls), strict=True):
        own = tensors[name]
        if len(own) == 1:
            outputs[name] = tensor
        elif any(other.shape != tensor.shape for other in own):
            outputs[numbered_name] = tensor
        elif name not in outputs:
            outputs[name] = torch.stack(own, dim=min(1, tensor.dim()))
    return outputs


@cache
def keep_freed_memory() -> None:
    """Let the C library keep up to 256 MiB that were freed, instead of returning them after every forward pass.

    Copies of all feature maps are tens of megabytes. glibc returns such blocks to the system when they are freed, and
    the next forward pass pays a page fault for every 4 KiB: more than the copying itself (ResNet-18 at 224x224 on two
    cores: 1.7 times the plain forward pass, and 1.1 times with this). Other C libraries have no ``mallopt``, or no
    need for it.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt is not None:
        trim_threshold, mmap_threshold = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD of malloc.h
        mallopt(trim_threshold, 256 * 2**20)
        mallopt(mmap_threshold, 32 * 2**20)  # its largest allowed value
