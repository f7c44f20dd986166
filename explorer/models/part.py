"""One recurrent module of a network with its inputs: what inspection traces."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

State = Tensor | tuple[Tensor, Tensor]


def last_real(values: Tensor, lengths: Tensor | None) -> Tensor:
    """The values (batch, time, …) at the last real step of each example, (batch, …)."""
    if lengths is None:
        return values[:, -1]
    return values[torch.arange(len(values), device=values.device), lengths.to(values.device) - 1]


@dataclass(frozen=True)
class Part:
    """A recurrent module, its inputs and initial state, and the way from its output to the network's answer."""

    module: nn.RNNBase
    inputs: Tensor  # (batch, time, feature)
    initial: State | None
    readout: nn.Linear
    answers_once: bool
    decode: Callable[[State], Tensor] | None = None  # of an encoder: its last state to the decoder's answer

    def answer(self, output: Tensor, lengths: Tensor | None = None) -> Tensor:
        """The answer (batch, k) or (batch, time, k) that belongs to the module's output; arguments as of ``read``."""
        answer: Tensor = self.readout(self.read(output, lengths))
        return answer

    def read(self, output: Tensor, lengths: Tensor | None = None) -> Tensor:
        """The states that the readout reads: (batch, unit) of a network that answers once, else (batch, time, unit).

        Args:
            output: of the module, (batch, time, unit).
            lengths: the real steps of each example, (batch,); None where none is padded.
        """
        if not self.answers_once:
            return output
        half = self.module.hidden_size
        ends = (last_real(output, lengths)[:, :half], output[:, 0, half:])  # the reverse direction ends at the start
        return torch.cat(ends, dim=1) if self.module.bidirectional else last_real(output, lengths)
