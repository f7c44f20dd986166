"""Networks that go on by themselves: each answer is the next input."""

import torch
from torch import Tensor
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.models.part import State
from explorer.models.recurrent import EncoderDecoder, Recurrent


@torch.no_grad()
def continue_text(
    model: Recurrent,
    prompt: Tensor,
    count: int,
    temperature: float = 0.0,
    generator: torch.Generator | None = None,
    *,
    top_k: int = 0,
    top_p: float = 1.0,
) -> Tensor:
    """Say the next tokens, each chosen after all before it.

    Args:
        model: predicts the next token at every step.
        prompt: tokens (time,) to begin with; at least one.
        count: tokens to say.
        temperature: 0 takes the likeliest token; otherwise one is drawn from the softmax of logits / temperature.
        generator: what draws; on the model's device.
        top_k: draw only among the likeliest k tokens; 0 for all of them.
        top_p: draw only among the fewest likeliest tokens that together have this probability (nucleus sampling,
            Holtzman et al. 2020, arXiv 1904.09751); 1 for all of them.

    Returns:
        The tokens said, (count,), without the prompt.

    Raises:
        ExplorerError: where the prompt is empty, the temperature or k below 0, or p not above 0 and at most 1.
    """
    if len(prompt) == 0:
        raise ExplorerError("There is no text to go on from; give at least one character.")
    if temperature < 0:
        raise ExplorerError(f"A temperature of {temperature:g} is below 0; choose 0 for the likeliest, or more.")
    if top_k < 0:
        raise ExplorerError(f"There are no likeliest {top_k} tokens; choose 0 for all of them, or more.")
    if not 0 < top_p <= 1:
        raise ExplorerError(f"A probability of {top_p:g} cannot be kept; choose one above 0 and at most 1.")
    said: list[Tensor] = []
    tokens, state = prompt[None], None
    for _ in range(count):
        logits, state = _step(model, tokens, state)
        tokens = _chosen(logits, temperature, generator, top_k, top_p)[:, None]
        said.append(tokens[0])
    return torch.cat(said) if said else prompt.new_empty(0)


@torch.no_grad()
def draw(model: Recurrent, classes: Tensor, class_count: int, rows: int) -> Tensor:
    """Draw pictures row by row; every row is drawn after the network's own one before it, the first after an empty one.

    Args:
        model: trained on digit_drawing: reads a one-hot class and the previous row.
        classes: which class to draw, (batch,) int64.
        class_count: how many classes there are.
        rows: how many rows to draw.

    Returns:
        The pictures, (batch, row, column), as the network answers: not cut to 0…1.
    """
    wanted = functional.one_hot(classes, class_count).float()
    row = wanted.new_zeros(len(classes), model.readout.out_features)
    state: State | None = None
    drawn: list[Tensor] = []
    for _ in range(rows):
        row, state = _step(model, torch.cat((wanted, row), dim=1)[:, None], state)
        drawn.append(row)
    return torch.stack(drawn, dim=1)


@torch.no_grad()
def decode(model: EncoderDecoder, source: Tensor, start: int, steps: int, lengths: Tensor | None = None) -> Tensor:
    """The target the network writes for a source, without being told any of it: the likeliest token, step by step.

    Args:
        model: the encoder and the decoder.
        source: tokens (batch, source time).
        start: the start symbol; ``sequences.test.inputs[0, sequences.source_length]`` is it.
        steps: tokens to write.
        lengths: the real tokens of each source, (batch,); None where none is padded.

    Returns:
        Tokens (batch, steps).
    """
    state = model.encode(source, lengths)
    token = source.new_full((len(source), 1), start)
    written: list[Tensor] = []
    for _ in range(steps):
        states, state = model.decoder(model.embedding(token), state)
        token = model.readout(states).argmax(-1)  # (batch, 1)
        written.append(token)
    return torch.cat(written, dim=1)


def _step(model: Recurrent, inputs: Tensor, state: State | None) -> tuple[Tensor, State]:
    """The answer after the last of these inputs, (batch, k), and the state to go on from."""
    states, state = model.recurrent(model.embed(inputs), state)
    return model.readout(states[:, -1]), state


def _chosen(logits: Tensor, temperature: float, generator: torch.Generator | None, top_k: int, top_p: float) -> Tensor:
    if temperature == 0:
        return logits.argmax(-1)
    allowed = likeliest((logits / temperature).softmax(-1), top_k, top_p)
    return torch.multinomial(allowed, 1, generator=generator)[:, 0]


def likeliest(probabilities: Tensor, top_k: int, top_p: float) -> Tensor:
    """Probabilities (batch, token) with those outside the likeliest k, and outside the nucleus p, set to 0."""
    ordered, places = probabilities.sort(dim=-1, descending=True)
    outside = ordered.cumsum(-1) - ordered >= top_p  # what comes before already has p
    if top_k:
        outside[..., top_k:] = True
    return torch.zeros_like(probabilities).scatter(-1, places, ordered.masked_fill(outside, 0.0))
