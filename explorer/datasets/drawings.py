"""The way in which a data set of grey pictures shows its objects, and a person's own picture shown in the same way."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional
from torchvision.transforms import functional as pictures

from explorer.datasets.splits import Splits

EXAMPLES = 100  # from which the convention is read
NEAR = 0.1  # of the ground: a pixel that belongs to it
EVEN = 0.6  # of the border's pixels: an even ground; the digits of 8x8 pixels touch the border themselves
FAINT = 0.3  # of a picture's strongest stroke: the ground's noise
FINEST = 16  # pixels for one of the data set, while a drawing is placed


class Convention(NamedTuple):
    """How a data set shows its objects: bright or dark on an even ground, of one size, around one place."""

    ground: float  # 0…1, the grey of the ground
    sign: int  # 1: objects are brighter than the ground; -1: darker
    peak: float  # the typical largest difference to the ground
    size: float  # the typical longer side of an object, in pixels
    centre: tuple[float, float]  # the typical centre of mass, as shares of the height and of the width


def convention_of(splits: Splits) -> Convention | None:
    """The convention of grey pictures; None where they have several channels, or no even ground, as photographs.

    It is read from the first training pictures.
    """
    if splits.input_shape[0] != 1:
        return None
    shown = (splits.train.inputs[:EXAMPLES].cpu() * splits.std.view(-1, 1, 1) + splits.mean.view(-1, 1, 1)).clamp(0, 1)
    pixels = shown[:, 0]  # (example, row, column)
    ground = _even_ground(pixels)
    if ground is None:
        return None
    ink = (pixels - ground).abs()
    peaks = ink.amax(dim=(1, 2))
    ink, peaks = ink[peaks > NEAR], peaks[peaks > NEAR]
    if len(ink) == 0:
        return None
    boxes = [_box(one) for one in ink]
    centres = torch.tensor([_centre(one) for one in ink])  # (example, 2)
    row, column = (centres.median(dim=0).values / torch.tensor(pixels.shape[1:])).tolist()
    return Convention(
        ground=ground,
        sign=1 if float(pixels.mean()) >= ground else -1,
        peak=float(peaks.median()),
        size=float(torch.tensor([max(bottom - top, right - left) for top, bottom, left, right in boxes]).median()),
        centre=(row, column),
    )


def on_ground(drawing: Tensor, colour: Tensor) -> Tensor:
    """A drawing (4, row, column) in 0…1, the fourth channel being its opacity, on an even colour (3,)."""
    strokes, opacity = drawing[:3], drawing[3:]
    return strokes * opacity + colour.view(3, 1, 1) * (1 - opacity)


def placed_as(convention: Convention, grey: Tensor, height: int, width: int) -> Tensor | None:
    """A person's grey picture as the data set would show it; None where it has no even ground, as a photograph.

    Its ground becomes the data set's, whichever of the two is dark; its object gets the usual size, place and contrast.

    Args:
        convention: of the data set.
        grey: (row, column) in 0…1.
        height: of the data set's pictures.
        width: of the data set's pictures.

    Returns:
        (1, height, width) in 0…1.
    """
    ink = _ink(grey)
    if ink is None:
        return None
    placed = _placed(ink, convention, height, width)
    return _coloured(convention, placed / placed.max() * convention.peak)


def coloured_as(convention: Convention, grey: Tensor) -> Tensor | None:
    """The same for a picture of the data set's own size: its object keeps its size, its place and its contrast."""
    ink = _ink(grey)
    return None if ink is None else _coloured(convention, ink)


def _ink(grey: Tensor) -> Tensor | None:
    """The difference to the ground, (row, column); None where the ground is not even, or there is nothing on it."""
    ground = _even_ground(grey[None])
    ink = (grey - (ground or 0)).abs()
    return None if ground is None or float(ink.max()) <= NEAR else ink


def _coloured(convention: Convention, ink: Tensor) -> Tensor:
    return (convention.ground + convention.sign * ink).clamp(0, 1)[None]


def _placed(ink: Tensor, convention: Convention, height: int, width: int) -> Tensor:
    """An object with the usual size at the usual place, (height, width); the ground is 0."""
    fine = max(1, min(FINEST, 1024 // max(height, width)))  # each pixel is the mean of fine x fine smaller ones
    top, bottom, left, right = _box(ink)
    factor = convention.size * fine / max(bottom - top, right - left)
    size = [max(1, round((bottom - top) * factor)), max(1, round((right - left) * factor))]
    thing = pictures.resize(ink[None, top:bottom, left:right], size, antialias=True)[0]
    starts = [
        _start(middle, share * side * fine, length, side * fine)
        for middle, share, length, side in zip(_centre(thing), convention.centre, size, (height, width), strict=True)
    ]
    frame = torch.zeros(max(height * fine, size[0]), max(width * fine, size[1]))
    frame[starts[0] : starts[0] + size[0], starts[1] : starts[1] + size[1]] = thing
    return functional.avg_pool2d(frame[None, : height * fine, : width * fine], fine)[0]


def _start(middle: float, wanted: float, length: int, room: int) -> int:
    """The first row or column of an object, so that its middle lies where it is wanted and no part of it outside."""
    return max(0, min(round(wanted - middle), room - length))


def _even_ground(pixels: Tensor) -> float | None:
    """The grey of the border of pictures (example, row, column), if most of the border has it."""
    edges = (pixels[:, 0], pixels[:, -1], pixels[:, 1:-1, 0], pixels[:, 1:-1, -1])
    border = torch.cat([edge.reshape(-1) for edge in edges])
    ground = float(border.median())
    return ground if float(((border - ground).abs() <= NEAR).float().mean()) >= EVEN else None


def _box(ink: Tensor) -> tuple[int, int, int, int]:
    """The rows and columns around an object: (first, end, first, end)."""
    strong = ink > FAINT * ink.max()
    rows, columns = (strong.any(dim=dim).nonzero().flatten() for dim in (1, 0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _centre(ink: Tensor) -> tuple[float, float]:
    """The centre of mass (row, column), in pixels from the upper left corner."""
    total = float(ink.sum())
    rows, columns = (torch.arange(size) + 0.5 for size in ink.shape)
    return float((ink.sum(dim=1) * rows).sum()) / total, float((ink.sum(dim=0) * columns).sum()) / total
