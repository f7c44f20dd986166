"""Networks whose answer for one example depends on its batch, such as batch norm without running statistics.

A method that puts several versions of one example into one batch would measure their effect on each other. For such a
network it runs them one by one.
"""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.arithmetic import rounding_of
from explorer.inspection.batch_statistics import REMEDY, has_batch_statistics, lacks_values

UNREADABLE = (RuntimeError, ValueError, TypeError, AssertionError)  # an exported network asserts its batch size
ROUNDINGS = 64  # of the largest number, that two ways of computing an answer may lie apart


@torch.no_grad()
def neighbours_matter(answer: Callable[[Tensor], Any], example: Tensor, others: Tensor | None = None) -> bool:
    """True if examples have other answers in one batch than each alone, by more than rounding.

    Args:
        answer: inputs (batch, …) to answers (batch, …): a network in eval mode inside ``undisturbed``, or a score.
        example: (1, …).
        others: different examples (batch, …); by default two of random numbers, one of them with a wide spread.

    Raises:
        ExplorerError: if several examples can be read in a batch, but not one alone.
    """
    examples = torch.cat((example, _unlike(example) if others is None else others))
    state = torch.get_rng_state()

    def answered(inputs: Tensor) -> Tensor:
        torch.set_rng_state(state)  # the same draws each time, for a network that draws any
        found = answer(inputs)
        if not isinstance(found, Tensor):
            raise TypeError(f"The answer is {type(found).__name__}, not a tensor.")
        return found

    with torch.random.fork_rng(devices=[]):
        try:
            together = answered(examples)
        except UNREADABLE:  # it reads one example at a time, or no such inputs at all
            together = None
        try:
            alone = torch.cat([answered(one) for one in torch.split(examples, 1)])
        except (*UNREADABLE, ExplorerError) as error:
            if together is None:
                raise
            raise _not_alone(error) from error
    return together is None or together.shape != alone.shape or _apart(together, alone)


def neighbours_known(model: nn.Module, answer: Callable[[Tensor], Any], example: Tensor, of: str = "") -> bool:
    """The same as ``neighbours_matter``, asked again only when the model's tensors or the example's shape change.

    Args:
        model: whose answer it is.
        answer: see ``neighbours_matter``.
        example: (1, …).
        of: the layer whose output is the answer, if it is not the model's own.
    """
    tensors = [*model.parameters(), *model.buffers()]
    versions = tuple((tensor.data_ptr(), -1 if tensor.is_inference() else tensor._version) for tensor in tensors)
    now = (tuple(example.shape), example.dtype, example.device, versions)
    known = _KNOWN.setdefault(model, {})
    if of not in known or known[of][0] != now:
        # bfloat16 is too coarse to tell the neighbours' share from rounding
        coarse = example.dtype == torch.bfloat16 and has_batch_statistics(model)
        known[of] = (now, neighbours_matter(answer, example) or coarse)
    return known[of][1]


_KNOWN: "WeakKeyDictionary[nn.Module, dict[str, tuple[object, bool]]]" = WeakKeyDictionary()


def batches(
    model: nn.Module, answer: Callable[[Tensor], Any], inputs: Tensor, batch_size: int, of: str = ""
) -> tuple[Tensor, ...]:
    """The inputs in batches; one by one if the answers would depend on their neighbours.

    Args:
        model: whose answer it is.
        answer: see ``neighbours_matter``.
        inputs: (example, …).
        batch_size: examples in one batch.
        of: see ``neighbours_known``.

    Raises:
        ExplorerError: if several examples can be read in a batch, but not one alone.
    """
    try:
        apart = min(len(inputs), batch_size) > 1 and neighbours_known(model, answer, inputs[:1], of)
    except UNREADABLE:  # it reads batches of one size, or no such inputs at all, as it will say itself
        apart = False
    return torch.split(inputs, 1 if apart else batch_size)


def _not_alone(error: Exception) -> ExplorerError:
    """The reason why examples that can be read together cannot be read alone."""
    cause = error.__cause__ if isinstance(error, ExplorerError) else error
    if lacks_values(cause):
        return ExplorerError(
            "This network reads several examples in one batch, but not one alone: it normalises an example with the "
            f"statistics of its batch, and one has too few values ({cause}). The answer for one example always "
            f"depends on its neighbours. {REMEDY}."
        )
    return ExplorerError(
        f"This network reads several examples in one batch, but not one alone ({error}); its answer for one example "
        "would depend on its neighbours. Give a network that reads one."
    )


def _unlike(example: Tensor) -> Tensor:
    """Two more examples (2, …): every statistic of a batch tells them from this one, and from each other."""
    generator = torch.Generator().manual_seed(0)
    shape = (2, *example.shape[1:])
    if not example.is_floating_point():  # tokens, of which only these are known to exist
        low, high = int(example.min()), int(example.max())
        drawn = torch.randint(low, high + 1, shape, generator=generator)
        return drawn.to(example) if high > low else torch.zeros_like(drawn).to(example)
    drawn = torch.randn(shape, generator=generator).to(example)
    drawn[1] = 1 + 3 * drawn[1]
    spread = example.std() if example.numel() > 1 and example.std() > 0 else torch.ones_like(example.mean())
    return example.mean() + spread * drawn


def _apart(together: Tensor, alone: Tensor) -> bool:
    """True if answers (example, …) differ by more than rounding: a share of the difference between examples."""
    alike = (together == alone) | (together.isnan() & alone.isnan())
    if bool(alike.all()) or not alone.is_floating_point():
        return not bool(alike.all())
    step = rounding_of(alone)
    limit = step**0.5 * (alone.amax(0) - alone.amin(0)).max() + ROUNDINGS * step * alone.abs().max()
    return not bool((alike | ((together - alone).abs() <= limit)).all())
