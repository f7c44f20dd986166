"""Edited sequences: typed, or from the data set with one input changed."""

from dataclasses import replace

import torch
from torch import Tensor

from explorer.datasets.rules import RULES, right_answer, why_unknown
from explorer.datasets.sequences import Sequences
from explorer.errors import ExplorerError
from explorer.models.generation import decode
from explorer.models.recurrent import EncoderDecoder
from explorer.training.run import ReadableRun
from explorer.ui.cache import model_at
from explorer.ui.subject.sequence import Sequence, SequenceSubject, visible


def typed_sequence(text: str, run: ReadableRun, step: int, splits: Sequences) -> Sequence:
    """A typed sequence, with the target that the task's rule gives.

    Raises:
        ExplorerError: if the network does not know a character, or the text is too long.
    """
    places = {token: index for index, token in enumerate(splits.vocabulary)}
    unknown = sorted({character for character in text if character not in places})
    if unknown:
        never = ", ".join(repr(character) for character in unknown)
        raise ExplorerError(f"The network has never seen {never}; it reads {readable(splits)!r}.")
    if splits.is_encoder_decoder and len(text) > splits.source_length:
        raise ExplorerError(f"The text has {len(text)} characters; this network reads at most {splits.source_length}.")
    return by_rule(torch.tensor([places[character] for character in text]), run, step, splits)


def readable(splits: Sequences) -> str:
    """The characters that a network on this data reads, as one string."""
    return "".join(visible(token) for token in splits.vocabulary if len(token) == 1)


def by_rule(read: Tensor, run: ReadableRun, step: int, splits: Sequences) -> Sequence:
    """A sequence with the target that the task's rule gives.

    If the target of an encoder-decoder is unknown, the decoder reads its own answers.

    Args:
        read: the real steps, tokens (time,) or numbers (time, feature); for an encoder-decoder, the source.
        run: the run of the network.
        step: its training step.
        splits: the data set.
    """
    target = right_answer(splits, read)
    note = "" if target is not None else why_unknown(splits)
    if not splits.is_encoder_decoder:
        return Sequence(read[None], target, len(read), note)
    example = splits.test.inputs[:1]
    inputs = torch.zeros_like(example)  # 0 is the padding
    inputs[:, : len(read)] = read
    inputs[:, splits.source_length] = start = int(example[0, splits.source_length])
    if target is not None:
        said = target
    else:
        with model_at(run, step) as model:
            assert isinstance(model, EncoderDecoder)
            said = decode(model, read[None], start, splits.test.targets.shape[1])
    inputs[:, splits.source_length + 1 :] = said[:, :-1].clamp(min=0)
    return Sequence(inputs, target, len(read), note)


def changed(subject: SequenceSubject, value: float, feature: int | None = None) -> Sequence:
    """The subject's sequence with the input at the selected time step replaced, and its new target.

    A decoder reads its own earlier answers: changing one leaves the target as it is.

    Args:
        subject: the sequence and the time step.
        value: a token, or the number that the network reads.
        feature: the index of the number.
    """
    sequence, splits = subject.sequence, subject.splits
    if subject.decoder:
        inputs = sequence.inputs.clone()
        inputs[0, splits.source_length + subject.time] = int(value)
        return replace(sequence, inputs=inputs)
    read = sequence.inputs[0, : sequence.steps].clone()
    if feature is None:
        read[subject.time] = int(value)
    else:
        read[subject.time, feature] = value
    if splits.name not in RULES:
        inputs = sequence.inputs.clone()
        inputs[0, : sequence.steps] = read
        return Sequence(inputs, sequence.target, sequence.steps, why_unknown(splits))
    found = by_rule(read, subject.run, subject.step, splits)
    text = splits.autoregressive and not splits.is_encoder_decoder
    if text and found.target is not None and sequence.target is not None:
        found.target[0, -1] = sequence.target[0, len(read) - 1]  # of a window the data knows what follows its end
    return found
