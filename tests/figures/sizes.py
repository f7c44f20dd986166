"""The sizes that a picture has on a page, from its layout alone, as explorer/ui/chart/layout.js computes them."""

import plotly.graph_objects as go

TITLE = 24  # pixels that the page takes from a figure's top, since it writes the title itself
TEXT = 10  # pixels that a text needs
LEAST = 60  # pixels that a picture is high


def pixels_per_cell(chart: go.Figure, width: float) -> float:
    """Pixels per cell of a picture whose page gives it a width in pixels."""
    layout, cells = chart.layout, chart.data[0].z
    rows, columns = len(cells), len(cells[0])
    across = width - layout.margin.l - layout.margin.r
    frame = layout.margin.t + layout.margin.b - TITLE
    height = min(layout.height - TITLE, round(frame + max(LEAST, across * layout.meta["aspect"])))
    return float(min(across / columns, (height - frame) / rows))


def shows_numbers(chart: go.Figure, width: float) -> bool:
    """Whether the page draws the texts above the parts of a picture: it leaves them out where they have no room."""
    return bool(chart.layout.meta["numbers_above"] * pixels_per_cell(chart, width) >= TEXT)
