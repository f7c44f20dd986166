"""Feature visualisation from several starts, measured against the real picture that excites the channel most."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.inspection.activations import check_device
from explorer.inspection.channel_axis import channel_axis
from explorer.inspection.neighbours import batches
from explorer.inspection.visualise import Ascent, Frame, objective_values, visualise

SEEDS = 3


class RealPicture(NamedTuple):
    """The example of a data set that excites a channel most."""

    example: int
    activation: float  # the objective of the ascent


class Attempt(NamedTuple):
    """One ascent, from one start."""

    seed: int | None  # of the grey noise; None: from the strongest real picture
    frames: tuple[Frame, ...]

    @property
    def best(self) -> Frame:
        """The frame with the highest activation."""
        return max(self.frames, key=lambda frame: frame.activation)


@dataclass(frozen=True)
class Excitation:
    """What several ascents found."""

    attempts: tuple[Attempt, ...]
    real: RealPicture

    @property
    def best(self) -> Attempt:
        """The attempt whose best frame has the highest activation."""
        return max(self.attempts, key=lambda attempt: attempt.best.activation)

    @property
    def found(self) -> bool:
        """True if an optimised picture activates the channel, and no less than every real picture does."""
        return self.best.best.activation > 0 and self.best.best.activation >= self.real.activation

    @property
    def said(self) -> str:
        """The result in a sentence or two, for a person to read."""
        reached, real = self.best.best.activation, self.real.activation
        against = f"the strongest real picture reaches {real:.3g}"
        if reached <= 0:
            return (
                f"**Nothing was found**: from {len(self.attempts)} starts the activation never rose above 0 (it "
                f"reached {reached:.3g}; {against}). This picture does not show what the channel detects."
            )
        if reached < real:
            return (
                f"**The optimisation failed**: its best picture reaches {reached:.3g}, and {against}. More iterations "
                "or another learning rate may help; the patches show more of the channel than this picture."
            )
        if self.best.seed is None and self.best.best.iteration == 0:
            return f"No step raised the activation above that of the real picture it began from, {reached:.3g}."
        origin = "from the strongest real picture" if self.best.seed is None else f"from noise, seed {self.best.seed}"
        return f"The best of {len(self.attempts)} attempts began {origin} and reaches {reached:.3g}; {against}."


@torch.no_grad()
def strongest_picture(
    model: nn.Module, layer: str, channel: int, inputs: Tensor, objective: str = "channel", batch_size: int = 64
) -> RealPicture:
    """The input that excites a channel most; each is run alone if they would affect each other in a batch.

    Args:
        model: any module that reads pictures.
        layer: a module's name; of several calls the last is used.
        channel: of the layer.
        inputs: (example, channel, row, column), on the model's device.
        objective: as in ``Ascent``.
        batch_size: examples in one forward pass.

    Raises:
        ExplorerError: for a layer or channel that does not exist, and for an empty batch.
    """
    check_device(model, inputs)
    if not len(inputs):
        raise ExplorerError("There are 0 pictures to compare with; give at least one.")
    axis = channel_axis(model, layer, inputs)

    def activations(pictures: Tensor) -> Tensor:
        return objective_values(model, layer, axis, channel, pictures, objective)

    parts = batches(model, activations, inputs, batch_size, of=f"{objective} {channel} of {layer}")
    values = torch.cat([activations(batch) for batch in parts])
    return RealPicture(int(values.argmax()), float(values.max()))


def excite(
    model: nn.Module,
    layer: str,
    channel: int,
    inputs: Tensor,
    mean: Tensor,
    std: Tensor,
    ascent: Ascent | None = None,
    every: int = 8,
    seeds: int = SEEDS,
) -> Iterator[Excitation]:
    """Optimise an image from several seeds of grey noise, and from the real picture that excites the channel most.

    Args:
        model: as for ``visualise``, and so are layer, channel, mean, std, ascent and every.
        layer: a module's name.
        channel: of the layer.
        inputs: real pictures (example, channel, row, column), normalised.
        mean: (channel,) of the pixels.
        std: (channel,) of the pixels.
        ascent: the settings; its seed is the first of the seeds.
        every: iterations from one frame to the next.
        seeds: how many starts from grey noise.

    Yields:
        What is found so far, after each frame; the last attempt is the one that goes on.

    Raises:
        ExplorerError: as ``visualise`` does, and for no picture.
    """
    chosen = ascent or Ascent()
    real = strongest_picture(model, layer, channel, inputs, chosen.objective)
    attempts = [Attempt(chosen.seed + number, ()) for number in range(seeds)] + [Attempt(None, ())]
    for number, attempt in enumerate(attempts):
        start = inputs[real.example : real.example + 1] if attempt.seed is None else None
        settings = chosen if attempt.seed is None else replace(chosen, seed=attempt.seed)
        for frame in visualise(model, layer, channel, tuple(inputs.shape[1:]), mean, std, settings, every, start):
            attempts[number] = Attempt(attempt.seed, (*attempts[number].frames, frame))
            yield Excitation(tuple(attempts[: number + 1]), real)
