"""Augmentation: each time a training picture is learnt from, it is another one of the same class.

Computed on the device for a whole batch at once; the random numbers are the device's own, which the trainer keeps.
"""

import torch
from torch import Tensor

from explorer.config import TrainingConfig
from explorer.datasets.splits import Splits
from explorer.errors import ExplorerError

Places = tuple[Tensor, Tensor]  # the row (picture, row) and the column (picture, column) that each pixel comes from


def augments(config: TrainingConfig) -> bool:
    """True if a configuration changes the training pictures."""
    return bool(config.horizontal_flip or config.random_shift or config.random_crop or config.gaussian_noise)


def black_of(splits: Splits) -> Tensor:
    """A black pixel as an input, (channel, 1, 1)."""
    return (-splits.mean / splits.std).view(-1, 1, 1)


def augmented(pictures: Tensor, config: TrainingConfig, black: Tensor) -> Tensor:
    """Pictures flipped, shifted, cropped and with noise, in this order, each with random numbers of its own.

    As torchvision's RandomHorizontalFlip, RandomCrop and GaussianNoise; a shift repeats the pixels of the edge.

    Args:
        pictures: normalised inputs (picture, channel, row, column).
        config: how far; what is 0 changes nothing and draws no random numbers.
        black: a black pixel as an input (channel, 1, 1), around a crop.
    """
    count, _, height, width = pictures.shape
    rows = torch.arange(height, device=pictures.device).expand(count, height)
    columns = torch.arange(width, device=pictures.device).expand(count, width)
    outside = None
    if config.random_crop:
        rows, columns = _moved((rows, columns), config.random_crop)
        outside = _beyond(rows, height)[:, None, :, None] | _beyond(columns, width)[:, None, None, :]
    if config.random_shift:
        rows, columns = _moved((rows.clamp(0, height - 1), columns.clamp(0, width - 1)), config.random_shift)
    rows, columns = rows.clamp(0, height - 1), columns.clamp(0, width - 1)
    if config.horizontal_flip:
        flipped = torch.rand(count, 1, device=pictures.device) < 0.5
        columns = torch.where(flipped, width - 1 - columns, columns)
    places = (rows[:, :, None] * width + columns[:, None, :]).flatten(1)  # (picture, pixel)
    moved = pictures.flatten(2).gather(2, places[:, None].expand(-1, pictures.shape[1], -1)).view_as(pictures)
    if outside is not None:
        moved = torch.where(outside, black, moved)
    if config.gaussian_noise:
        moved = moved + config.gaussian_noise * torch.randn_like(moved)
    return moved


def check_augmentation(config: TrainingConfig, input_shape: tuple[int, ...]) -> None:
    """Make sure that at least half of a picture stays in sight, in each direction.

    Raises:
        ExplorerError: where a shift or a crop is too large for pictures (channel, row, column) of this size.
    """
    if not augments(config):
        return
    if len(input_shape) != 3:
        raise ExplorerError("Only pictures can be flipped, shifted, cropped or get noise; switch augmentation off.")
    _, height, width = input_shape
    most = min(height, width) // 2
    for name, pixels in (("random_shift", config.random_shift), ("random_crop", config.random_crop)):
        if pixels > most:
            raise ExplorerError(
                f"{name} is {pixels} pixels, and the pictures have {height}x{width}: more than half of one could "
                f"disappear; choose {most} or less."
            )


def _moved(places: Places, most: int) -> Places:
    """The places from 0 to ``most`` pixels away, in either direction, the same for all pixels of a picture."""
    rows, columns = places
    down, right = torch.randint(-most, most + 1, (2, len(rows), 1), device=rows.device)
    return rows + down, columns + right


def _beyond(places: Tensor, size: int) -> Tensor:
    return (places < 0) | (places >= size)
