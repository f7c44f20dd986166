"""Networks whose answer for one example depends on its batch, such as batch norm without running statistics.

A method that puts several versions of one example into one batch would measure their effect on each other. For such a
network it runs them one by one.
"""

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from explorer.errors import ExplorerError
from explorer.inspection.activations import first_tensor
from explorer.inspection.score import logits_of

TF32_STEP = 2**-10  # a GPU may round float32 to 10 bits
ROUNDINGS = 64  # of the largest number, that two ways of computing an answer may lie apart


class OneByOne(nn.Module):
    """A classifier that reads each example of a batch alone."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: Tensor) -> Tensor:
        """The logits (batch, class) for inputs (batch, …)."""
        return torch.cat([logits_of(self.network(one)) for one in torch.split(inputs, 1)])


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
        found: Tensor = answer(inputs)
        return found

    with torch.random.fork_rng(devices=[]):
        try:
            together = answered(examples)
        except (RuntimeError, ValueError):  # it reads one example at a time, or no such inputs at all
            together = None
        try:
            alone = torch.cat([answered(one) for one in torch.split(examples, 1)])
        except (RuntimeError, ValueError) as error:
            if together is None:
                raise
            raise ExplorerError(
                "This network reads several examples in one batch, but not one alone: it normalises an example with "
                f"the statistics of its batch, and one has too few values ({error}). The answer for one example always "
                "depends on its neighbours. Give its batch norm running statistics (track_running_stats=True)."
            ) from error
    return together is None or together.shape != alone.shape or _apart(together, alone)


def neighbours_known(model: nn.Module, answer: Callable[[Tensor], Any], example: Tensor) -> bool:
    """The same as ``neighbours_matter``, asked again only when the model's tensors or the example's shape change.

    Args:
        model: whose answer it is.
        answer: see ``neighbours_matter``.
        example: (1, …).
    """
    tensors = [*model.parameters(), *model.buffers()]
    versions = tuple((tensor.data_ptr(), -1 if tensor.is_inference() else tensor._version) for tensor in tensors)
    now = (tuple(example.shape), example.dtype, example.device, versions)
    before = _KNOWN.get(model)
    if before is None or before[0] != now:
        before = (now, neighbours_matter(answer, example))
        _KNOWN[model] = before
    return before[1]


_KNOWN: "WeakKeyDictionary[nn.Module, tuple[object, bool]]" = WeakKeyDictionary()


def batches(model: nn.Module, inputs: Tensor, batch_size: int) -> tuple[Tensor, ...]:
    """The inputs in batches; one by one for a network with batch statistics, whose answers depend on neighbours.

    Args:
        model: in eval mode, inside ``undisturbed``.
        inputs: (example, …).
        batch_size: examples in one batch.

    Raises:
        ExplorerError: for such a network, if it cannot read one example alone.
    """
    apart = len(inputs) > 1 and has_batch_statistics(model)
    if apart:
        apart = neighbours_matter(lambda examples: first_tensor(model(examples)), inputs[:1])
    return torch.split(inputs, 1 if apart else batch_size)


def has_batch_statistics(network: nn.Module) -> bool:
    """True if a batch norm of the network keeps no running statistics, and uses the batch's in eval mode too."""
    return any(isinstance(module, _BatchNorm) and module.running_mean is None for module in network.modules())


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
    step = TF32_STEP if alone.is_cuda and alone.dtype == torch.float32 else torch.finfo(alone.dtype).eps
    limit = step**0.5 * (alone.amax(0) - alone.amin(0)).max() + ROUNDINGS * step * alone.abs().max()
    return not bool((alike | ((together - alone).abs() <= limit)).all())
