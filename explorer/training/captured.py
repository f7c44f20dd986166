"""An optimiser update as a CUDA graph: recorded once for each size of batch, and replayed as one launch.

A small network's update is a hundred kernels of some microseconds each: the processor that launches them one by one is
what takes the time (https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

WARM_UP = 3  # updates before the recording, as PyTorch's notes have them: libraries choose their ways then


class CapturedUpdate:
    """The update of one size of batch. Between replays nothing that it reads or writes may move in memory.

    Recording it changes nothing: weights, buffers, the optimiser's state and the random state are put back.
    """

    def __init__(
        self, update: Callable[[Tensor], Tensor], model: nn.Module, optimizer: torch.optim.Optimizer, batch: Tensor
    ) -> None:
        """Record an update.

        Args:
            update: makes one from the numbers of its examples (batch,), without asking the device for a value.
            model: whose weights and buffers it changes.
            optimizer: that it steps; its rates are tensors on the device.
            batch: numbers of examples on the device, as many as there are in each update.
        """
        self.batch = batch.clone()
        self.parameters = parameters = [p for group in optimizer.param_groups for p in group["params"]]
        random_state = torch.cuda.get_rng_state()
        kept = [(tensor, tensor.detach().clone()) for tensor in (*parameters, *model.buffers())]
        state = {p: {name: _copied(value) for name, value in optimizer.state[p].items()} for p in parameters}
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM_UP):
                update(self.batch)
        torch.cuda.current_stream().wait_stream(aside)
        optimizer.zero_grad()  # so that the gradients are the graph's own
        self.graph = torch.cuda.CUDAGraph()
        with _recordable(optimizer), torch.cuda.graph(self.graph):
            self.measured = update(self.batch)
        self.gradients = [p.grad for p in parameters]
        with torch.no_grad():
            for tensor, value in kept:
                tensor.copy_(value)
            for parameter in parameters:
                _put_back(optimizer.state[parameter], state[parameter])
        torch.cuda.set_rng_state(random_state)

    def __call__(self, batch: Tensor) -> Tensor:
        """Make the update with these examples; what comes back is the caller's own."""
        self.batch.copy_(batch)
        self.graph.replay()
        for parameter, gradient in zip(self.parameters, self.gradients, strict=True):
            parameter.grad = gradient  # of this size of batch, not of the one that was recorded last
        return self.measured.clone()


def worth_capturing(device: torch.device, lengths: Tensor | None) -> bool:
    """True if updates can be recorded: on CUDA, if no sequence is padded, since packing reads the lengths."""
    return device.type == "cuda" and lengths is None


def rates_on_the_device(optimizer: torch.optim.Optimizer) -> None:
    """Make the learning rates tensors that a recorded update reads, so that they can change between replays."""
    for group in optimizer.param_groups:
        group["lr"] = torch.as_tensor(float(group["lr"]), dtype=torch.float32, device=group["params"][0].device)


@contextmanager
def _recordable(optimizer: torch.optim.Optimizer) -> Iterator[None]:
    """The optimiser steps as a recording needs it; outside of one PyTorch would warn of it."""
    groups = [group for group in optimizer.param_groups if "capturable" in group]
    for group in groups:
        group["capturable"] = True
    try:
        yield
    finally:
        for group in groups:
            group["capturable"] = False


def _copied(value: Any) -> Any:
    return value.detach().clone() if isinstance(value, Tensor) else value


def _put_back(state: dict[str, Any], before: dict[str, Any]) -> None:
    """In place; what the recording brought with it begins at zero, as an optimiser's state does."""
    for name, value in state.items():
        if isinstance(value, Tensor):
            value.copy_(before[name] if name in before else torch.zeros_like(value))
