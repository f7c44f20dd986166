"""The lecture's five types of network as small pictures: inputs red, cells green, outputs blue.

After Andrej Karpathy, "The Unreasonable Effectiveness of Recurrent Neural Networks" (2015),
https://karpathy.github.io/2015/05/21/rnn-effectiveness/.
"""

from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.style import HIDDEN_AXIS, NEUTRAL, figure
from explorer.figures.unrolled import CELLS, INPUT, OUTPUT

COLUMNS = 5  # of the widest picture; the others have the same scale
ROWS = {"output": 2.0, "cell": 1.0, "input": 0.0}
HALF = 13.0  # pixels from the middle of a box to its edge


class Boxes(NamedTuple):
    """The columns in which a type has boxes."""

    inputs: tuple[int, ...]
    cells: tuple[int, ...]
    outputs: tuple[int, ...]


TYPES = {  # as the slide draws them
    "one-to-one": Boxes((0,), (0,), (0,)),
    "one-to-many": Boxes((0,), (0, 1, 2), (0, 1, 2)),
    "many-to-one": Boxes((0, 1, 2), (0, 1, 2), (2,)),
    "many-to-many in step": Boxes((0, 1, 2), (0, 1, 2), (0, 1, 2)),
    "many-to-many encoder-decoder": Boxes((0, 1, 2), (0, 1, 2, 3, 4), (2, 3, 4)),
}


def type_picture(kind: str) -> go.Figure:
    """The boxes and arrows of one of the five types; a click on a box is reported."""
    boxes = TYPES[kind]
    edges = [
        *((column, ROWS["input"], column, ROWS["cell"]) for column in boxes.inputs),
        *((column, ROWS["cell"], column, ROWS["output"]) for column in boxes.outputs),
        *((column, ROWS["cell"], column + 1, ROWS["cell"]) for column in boxes.cells[:-1]),
    ]
    middle = boxes.cells[-1] / 2
    return figure(
        marks.arrows(
            [place for start, _, end, _ in edges for place in (start, end, None)],
            np.array([height for _, low, _, high in edges for height in (low, high, np.nan)]),
            {"color": NEUTRAL, "width": 2},
            np.array([0, 8, 0] * len(edges), np.float32),
            np.array([0, HALF, 0] * len(edges), np.float32),
        ),
        *(
            marks.points(
                np.array(columns, np.int32),
                np.full(len(columns), ROWS[name]),
                hover=f"{name}",
                marker={"symbol": "square", "size": 2 * HALF - 6, "color": colour},
            )
            for name, columns, colour in (
                ("input", boxes.inputs, INPUT),
                ("cell", boxes.cells, CELLS),
                ("output", boxes.outputs, OUTPUT),
            )
        ),
        height=170,
        title=kind.capitalize(),
        description=f"{kind}: {len(boxes.inputs)} inputs, {len(boxes.cells)} cells, {len(boxes.outputs)} outputs",
        margin={"l": 4, "r": 4, "t": 34, "b": 6},
        showlegend=False,
        hovermode="closest",
        xaxis=HIDDEN_AXIS | {"range": [middle - COLUMNS / 2, middle + COLUMNS / 2]},
        yaxis=HIDDEN_AXIS | {"range": [-0.45, 2.45]},
    )
