"""The layers of a network by name: as they were written, whatever compiles them or computes their weights."""

from typing import TypeVar, cast

from torch import fx, jit, nn
from torch.nn.utils.parametrize import ParametrizationList

from explorer.errors import ExplorerError

Module = TypeVar("Module", bound=nn.Module)
FORWARD_PASS = ("__call__", "_call_impl", "forward", "_conv_forward")
COMPILED = "_orig_mod"  # the name under which torch.compile keeps the module that it wraps


def check_network(model: object) -> None:
    """Refuse what is no network: the network comes first in every call."""
    if not isinstance(model, nn.Module):
        raise ExplorerError(
            f"A network (torch.nn.Module) comes first, then its inputs; this is {type(model).__name__}, and no network."
        )


def named_layers(model: nn.Module, *, remove_duplicate: bool = True) -> dict[str, nn.Module]:
    """Every module of a network by name, the network itself being "".

    Of a part that ``torch.compile`` has wrapped, the module that was written takes its place and name. The modules of
    a parametrisation compute a weight, not an output, and are left out.

    Args:
        model: any module.
        remove_duplicate: False gives a module with several names under each of them.

    Raises:
        ExplorerError: for what is no network, and one that is TorchScript or exported, or has a part that is.
    """
    check_network(model)
    found = dict(model.named_modules(remove_duplicate=remove_duplicate))
    computing = tuple(f"{name}." for name, module in found.items() if _computes_weights(name, module))
    layers: dict[str, nn.Module] = {}
    for name, module in found.items():
        _check_written(as_written(name), module)
        if not f"{name}.".startswith(computing):
            layers[as_written(name)] = module  # the written module comes after its wrapper, and replaces it
    return layers


def as_written(name: str) -> str:
    """The name of a module or parameter without the wrappers of ``torch.compile``."""
    return ".".join(part for part in name.split(".") if part != COMPILED)


def original(module: Module) -> Module:
    """The module that ``torch.compile`` has wrapped; any other module itself."""
    check_network(module)
    while COMPILED in module._modules:
        module = cast("Module", module.get_submodule(COMPILED))
    return module


def layer_type(module: nn.Module) -> type[nn.Module]:
    """A layer's class as it was written: without the subclass that a parametrisation makes of it."""
    return type(module).__bases__[0] if is_parametrised(module) else type(module)


def computes_as_pytorch(layer: nn.Module) -> bool:
    """True for a layer of ``torch.nn``, and of a class derived from one that keeps its forward pass."""
    known = (kind for kind in type(layer).__mro__ if kind.__module__.startswith("torch.nn.modules."))
    pytorch: type[nn.Module] = next(known)
    kept = all(getattr(type(layer), name, None) is getattr(pytorch, name, None) for name in FORWARD_PASS)
    return pytorch is not nn.Module and kept and not any(_is_own(vars(layer).get(name)) for name in FORWARD_PASS)


def has_own_way(layer: nn.Module) -> bool:
    """True if a derived class or a hook may compute another output than PyTorch's equations."""
    return not computes_as_pytorch(layer) or bool(layer._forward_hooks or layer._forward_pre_hooks)


def _is_own(method: object) -> bool:
    """True for a method that was put on a layer, and is not its own one compiled."""
    return method is not None and not hasattr(method, "_torchdynamo_orig_callable")


def is_parametrised(module: nn.Module) -> bool:
    """True if ``torch.nn.utils.parametrize`` computes one of the module's own weights."""
    parts = module._modules.get("parametrizations")
    return parts is not None and any(isinstance(part, ParametrizationList) for part in parts.children())


def _check_written(name: str, module: nn.Module) -> None:
    """Refuse what PyTorch has turned into a list of operations."""
    if isinstance(module, jit.ScriptModule):
        kind = "a TorchScript module"
    elif isinstance(module, fx.GraphModule) and any(type(part) is nn.Module for part in module.children()):
        kind = "an exported network"  # torch.export leaves of each layer its weights alone
    else:
        return
    raise ExplorerError(
        f"{name or 'This network'} is {kind}, which runs its operations without calling its layers: nothing inside it "
        "can be looked at. Give the network that it was made from."
    )


def _computes_weights(name: str, module: nn.Module) -> bool:
    """True for the list of a module's parametrisations."""
    return name.rpartition(".")[2] == "parametrizations" and any(
        isinstance(part, ParametrizationList) for part in module.children()
    )
