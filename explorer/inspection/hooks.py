"""Hooks on a model's layers, for the duration of a ``with`` block: the only place that registers them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import nn

from explorer.inspection.own_call import Around, overrides_call, watched_call

Arguments = tuple[tuple[Any, ...], dict[str, Any]]  # positional and keyword arguments
Before = Callable[[str, tuple[Any, ...], dict[str, Any]], Arguments | None]
After = Callable[[str, Any], Any]


@contextmanager
def hooked(layers: Mapping[str, nn.Module], before: Before | None = None, after: After | None = None) -> Iterator[None]:
    """Call functions before and after each forward call of these layers; on exit every hook is removed.

    Of a layer whose class overrides ``__call__``, they see what this method receives and returns.

    Args:
        layers: modules by name.
        before: called with the layer's name, its positional and its keyword arguments; None leaves them unchanged,
            otherwise the layer receives the pair that is returned.
        after: called with the layer's name and its output; None leaves the output unchanged, otherwise the returned
            value replaces it.
    """
    with ExitStack() as handles:  # a hook already registered is removed even if registering the next one fails
        for name, layer in layers.items():
            if overrides_call(layer):
                handles.enter_context(watched_call(layer, _around(before, after, name)))
                continue
            if before is not None:
                handles.enter_context(layer.register_forward_pre_hook(_calling(before, name), with_kwargs=True))
            if after is not None:
                handles.enter_context(layer.register_forward_hook(_passing_output(after, name)))
        yield


def _around(before: Before | None, after: After | None, name: str) -> Around:
    def around(call: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        changed = None if before is None else before(name, arguments, keywords)
        arguments, keywords = (arguments, keywords) if changed is None else changed
        output = call(*arguments, **keywords)
        replaced = None if after is None else after(name, output)
        return output if replaced is None else replaced

    return around


def _calling(before: Before, name: str) -> Any:
    def hook(_module: nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Arguments | None:
        return before(name, arguments, keywords)

    return hook


def _passing_output(after: After, name: str) -> Any:
    def hook(_module: nn.Module, _arguments: object, output: Any) -> Any:
        return after(name, output)

    return hook
