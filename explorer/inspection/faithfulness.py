"""Faithfulness of a map: the score while pixels are deleted or inserted in the map's order.

Petsiuk, Das and Saenko 2018 (RISE), arXiv:1806.07421.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.in_html import table
from explorer.inspection.activations import check_tensor
from explorer.inspection.attribution import Attribution
from explorer.inspection.layers import check_network
from explorer.inspection.neighbours import neighbours_matter
from explorer.inspection.score import Target, checked_target, class_score

RANDOM_ORDERS = 20
Baseline = float | Tensor | Literal["blur"]


@dataclass(frozen=True)
class Faithfulness:
    """The score while pixels are deleted and inserted, in a map's order and in many random ones."""

    fractions: Tensor  # (step,) from 0 to 1: the share of pixels deleted, or inserted
    deletion: Tensor  # (batch, step), from the picture to the baseline: falls early if the map is right
    insertion: Tensor  # (batch, step), from the baseline to the picture: rises early if the map is right
    random_deletion: Tensor  # (batch, order, step)
    random_insertion: Tensor  # (batch, order, step)

    def _repr_html_(self) -> str:
        areas = {"deletion, lower is better": self.deletion_area, "insertion, higher is better": self.insertion_area}
        rows = (
            {"example": place} | {name: float(area[place]) for name, area in areas.items()}
            for place in range(len(self.deletion))
        )
        return table(rows, "Areas under the curves")

    @property
    def deletion_area(self) -> Tensor:
        """The area under the deletion curve (batch,), by trapezoids; lower is better."""
        return torch.trapezoid(self.deletion, self.fractions)

    @property
    def insertion_area(self) -> Tensor:
        """The area under the insertion curve (batch,); higher is better."""
        return torch.trapezoid(self.insertion, self.fractions)


def deletion_insertion(
    model: nn.Module | Callable[[Tensor], Tensor],
    inputs: Tensor,
    attribution: Attribution | Tensor,
    steps: int = 50,
    baseline: Baseline = 0.0,
    *,
    target: Target | None = None,
    seed: int = 0,
    orders: int = RANDOM_ORDERS,
    batch_size: int = 16,
) -> Faithfulness:
    """The score as pixels are deleted, and inserted, the most important first.

    Pixels are ordered by the sum of their attribution over the channels with its sign: first those
    that support the class, last those that oppose it. Ties keep the reading order.

    Args:
        model: a network that gives logits (batch, class); or any function from inputs to one number each, (batch,).
        inputs: (batch, channel, row, column).
        attribution: what ``attribute`` gives; or signed numbers in the shape of the inputs, or one a pixel, (batch,
            row, column).
        steps: the number of equal parts that the pixels are split into, at most one a pixel.
        baseline: the replacement of a pixel: a number, a tensor that fits the inputs, or "blur", the picture itself
            blurred by a Gaussian with a standard deviation of a tenth of its shorter side (at least one pixel).
        target: of a network, what is scored: the probability of a class, or of two the difference of their logits. By
            default that of the attribution.
        seed: for the random orders.
        orders: the number of random orders; 0 for none. The area of one order alone varies too much to compare with.
        batch_size: pictures in one call of the score; one, if the score of a picture depends on its neighbours.

    Raises:
        ExplorerError: if the shapes do not fit, there are more steps than pixels, or fewer than 0 orders.
    """
    check_tensor(inputs)
    score, attribution = _score_and_map(model, attribution, target)
    if inputs.dim() != 4 or not len(inputs):
        raise ExplorerError(f"The inputs must be pictures (batch, channel, row, column), not {tuple(inputs.shape)}.")
    batch, _, height, width = inputs.shape
    pixels = height * width
    if attribution.shape not in (inputs.shape, (batch, height, width)):
        raise ExplorerError(
            f"An attribution of shape {tuple(attribution.shape)} does not fit inputs of shape {tuple(inputs.shape)}; "
            f"give one in their shape, or of shape {(batch, height, width)}."
        )
    if not 1 <= steps <= pixels:
        raise ExplorerError(f"{pixels} pixels can be taken away in 1 to {pixels} steps, not {steps}.")
    if orders < 0:
        raise ExplorerError(f"There can be 0 random orders or more, not {orders}; {RANDOM_ORDERS} give a steady range.")
    importance = (attribution.sum(1) if attribution.dim() == 4 else attribution).detach().flatten(1).to(inputs.device)
    generator = torch.Generator().manual_seed(seed)
    arbitrary = [torch.rand((batch, pixels), generator=generator).to(inputs.device) for _ in range(orders)]
    pictures, empty = inputs.detach(), _baseline(inputs.detach(), baseline)
    if neighbours_matter(score, pictures[:1], empty[:1]) or neighbours_matter(score, pictures[:1]):
        batch_size = 1
    deletions, insertions = [], []
    for order in (importance, *arbitrary):
        ranks = order.argsort(dim=1, descending=True, stable=True).argsort(dim=1).reshape(batch, 1, height, width)
        deletions.append(_curve(score, pictures, empty, ranks, steps, batch_size))
        insertions.append(_curve(score, empty, pictures, ranks, steps, batch_size))
    fractions = torch.tensor([_count(step, steps, pixels) / pixels for step in range(steps + 1)])
    deletion, insertion = torch.stack(deletions, dim=1), torch.stack(insertions, dim=1)  # (batch, order, step)
    return Faithfulness(fractions, deletion[:, 0], insertion[:, 0], deletion[:, 1:], insertion[:, 1:])


def _score_and_map(
    model: nn.Module | Callable[[Tensor], Tensor], attribution: Attribution | Tensor, target: Target | None
) -> tuple[Callable[[Tensor], Tensor], Tensor]:
    if isinstance(attribution, Attribution):
        target = attribution.target if target is None else target
        attribution = attribution.maps
    if not isinstance(attribution, Tensor):
        raise ExplorerError(f"An attribution is what attribute gives, or a tensor, not {type(attribution).__name__}.")
    if not callable(model):
        check_network(model)
    if target is None or not isinstance(model, nn.Module):
        return model, attribution
    target = checked_target(target)
    return class_score(model, target, "probability" if isinstance(target, int) else "logit"), attribution


def _curve(
    score: Callable[[Tensor], Tensor], start: Tensor, end: Tensor, ranks: Tensor, steps: int, batch_size: int
) -> Tensor:
    """The scores (batch, step) as the pixels of one picture turn into those of another, by rank."""
    pixels = ranks[0].numel()

    def states() -> Iterator[Tensor]:
        for step in range(steps + 1):
            yield from torch.where(ranks < _count(step, steps, pixels), end, start)

    scores: list[Tensor] = []
    waiting: list[Tensor] = []
    for state in states():
        waiting.append(state)
        if len(waiting) == batch_size:
            scores.append(_scored(score, waiting))
            waiting = []
    if waiting:
        scores.append(_scored(score, waiting))
    return torch.cat(scores).reshape(steps + 1, len(start)).T.contiguous()


def _scored(score: Callable[[Tensor], Tensor], pictures: list[Tensor]) -> Tensor:
    scores = score(torch.stack(pictures)).detach().cpu()
    if scores.shape != (len(pictures),):
        raise ExplorerError(
            f"The score must give one number a picture, ({len(pictures)},), not {tuple(scores.shape)}; of a network, "
            "give a target."
        )
    return scores


def _count(step: int, steps: int, pixels: int) -> int:
    return round(step * pixels / steps)


def _baseline(inputs: Tensor, baseline: Baseline) -> Tensor:
    if isinstance(baseline, str):
        if baseline != "blur":
            raise ExplorerError(f'The baseline must be a number, a tensor or "blur", not {baseline!r}.')
        from torchvision.transforms.v2 import functional as transforms  # takes seconds to import

        shorter = min(inputs.shape[2:])
        std = max(1.0, shorter / 10)
        reach = min(math.ceil(2 * std), shorter - 1)  # reflection padding must be smaller than the side
        blurred: Tensor = transforms.gaussian_blur(inputs, [2 * reach + 1] * 2, [std] * 2)
        return blurred
    given = torch.as_tensor(baseline).to(inputs)
    try:
        return given.expand_as(inputs)
    except RuntimeError as error:
        raise ExplorerError(
            f"A baseline of shape {tuple(given.shape)} does not fit inputs of shape {tuple(inputs.shape)}."
        ) from error
