"""Recurrent networks for the five kinds of sequence task, around PyTorch's fused nn.RNN, nn.LSTM and nn.GRU.

A sequence may be padded at its end. Where a network reads forwards only, no real step sees the padding, and the state
of the last real step is picked out; where it also reads backwards, or hands its last state on, the batch is packed.
"""

from abc import ABC, abstractmethod
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from explorer.config import LstmModel, RecurrentModel, RnnModel
from explorer.datasets.splits import Shaped, ShapeFacts
from explorer.errors import ExplorerError
from explorer.models.part import Part, State, last_real


class OneHot(nn.Module):
    """Each token as a row of zeros with a 1 in its own place."""

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.tokens = tokens

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (batch, time) int64 to (batch, time, token) float32."""
        return functional.one_hot(tokens, self.tokens).float()


class SequenceNetwork(nn.Module, ABC):
    """A network around a recurrent module, which :meth:`part` returns with its inputs."""

    @abstractmethod
    def part(
        self, inputs: Tensor, steps: int | None = None, lengths: Tensor | None = None, *, decoder: bool = False
    ) -> Part:
        """The recurrent module that reads these inputs, or the decoder that follows it; outside of any gradient."""


class Recurrent(SequenceNetwork):
    """A recurrent network that answers after its last real step, or at every step.

    ``embedding`` is there for tokens alone.
    """

    def __init__(self, config: RecurrentModel, facts: ShapeFacts) -> None:
        super().__init__()
        self.answers_once = not facts.objective.per_step
        width = facts.input_shape[-1]
        if facts.vocabulary_size:
            self.embedding, width = _embedding(config, facts)
        self.recurrent = _recurrent(config, width)
        self.readout = nn.Linear(config.hidden_size * (1 + config.bidirectional), len(facts.class_names))

    def forward(self, inputs: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Logits or numbers: (batch, k) after the last real step, or (batch, time, k).

        Args:
            inputs: tokens (batch, time) or numbers (batch, time, feature).
            lengths: the real steps of each example, (batch,); None where none is padded.
        """
        answers: Tensor = self.readout(self._states(self.embed(inputs), lengths))
        return answers

    def embed(self, inputs: Tensor) -> Tensor:
        """The input of the recurrent layer, (batch, time, feature)."""
        embedded: Tensor = self.embedding(inputs) if "embedding" in self._modules else inputs
        return embedded

    @torch.no_grad()
    def part(
        self, inputs: Tensor, steps: int | None = None, lengths: Tensor | None = None, *, decoder: bool = False
    ) -> Part:
        """The recurrent layer and what it reads.

        Args:
            inputs: tokens (batch, time) or numbers (batch, time, feature).
            steps: the real time steps, if the rest is to be left out.
            lengths: not needed: no real step reads the padding.
            decoder: False, since this network has no decoder.
        """
        return Part(self.recurrent, self.embed(inputs[:, :steps]), None, self.readout, self.answers_once)

    def _states(self, inputs: Tensor, lengths: Tensor | None) -> Tensor:
        if self.recurrent.bidirectional:
            return self._states_of_both_ways(inputs, lengths)
        states: Tensor = self.recurrent(inputs)[0]  # (batch, time, unit)
        if not self.answers_once:
            return states
        return last_real(states, lengths)

    def _states_of_both_ways(self, inputs: Tensor, lengths: Tensor | None) -> Tensor:
        steps = inputs.shape[1]
        states, last = self.recurrent(inputs if lengths is None else _packed(inputs, lengths))
        if self.answers_once:  # of the top layer: forwards after the last real step, backwards after the first
            hidden = last[0] if isinstance(last, tuple) else last
            return torch.cat((hidden[-2], hidden[-1]), dim=1)
        if lengths is None:
            both: Tensor = states
            return both
        return pad_packed_sequence(states, batch_first=True, total_length=steps)[0]


class EncoderDecoder(SequenceNetwork):
    """One recurrent network reads the source, another writes the target from the first one's last state.

    Encoder and decoder read the same embedding of the same vocabulary.
    """

    def __init__(self, config: RecurrentModel, facts: ShapeFacts) -> None:
        super().__init__()
        self.source_length = facts.source_length
        self.embedding, width = _embedding(config, facts)
        self.encoder = _recurrent(config, width)
        self.decoder = _recurrent(config, width)
        self.readout = nn.Linear(config.hidden_size, len(facts.class_names))

    def forward(self, inputs: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Logits (batch, target time, token), each for the token after those already said.

        Args:
            inputs: tokens (batch, time): the source, then a start symbol and the target without its last token.
            lengths: the real tokens of each source, (batch,); None where none is padded.
        """
        embedded = self.embedding(inputs)
        source, target = embedded[:, : self.source_length], embedded[:, self.source_length :]
        return self._decoded(target, self._encoded(source, lengths))

    def encode(self, source: Tensor, lengths: Tensor | None = None) -> State:
        """The encoder's state after the last real token of each source, for tokens (batch, time)."""
        return self._encoded(self.embedding(source), lengths)

    @torch.no_grad()
    def part(
        self, inputs: Tensor, steps: int | None = None, lengths: Tensor | None = None, *, decoder: bool = False
    ) -> Part:
        """The encoder or the decoder, and what it reads.

        Args:
            inputs: tokens (batch, time) as of :meth:`forward`.
            steps: the real time steps of the source, if the rest is to be left out.
            lengths: the real tokens of each source, (batch,); None if none is padded.
            decoder: which of the two.
        """
        embedded = self.embedding(inputs)
        source, target = embedded[:, : self.source_length][:, :steps], embedded[:, self.source_length :]
        if not decoder:
            return Part(
                self.encoder, source, None, self.readout, answers_once=False, decode=partial(self._decoded, target)
            )
        return Part(self.decoder, target, self._encoded(source, lengths), self.readout, answers_once=False)

    def _decoded(self, target: Tensor, state: State) -> Tensor:
        """Logits (batch, target time, token) for an embedded target and the encoder's last state."""
        logits: Tensor = self.readout(self.decoder(target, state)[0])
        return logits

    def _encoded(self, source: Tensor, lengths: Tensor | None) -> State:
        state: State = self.encoder(source if lengths is None else _packed(source, lengths))[1]
        return state


def build(config: RecurrentModel, splits: Shaped) -> Recurrent | EncoderDecoder:
    """The network for this data set, its initial weights fixed by ``config.seed``.

    Raises:
        ExplorerError: where a network would read ahead of what it is to predict.
    """
    facts = splits.shape_facts()
    if config.bidirectional and facts.autoregressive:
        raise ExplorerError(
            "This network predicts each next element from those before it; reading from the end too would give the "
            "answers away. Choose bidirectional false."
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        if facts.architecture == "many-to-many encoder-decoder":
            return EncoderDecoder(config, facts)
        return Recurrent(config, facts)


def _embedding(config: RecurrentModel, facts: ShapeFacts) -> tuple[nn.Module, int]:
    """The layer that embeds tokens, and the size of its output."""
    if config.embedding_size:
        return nn.Embedding(facts.vocabulary_size, config.embedding_size), config.embedding_size
    return OneHot(facts.vocabulary_size), facts.vocabulary_size


def _recurrent(config: RecurrentModel, width: int) -> nn.RNN | nn.LSTM | nn.GRU:
    settings = {
        "num_layers": config.layers,
        "batch_first": True,
        "bidirectional": config.bidirectional,
        "dropout": config.dropout if config.layers > 1 else 0.0,
    }
    if isinstance(config, RnnModel):
        return nn.RNN(width, config.hidden_size, nonlinearity=config.nonlinearity, **settings)
    if not isinstance(config, LstmModel):
        return nn.GRU(width, config.hidden_size, **settings)
    recurrent = nn.LSTM(width, config.hidden_size, **settings)
    set_forget_bias(recurrent, config.forget_bias)
    return recurrent


@torch.no_grad()
def set_forget_bias(recurrent: nn.LSTM, bias: float) -> None:
    """Initialise the bias of all forget gates (Gers et al. 2000; Jozefowicz et al. 2015).

    PyTorch adds two biases; the gates come in the order input, forget, candidate, output.
    """
    for name, parameter in recurrent.named_parameters():
        if name.startswith("bias_"):
            forget = parameter[recurrent.hidden_size : 2 * recurrent.hidden_size]
            forget.fill_(bias if name.startswith("bias_ih") else 0.0)


def _packed(inputs: Tensor, lengths: Tensor) -> nn.utils.rnn.PackedSequence:
    return pack_padded_sequence(inputs, lengths.cpu(), batch_first=True, enforce_sorted=False)
