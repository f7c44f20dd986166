"""Walking through time: a linear recurrence forwards, and the order in which gradients reach the steps.

The backward functions of the cells compute everything that does not depend on a later step for all steps at once; a
step is then one matrix product and one or two elementwise products, each in place: at batch 1 starting an operation
costs more than computing it. Autograd, unrolled, must record every operation of every step instead.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor


def scan(factor: Tensor, addend: Tensor, initial: Tensor, direction: str) -> Tensor:
    """state[t] = factor[t] · state before t + addend[t], all (time, batch, unit), factors from 0 to 1."""
    if initial.numel() <= 512:  # a step costs more to start than to compute
        return _scan_by_doubling(factor, addend, initial, direction)
    states = torch.empty_like(addend, memory_format=torch.contiguous_format)
    steps = list(zip(factor.unbind(), addend.unbind(), states.unbind(), strict=True))
    state = initial
    for factor_now, addend_now, state_now in reversed(steps) if direction == "reverse" else steps:
        state = torch.addcmul(addend_now, factor_now, state, out=state_now)
    return states


def _scan_by_doubling(factor: Tensor, addend: Tensor, initial: Tensor, direction: str) -> Tensor:
    """All steps at once, in log2(steps) rounds (Hillis & Steele 1986).

    After each round a state covers twice as many steps before it: 1, 2, 4, ….
    """
    if direction == "reverse":
        return _scan_by_doubling(factor.flip(0), addend.flip(0), initial, "forward").flip(0)
    states = torch.cat([torch.addcmul(addend[:1], factor[:1], initial), addend[1:]])
    reach = 1
    while reach < len(states):
        states = torch.cat([states[:reach], torch.addcmul(states[reach:], factor[reach:], states[:-reach])])
        factor = torch.cat([factor[:reach], factor[reach:] * factor[:-reach]])
        reach *= 2
    return states


def following(values: Tensor, direction: str) -> Tensor:
    """The value at the step that ran after each step, 0 after the last; (time, batch, unit)."""
    nothing = torch.zeros_like(values[:1])
    return torch.cat([nothing, values[:-1]] if direction == "reverse" else [values[1:], nothing])


def last_step(direction: str) -> int:
    """The place of the step that runs last."""
    return 0 if direction == "reverse" else -1


def backwards(direction: str, *sequences: Tensor) -> Iterable[tuple[Any, ...]]:
    """The steps of all sequences (time first), in the order in which gradients reach them."""
    steps: Iterator[tuple[Tensor, ...]] = zip(*(sequence.unbind() for sequence in sequences), strict=True)
    return steps if direction == "reverse" else reversed(list(steps))
