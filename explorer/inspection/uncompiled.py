"""Networks compiled by ``torch.compile`` run as they were written: compiled code calls no hook that came after it."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock

import torch

_LOCK = Lock()
_INSIDE: list[AbstractContextManager[None]] = []  # the stance, as often as there are open blocks


@contextmanager
def uncompiled() -> Iterator[None]:
    """Inside the ``with`` block whatever ``torch.compile`` has made runs as plain Python, in every thread.

    PyTorch has one stance for the process: the first block of all threads sets it, and the last one restores it.
    See https://docs.pytorch.org/docs/stable/generated/torch.compiler.set_stance.html.
    """
    if "torch._dynamo" not in sys.modules:  # nothing is compiled, and the import takes seconds
        yield
        return
    with _LOCK:
        stance = _INSIDE[0] if _INSIDE else torch.compiler.set_stance("force_eager")
        if not _INSIDE:
            stance.__enter__()
        _INSIDE.append(stance)
    try:
        yield
    finally:
        with _LOCK:
            _INSIDE.pop()
            if not _INSIDE:
                stance.__exit__(None, None, None)
