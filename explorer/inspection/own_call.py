"""Layers whose class overrides ``__call__``: hooks would show what ``forward`` gives, and not what the layer gives."""

import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from torch import nn

Call = Callable[..., Any]
Around = Callable[[Call, tuple[Any, ...], dict[str, Any]], Any]  # a call, with its arguments -> its output

_LOCK = Lock()
_AROUND: "WeakKeyDictionary[nn.Module, list[Around]]" = WeakKeyDictionary()  # the latest is the outermost


def overrides_call(layer: nn.Module) -> bool:
    """True if the layer's class has a ``__call__`` of its own, which is not PyTorch's."""
    call = type(layer).__call__
    return call is not nn.Module.__call__ and not (getattr(call, "__module__", "") or "").startswith("torch.")


@contextmanager
def watched_call(layer: nn.Module, around: Around) -> Iterator[None]:
    """Inside the ``with`` block every call of the layer goes through a function.

    Python looks ``__call__`` up in the class: for as long as anyone watches, the layer's class is one derived from its
    own.

    Args:
        layer: of a class that overrides ``__call__``.
        around: what is called in place of the layer.
    """
    with _LOCK:
        if layer not in _AROUND:
            layer.__class__ = _watched(type(layer))
        _AROUND.setdefault(layer, []).append(around)
    try:
        yield
    finally:
        with _LOCK:
            _AROUND[layer].remove(around)
            if not _AROUND[layer]:
                del _AROUND[layer]
                layer.__class__ = type(layer).__bases__[0]


def _watched(own: type[nn.Module]) -> type[nn.Module]:
    place = own.__module__

    def call(layer: nn.Module, *arguments: Any, **keywords: Any) -> Any:
        inner: Call = partial(own.__call__, layer)
        for around in _AROUND.get(layer, ()):
            inner = _inside(inner, around)
        return inner(*arguments, **keywords)

    return types.new_class(own.__name__, (own,), exec_body=lambda body: body.update(__call__=call, __module__=place))


def _inside(inner: Call, around: Around) -> Call:
    return lambda *arguments, **keywords: around(inner, arguments, keywords)
