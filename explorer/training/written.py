"""The accuracy of an encoder-decoder that writes freely, without being told the right answer so far."""

import torch
from torch import nn

from explorer.datasets.sequences import IGNORE_INDEX, Sequences
from explorer.datasets.splits import Splits
from explorer.models.generation import decode
from explorer.models.recurrent import EncoderDecoder
from explorer.training.objective import eval_mode

BATCH = 256


@torch.no_grad()
def written_accuracy(model: nn.Module, splits: Splits | Sequences, name: str) -> float | None:
    """The share of sources whose whole answer is right when the network reads its own earlier tokens.

    Args:
        model: an encoder-decoder.
        splits: the data, on the model's device.
        name: the split.

    Returns:
        From 0 to 1; None for any other network.
    """
    if not isinstance(model, EncoderDecoder) or not isinstance(splits, Sequences):
        return None
    inputs, targets = splits.split(name)
    lengths = splits.lengths_of(name)
    source, start = inputs[:, : splits.source_length], int(inputs[0, splits.source_length])
    right = 0
    with eval_mode(model):
        for first in range(0, len(source), BATCH):
            part = slice(first, first + BATCH)
            steps = targets.shape[1]
            said = decode(model, source[part], start, steps, None if lengths is None else lengths[part])
            asked = targets[part]
            right += int(((said == asked) | (asked == IGNORE_INDEX)).all(dim=1).sum())
    return right / len(source)
