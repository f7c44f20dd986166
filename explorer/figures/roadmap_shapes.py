"""The shapes of a roadmap's map: boxes of topics, and bands of stages with their names.

Three boxes side by side are readable at a width of 360 pixels; on a wider screen boxes only become wider.
"""

from explorer.figures.style import Layout

SLOTS = 3
HALF = 0.46  # half the width of a box, in slots
SIDE = 0.5 + 0.04  # from the middle of the outer slots to the edge of the map
BOX, PITCH, HEAD, BELOW = 48, 64, 30, 6  # pixels: a box, from box to box, above the boxes of a band, below them
BAND = "var(--st-secondary-background-color)"  # the chart component resolves it


def box(x: float, y: float, fill: str, line: Layout, grown: float = 0) -> Layout:
    """A box with rounded corners, extended by ``grown`` pixels above and below."""
    left, right = x - HALF - grown / 300, x + HALF + grown / 300
    top, bottom = y - BOX / 2 - grown, y + BOX / 2 + grown
    across, down = 0.05, 8
    return {
        "type": "path",
        "path": f"M {left + across},{top} L {right - across},{top} Q {right},{top} {right},{top + down} "
        f"L {right},{bottom - down} Q {right},{bottom} {right - across},{bottom} L {left + across},{bottom} "
        f"Q {left},{bottom} {left},{bottom - down} L {left},{top + down} Q {left},{top} {left + across},{top} Z",
        "fillcolor": fill,
        "line": line,
        "layer": "below",
    }


def band(top: float, bottom: float) -> Layout:
    """The background of a stage, from the middle of its first row to the middle of its last row."""
    return {
        "type": "rect",
        "x0": -SIDE,
        "x1": SLOTS - 1 + SIDE,
        "y0": top - BOX / 2 - HEAD + 4,
        "y1": bottom + BOX / 2 + BELOW,
        "fillcolor": BAND,
        "line": {"width": 0},
        "layer": "below",
    }


def band_name(name: str, y: float) -> Layout:
    """The name of a stage above its first row, whose middle is at ``y``."""
    return {
        "text": f"<b>{name}</b>",
        "x": -SIDE + 0.04,
        "xanchor": "left",
        "y": y - BOX / 2 - HEAD / 2 + 2,
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": 12},
        "bgcolor": BAND,  # hides the lines behind it
        "borderpad": 1,
        "captureevents": False,
    }
