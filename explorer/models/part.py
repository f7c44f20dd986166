"""One recurrent module of a network with its inputs: what inspection traces."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

State = Tensor | tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Part:
    """A recurrent module, its inputs and initial state, and the way from its output to the network's answer."""

    module: nn.RNNBase
    inputs: Tensor  # (batch, time, feature)
    initial: State | None
    readout: nn.Linear
    answers_once: bool
    decode: Callable[[State], Tensor] | None = None  # of an encoder: its last state to the decoder's answer

    def answer(self, output: Tensor) -> Tensor:
        """The answer (1, k) or (1, time, k) that belongs to the module's output (1, time, unit)."""
        answer: Tensor = self.readout(self.read(output))
        return answer

    def read(self, output: Tensor) -> Tensor:
        """The states that the readout reads: (1, unit) of a network that answers once, else (1, time, unit)."""
        if not self.answers_once:
            return output
        half = self.module.hidden_size
        ends = (output[:, -1, :half], output[:, 0, half:])  # the reverse direction ends at the first step
        return torch.cat(ends, dim=1) if self.module.bidirectional else output[:, -1]
