"""Kernels over red, green and blue as small pictures."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.style import PICTURE_MARGIN, figure, image_axes
from explorer.figures.tiling import height_for, map_numbers, tile

LEAST, NARROW = 24, 260  # pixels: a side of a kernel in the narrowest picture, and the width of that


def kernel_pictures(weights: np.ndarray, title: str, numbers: Sequence[int]) -> go.Figure:
    """Kernels over red, green and blue channels (kernel, 3, row, column) as small pictures in which grey is zero.

    Each kernel is scaled by its largest absolute weight.
    """
    peaks = np.abs(weights).max(axis=(1, 2, 3), keepdims=True)
    scaled = (weights / np.where(peaks > 0, peaks, 1) + 1) / 2
    tiles = [tile(scaled[:, colour], least=LEAST, width=NARROW) for colour in range(3)]
    layers = np.stack([part.values for part in tiles], axis=-1)
    gaps = np.isnan(layers).any(axis=-1)
    pixels = np.zeros((*gaps.shape, 4), np.uint8)
    pixels[..., :3] = np.where(gaps[..., None], 0, np.nan_to_num(layers) * 255).round()
    pixels[..., 3] = np.where(gaps, 0, 255)
    rows, columns = gaps.shape
    return figure(
        go.Image(z=pixels, colormodel="rgba", hoverinfo="skip"),
        map_numbers(tiles[0], weights.shape[3], numbers),
        height=height_for(tiles[0], 500, PICTURE_MARGIN, NARROW),
        numbers_above=tiles[0].above,
        aspect=rows / columns,
        title=title,
        description=f"{title}: {len(weights)} kernels as red, green and blue",
        margin=PICTURE_MARGIN,
        showlegend=False,
        **image_axes(),
    )
