"""The input positions that each position of a tensor depends on, along one axis of the input."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

import numpy as np

NOWHERE = 2**40  # no input is this large: the first position for a unit that sees only padding


@dataclass(frozen=True)
class Track:
    """The dependence of a tensor on one axis of the input.

    It has two descriptions. ``first`` and ``last`` are the positions that each unit sees inside the input. ``low``,
    ``high`` and ``jump`` are the textbook's: unit i sees ``low + i * jump`` to ``high + i * jump`` on an input without
    borders. The receptive field's size comes from the second: at a border a unit sees less, but its field is the same.
    """

    axis: int | None  # the tensor's axis whose positions differ; None if every element sees the same
    first: np.ndarray  # (position,) int64, inclusive
    last: np.ndarray
    low: Fraction
    high: Fraction
    jump: Fraction

    @classmethod
    def of_input(cls, axis: int, size: int) -> "Track":
        """Each position sees itself."""
        positions = np.arange(size, dtype=np.int64)
        return cls(axis, positions, positions, Fraction(0), Fraction(0), Fraction(1))

    def gather(self, taps: np.ndarray, low: int | Fraction, high: int | Fraction, stride: int | Fraction) -> "Track":
        """The track of an operation whose output i reads the positions ``taps[i]``.

        Args:
            taps: (output, tap) positions of this tensor; those outside it are padding, which sees nothing.
            low: the first position that output 0 reads, including padding.
            high: the last position that it reads.
            stride: the distance between the positions of neighbouring outputs.
        """
        inside = (taps >= 0) & (taps < len(self.first))
        positions = np.where(inside, taps, 0)
        return Track(
            self.axis,
            np.where(inside, self.first[positions], NOWHERE).min(axis=1),
            np.where(inside, self.last[positions], -NOWHERE).max(axis=1),
            self.low + low * self.jump,
            self.high + high * self.jump,
            self.jump * stride,
        )

    def everywhere(self) -> "Track":
        """Every element sees what any element saw."""
        if self.axis is None:
            return self
        first, last = self.first.min(keepdims=True), self.last.max(keepdims=True)
        low, high = Fraction(int(first[0])), Fraction(int(last[0]))
        return Track(None, first, last, low, high, Fraction(0))

    def on_axis(self, axis: int | None) -> "Track":
        """The same positions along another axis of the tensor; None if positions can no longer be distinguished."""
        return self.everywhere() if axis is None else replace(self, axis=axis)


def union(tracks: Sequence[Track]) -> Track:
    """The track of elements that depend on one element of each tensor, at the same position."""
    if len({(track.axis, len(track.first)) for track in tracks}) > 1:
        tracks = [track.everywhere() for track in tracks]
    return Track(
        tracks[0].axis,
        np.min([track.first for track in tracks], axis=0),
        np.max([track.last for track in tracks], axis=0),
        min(track.low for track in tracks),
        max(track.high for track in tracks),
        max(track.jump for track in tracks),
    )


def joined(tracks: Sequence[Track]) -> Track:
    """The track of tensors concatenated along the tracked axis."""
    return replace(
        union([replace(track, first=track.first[:1], last=track.last[:1]) for track in tracks]),
        first=np.concatenate([track.first for track in tracks]),
        last=np.concatenate([track.last for track in tracks]),
    )


def window(track: Track, outputs: int, size: int, stride: int, padding: int, dilation: int) -> Track:
    """A convolution or a pooling along the tracked axis."""
    taps = (np.arange(outputs) * stride - padding)[:, None] + np.arange(size) * dilation
    return track.gather(taps, -padding, (size - 1) * dilation - padding, stride)


def transposed_window(track: Track, outputs: int, size: int, stride: int, padding: int, dilation: int) -> Track:
    """A transposed convolution: input i is written to ``i * stride - padding + tap * dilation``."""
    written = np.arange(outputs)[:, None] + padding - np.arange(size) * dilation
    taps = np.where(written % stride == 0, written // stride, -1)
    # away from the borders neighbouring outputs read through different elements of the kernel, in turns
    turns = [[tap for tap in range(size) if (turn + padding - tap * dilation) % stride == 0] for turn in range(stride)]
    spans = [(turn, own[0], own[-1]) for turn, own in enumerate(turns) if own]
    turn, nearest, furthest = spans[0]  # the kernel elements of the first output that reads any
    centre = Fraction(2 * (turn + padding) - (nearest + furthest) * dilation, 2 * stride) - Fraction(turn, stride)
    widest = max((last - first) * dilation // stride for _, first, last in spans)
    return track.gather(taps, *_around(centre, widest), Fraction(1, stride))


def adaptive_window(track: Track, outputs: int) -> Track:
    """An adaptive pooling to ``outputs`` windows, which may differ in size."""
    size = len(track.first)
    if outputs == 1:
        return track.everywhere()
    first = np.arange(outputs) * size // outputs
    last = -(-(np.arange(outputs) + 1) * size // outputs) - 1
    widest = int((last - first).max())
    taps = np.minimum(first[:, None] + np.arange(widest + 1), last[:, None])
    return track.gather(taps, *_around(Fraction(int(first[0] + last[0]), 2), widest), Fraction(size, outputs))


def padded(track: Track, before: int, after: int, mode: str) -> Track:
    """Positions added at both ends (or removed, if negative), filled as ``functional.pad`` does."""
    size = len(track.first)
    taps = np.arange(-before, size + after)
    if mode == "reflect" and size > 1:
        taps = (size - 1) - np.abs(size - 1 - np.abs(taps))
    elif mode == "replicate":
        taps = np.clip(taps, 0, size - 1)
    elif mode == "circular":
        taps = taps % size
    return track.gather(taps[:, None], -before, -before, 1)


def resized(track: Track, outputs: int, reach: int) -> Track:
    """An interpolation to ``outputs`` positions that mixes neighbours; a reach of 0 copies the nearest one."""
    size = len(track.first)
    stride = Fraction(size, outputs)
    if reach == 0:
        return track.gather((np.arange(outputs) * size // outputs)[:, None], 0, 0, stride)
    centres = np.floor((np.arange(outputs) + 0.5) * size / outputs - 0.5).astype(np.int64)
    taps = np.clip(centres[:, None] + np.arange(1 - reach, 1 + reach), 0, size - 1)
    nearest = floor((stride - 1) / 2)  # below the centre of output 0
    return track.gather(taps, nearest + 1 - reach, nearest + reach, stride)


def resized_antialiased(track: Track, outputs: int, reach: int) -> Track:
    """An interpolation whose windows grow with the stride, so that no input is skipped."""
    stride = Fraction(len(track.first), outputs)
    support = reach * max(stride, Fraction(1))
    centres = [stride * (2 * output + 1) / 2 for output in range(outputs)]
    first = np.array([floor(centre - support + Fraction(1, 2)) for centre in centres])
    last = np.array([ceil(centre + support - Fraction(1, 2)) - 1 for centre in centres])
    widest = int((last - first).max())
    taps = np.minimum(first[:, None] + np.arange(widest + 1), last[:, None])
    return track.gather(taps, *_around(Fraction(int(first[0] + last[0]), 2), widest), stride)


def _around(centre: Fraction, width: int) -> tuple[Fraction, Fraction]:
    """The first and the last position of a window: where windows differ, the widest, around the first one's centre."""
    return centre - Fraction(width, 2), centre + Fraction(width, 2)
