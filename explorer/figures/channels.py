"""One channel: the patches that activate it most, the effect of ablating it, and its feature visualisation."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.readings.answers import ascended, logits_changed, ranked_channels
from explorer.figures.style import MARK, NEUTRAL, PICTURE_MARGIN, SEQUENCE, Layout, figure, image_axes, line_axes
from explorer.figures.tiling import Tiles, height_for, tile

SUPPORTS, OPPOSES = SEQUENCE[0], SEQUENCE[1]
MOST_BARS = 20  # at each end of a ranking
MOST_CLASSES = 12
OPAQUE = 255
RANKED_AXIS: Layout = {
    "type": "category",
    "autorange": "reversed",
    "showgrid": False,
    "tickfont": {"size": 10},
    "dtick": 1,
}


def patch_tiles(windows: np.ndarray) -> Tiles:
    """The layout of patches in one picture; windows (patch, 4): first row, last row, first column, last column."""
    height = int((windows[:, 1] - windows[:, 0]).max(initial=0)) + 1
    width = int((windows[:, 3] - windows[:, 2]).max(initial=0)) + 1
    return tile(np.zeros((len(windows), height, width), np.float32))


def patch_grid(
    pictures: np.ndarray, windows: np.ndarray, values: np.ndarray, names: Sequence[str], title: str
) -> go.Figure:
    """Patches cut out of pictures, side by side in one picture, each below its activation.

    A patch cut off by the border of its picture is aligned as in the receptive field: to the side that was not cut.

    Args:
        pictures: uint8 (patch, row, column, channel), uncropped.
        windows: (patch, 4): first row, last row, first column, last column, inclusive.
        values: (patch,) the activations.
        names: of the pictures, shown on hover.
        title: of the chart.
    """
    tiles = patch_tiles(windows)
    canvas = np.zeros((*tiles.values.shape, 4), np.uint8)  # transparent between the patches
    height, width = _size(tiles, len(windows))
    for picture, (top, bottom, left, right), origin in zip(pictures, windows, tiles.origins, strict=True):
        patch = picture[top : bottom + 1, left : right + 1]
        row = origin[0] + (height - patch.shape[0] if top == 0 else 0)
        column = origin[1] + (width - patch.shape[1] if left == 0 else 0)
        place = canvas[row : row + patch.shape[0], column : column + patch.shape[1]]
        place[..., :3], place[..., 3] = patch, OPAQUE  # a grey value is broadcast to all three colours
    rows, columns = tiles.values.shape
    x, y = tiles.origins[:, 1] + (width - 1) / 2, tiles.origins[:, 0] - 0.5 - tiles.above / 2
    return figure(
        go.Image(z=canvas, colormodel="rgba256", hoverinfo="none"),
        marks.points(
            x.astype(np.float32),
            y.astype(np.float32),
            hover="%{customdata}: %{text}",
            text=[f"{value:.3g}" for value in values],
            customdata=list(names),
            mode="text",
            textfont={"size": 10},
        ),
        height=height_for(tiles, 456, PICTURE_MARGIN),
        numbers_above=tiles.above,
        aspect=rows / columns,
        title=title,
        description=f"{title}: {len(windows)} patches, the largest activation {values.max(initial=0):.3g}",
        margin=PICTURE_MARGIN,
        showlegend=False,
        **image_axes(),
    )


def patch_at(windows: np.ndarray, x: float, y: float) -> int | None:
    """The number of the patch at a clicked place of ``patch_grid``, including its label; None in a gap."""
    tiles = patch_tiles(windows)
    height, width = _size(tiles, len(windows))
    for number, (row, column) in enumerate(tiles.origins):
        above = row - tiles.above
        if above <= round(y) < row + height and column <= round(x) < column + width:
            return number
    return None


def ranking(effects: np.ndarray, class_name: str, ablated: Sequence[int] = ()) -> go.Figure:
    """The channels whose ablation changes the logit of a class most, the largest decrease at the top.

    Args:
        effects: (channel,) the logit without the channel minus the logit with it.
        class_name: of the logit.
        ablated: channels to mark.
    """
    order = np.argsort(effects, kind="stable")
    if len(order) > 2 * MOST_BARS:
        order = np.concatenate((order[:MOST_BARS], order[-MOST_BARS:]))
    shown = effects[order].astype(np.float32)
    colours = [OPPOSES if value > 0 else SUPPORTS for value in shown]
    return figure(
        marks.bars(
            shown,
            [str(channel) for channel in order],
            across=True,
            hover="without channel %{y}: %{x:+.4g}",
            marker={
                "color": colours,
                "line": {"color": MARK, "width": [3 if channel in ablated else 0 for channel in order]},
            },
        ),
        height=110 + 15 * len(order),
        title=f"Effect of ablating each channel on the logit of {class_name}",
        description=(
            f"Change of the logit of {class_name} when a channel is ablated: from {effects.min(initial=0):.3g} "
            f"to {effects.max(initial=0):.3g}"
        ),
        reading=ranked_channels(effects, class_name),
        bargap=0.15,
        **line_axes(
            f"change of the logit of {class_name}",
            "channel",
            {"zeroline": True},
            RANKED_AXIS,
        ),
    )


def logits_before_after(
    before: np.ndarray, after: np.ndarray, class_names: Sequence[str], names: tuple[str, str]
) -> go.Figure:
    """The logit of each class before and after a change, as two bars; of many classes, those with the largest logits.

    Args:
        before: (class,) logits.
        after: (class,) logits.
        class_names: of all classes.
        names: of ``before`` and ``after`` in the legend.
    """
    shown = np.arange(len(before))
    if len(before) > MOST_CLASSES:
        shown = np.argsort(-np.maximum(before, after), kind="stable")[:MOST_CLASSES]
    classes = [class_names[int(number)] for number in shown]
    first, then = (class_names[int(np.argmax(values))] for values in (before, after))
    return figure(
        *(
            marks.bars(values[shown], classes, hover=f"%{{x}}, {name}: %{{y:.5g}}", name=name, marker_color=colour)
            for name, values, colour in zip(names, (before, after), (NEUTRAL, MARK), strict=True)
        ),
        height=290,
        title=f"The prediction stays {first}" if first == then else f"The prediction changes from {first} to {then}",
        description=f"Logits of {len(classes)} classes, {names[0]} and {names[1]}; predictions: {first}, then {then}",
        reading=logits_changed(before, after, class_names),
        barmode="group",
        margin={"l": 44, "r": 12, "t": 58, "b": 38},
        **line_axes("class", "logit", {"type": "category"}, {"zeroline": True}),
    )


def changes_by_layer(changes: Mapping[str, float], title: str) -> go.Figure:
    """The relative change of each layer's output, in the order of the layers; 0 before the edited layer."""
    names = list(changes)
    return figure(
        marks.bars(
            np.array(list(changes.values())),
            names,
            across=True,
            hover="%{y}: changed by %{x:.3%} of its norm",
            marker_color=MARK,
        ),
        height=90 + 17 * len(names),
        title=title,
        description=f"{title}: {sum(value > 0 for value in changes.values())} of {len(names)} layers change",
        **line_axes(
            "norm of the change / norm of the output",
            "",
            {"tickformat": ".2~%", "rangemode": "tozero"},
            RANKED_AXIS,
        ),
    )


def ascent(iterations: np.ndarray, activations: np.ndarray, real: float) -> go.Figure:
    """The activation of a channel during the gradient ascent of its feature visualisation.

    Args:
        iterations: (frame,).
        activations: (frame,).
        real: the activation that the strongest real picture reaches, a dashed line.
    """
    ends = iterations[[0, -1]]
    return figure(
        marks.line(iterations, activations, "optimised picture", MARK, hover="iteration %{x}: %{y:.5g}"),
        marks.line(ends, np.array([real, real]), "strongest real picture", NEUTRAL, dash="dash", hover="%{y:.5g}"),
        height=220,
        title=f"The activation went from {activations[0]:.3g} to {activations[-1]:.3g}",
        reading=ascended(activations, real),
        showlegend=True,
        **line_axes("iteration", "activation"),
    )


def _size(tiles: Tiles, count: int) -> tuple[int, int]:
    """Rows and columns of one tile."""
    first = tiles.maps == 0
    return (int(first.any(axis=1).sum()), int(first.any(axis=0).sum())) if count else (1, 1)
