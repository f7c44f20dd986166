"""What a channel responds to, and what becomes of the answer without it."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.figures.maps import Tiles, tile
from explorer.figures.style import MARK, NEUTRAL, SEQUENCE, figure, image_axes, line_axes

SPEAKS_FOR, SPEAKS_AGAINST = SEQUENCE[0], SEQUENCE[1]
MOST_BARS = 20  # at each end of a ranking
MOST_CLASSES = 12
OPAQUE = 255


def patch_tiles(windows: np.ndarray) -> Tiles:
    """The places of patches in one picture; windows (patch, 4): first row, last row, first column, last column."""
    height = int((windows[:, 1] - windows[:, 0]).max(initial=0)) + 1
    width = int((windows[:, 3] - windows[:, 2]).max(initial=0)) + 1
    return tile(np.zeros((len(windows), height, width), np.float32))


def patch_grid(
    pictures: np.ndarray, windows: np.ndarray, values: np.ndarray, names: Sequence[str], title: str
) -> go.Figure:
    """Patches cut out of pictures, side by side in one picture, each under its activation.

    A patch that the picture's border has cut lies where its unit saw it: at the side that was not cut.

    Args:
        pictures: uint8 (patch, row, column, channel), each whole.
        windows: (patch, 4): first row, last row, first column, last column, inclusive.
        values: (patch,) the activations.
        names: what each picture is, for the hover.
        title: what is seen.
    """
    tiles = patch_tiles(windows)
    canvas = np.zeros((*tiles.values.shape, 4), np.uint8)  # transparent between the patches
    height, width = _size(tiles, len(windows))
    for picture, (top, bottom, left, right), origin in zip(pictures, windows, tiles.origins, strict=True):
        patch = picture[top : bottom + 1, left : right + 1]
        row = origin[0] + (height - patch.shape[0] if top == 0 else 0)
        column = origin[1] + (width - patch.shape[1] if left == 0 else 0)
        place = canvas[row : row + patch.shape[0], column : column + patch.shape[1]]
        place[..., :3], place[..., 3] = patch, OPAQUE  # one grey value counts for all three colours
    rows, columns = tiles.values.shape
    x, y = tiles.origins[:, 1] + (width - 1) / 2, tiles.origins[:, 0] - max(1.0, height * 0.14)
    return figure(
        go.Image(z=canvas, colormodel="rgba256", hoverinfo="none"),
        go.Scatter(
            x=x.astype(np.float32),
            y=y.astype(np.float32),
            text=[f"{value:.3g}" for value in values],
            customdata=list(names),
            mode="text",
            textfont={"size": 10},
            hovertemplate="%{customdata}: %{text}<extra></extra>",
        ),
        height=456,
        aspect=rows / columns,
        title=title,
        description=f"{title}: {len(windows)} patches, the strongest response {values.max(initial=0):.3g}",
        margin={"l": 4, "r": 4, "t": 30, "b": 6},
        showlegend=False,
        **image_axes(),
    )


def patch_at(windows: np.ndarray, x: float, y: float) -> int | None:
    """The number of the patch at a clicked place of ``patch_grid``, its label above included; None in a gap."""
    tiles = patch_tiles(windows)
    height, width = _size(tiles, len(windows))
    for number, (row, column) in enumerate(tiles.origins):
        above = row - (row if number < tiles.per_row else max(1, height // 3))
        if above <= round(y) < row + height and column <= round(x) < column + width:
            return number
    return None


def ranking(effects: np.ndarray, class_name: str, silent: Sequence[int] = ()) -> go.Figure:
    """The channels whose silence changes a class's logit most, the most harmful silence on top.

    Args:
        effects: (channel,): the logit without the channel − the logit with it.
        class_name: whose logit.
        silent: channels to mark.
    """
    order = np.argsort(effects, kind="stable")
    if len(order) > 2 * MOST_BARS:
        order = np.concatenate((order[:MOST_BARS], order[-MOST_BARS:]))
    shown = effects[order].astype(np.float32)
    colours = [SPEAKS_AGAINST if value > 0 else SPEAKS_FOR for value in shown]
    return figure(
        go.Bar(
            x=shown,
            y=[str(channel) for channel in order],
            orientation="h",
            marker={
                "color": colours,
                "line": {"color": MARK, "width": [3 if channel in silent else 0 for channel in order]},
            },
            hovertemplate="without channel %{y}: %{x:+.4g}<extra></extra>",
        ),
        height=110 + 15 * len(order),
        title=f"What silencing each channel does to the logit of {class_name}",
        description=(
            f"Effect of silencing a channel on the logit of {class_name}: from {effects.min(initial=0):.3g} "
            f"to {effects.max(initial=0):.3g}"
        ),
        bargap=0.15,
        **line_axes(
            f"change of the logit of {class_name}",
            "channel",
            {"zeroline": True},
            {"type": "category", "autorange": "reversed", "showgrid": False, "tickfont": {"size": 10}, "dtick": 1},
        ),
    )


def logits_before_after(
    before: np.ndarray, after: np.ndarray, class_names: Sequence[str], what: tuple[str, str]
) -> go.Figure:
    """Two bars a class: its logit before and after a change; of many classes those with the largest logits.

    Args:
        before: (class,).
        after: (class,).
        class_names: of every class.
        what: what to call the two.
    """
    shown = np.arange(len(before))
    if len(before) > MOST_CLASSES:
        shown = np.argsort(-np.maximum(before, after), kind="stable")[:MOST_CLASSES]
    names = [class_names[int(number)] for number in shown]
    answers = [class_names[int(np.argmax(values))] for values in (before, after)]
    same = answers[0] == answers[1]
    return figure(
        *(
            go.Bar(
                x=names,
                y=values[shown].astype(np.float32),
                name=name,
                marker_color=colour,
                hovertemplate=f"%{{x}}, {name}: %{{y:.5g}}<extra></extra>",
            )
            for name, values, colour in zip(what, (before, after), (NEUTRAL, MARK), strict=True)
        ),
        height=290,
        title=f"The answer stays {answers[0]}" if same else f"The answer changes from {answers[0]} to {answers[1]}",
        description=f"Logits of {len(names)} classes, {what[0]} and {what[1]}; the answer is {' then '.join(answers)}",
        barmode="group",
        margin={"l": 44, "r": 12, "t": 58, "b": 38},
        **line_axes("class", "logit", {"type": "category"}, {"zeroline": True}),
    )


def changes_by_layer(changes: Mapping[str, float], title: str) -> go.Figure:
    """How much each layer's output moved, in the order of the layers; 0 before the place of the change."""
    names = list(changes)
    return figure(
        go.Bar(
            x=np.array(list(changes.values()), np.float32),
            y=names,
            orientation="h",
            marker_color=MARK,
            hovertemplate="%{y}: moved by %{x:.3%} of its size<extra></extra>",
        ),
        height=90 + 17 * len(names),
        title=title,
        description=f"{title}: {sum(value > 0 for value in changes.values())} of {len(names)} layers move",
        **line_axes(
            "change, relative to the layer's values",
            "",
            {"tickformat": ".2~%", "rangemode": "tozero"},
            {"type": "category", "autorange": "reversed", "showgrid": False, "tickfont": {"size": 10}, "dtick": 1},
        ),
    )


def ascent(iterations: np.ndarray, activations: np.ndarray) -> go.Figure:
    """How the activation rose while a picture was sought."""
    return figure(
        go.Scatter(
            x=iterations.astype(np.int32),
            y=activations.astype(np.float32),
            mode="lines",
            line={"color": MARK, "width": 2},
            hovertemplate="iteration %{x}: %{y:.5g}<extra></extra>",
        ),
        height=200,
        title=f"Its activation rose from {activations[0]:.3g} to {activations[-1]:.3g}",
        **line_axes("iteration", "activation"),
    )


def _size(tiles: Tiles, count: int) -> tuple[int, int]:
    """Rows and columns of one tile."""
    first = tiles.maps == 0
    return (int(first.any(axis=1).sum()), int(first.any(axis=0).sum())) if count else (1, 1)
