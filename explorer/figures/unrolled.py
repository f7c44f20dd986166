"""A recurrent network unrolled in time, as in the lecture: inputs red, cells green, outputs blue.

After Andrej Karpathy, "The Unreasonable Effectiveness of Recurrent Neural Networks" (2015),
https://karpathy.github.io/2015/05/21/rnn-effectiveness/.
"""

from collections.abc import Container, Mapping, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from explorer.figures import marks
from explorer.figures.style import HIDDEN_AXIS, MARK, NEUTRAL, SEQUENCE, TEST, Layout, figure, legend_below
from explorer.figures.time_axis import readable

Architecture = Literal[
    "one-to-one", "one-to-many", "many-to-one", "many-to-many in step", "many-to-many encoder-decoder"
]
INPUT, CELLS, OUTPUT = SEQUENCE[6], TEST, SEQUENCE[0]
MOST_COLUMNS, MOST_LONG_COLUMNS = 12, 8  # the second if labels are words or numbers
LONGEST_LABEL = 6  # characters that fit above a column on a phone
BETWEEN = "…"
FEEDBACK = "each output is the next input"
HALF_WIDTH, HALF_HEIGHT = 9, 15  # pixels


def unrolled(
    architecture: Architecture,
    input_ticks: Sequence[str],
    output_ticks: Sequence[str],
    shapes: Mapping[str, str],
    chosen: int | None = None,
    source_length: int | None = None,
) -> go.Figure:
    """The cell of every time step with its input and output; the middle of a long sequence is left out.

    The cells are the first trace, and its x is the time step: a click on a cell reports it, as text ("97").

    Args:
        architecture: determines which steps have inputs and outputs.
        input_ticks: the input at each step; for an encoder-decoder the source, followed by the inputs of the decoder
            if ``source_length`` is given.
        output_ticks: the outputs.
        shapes: for "input", "cell" and "output", the shape in the legend.
        chosen: the time step to mark.
        source_length: the number of time steps of the encoder.
    """
    read, answered = _places(architecture, input_ticks, output_ticks, source_length)
    count = max([*read, *answered], default=0) + 1
    longest = max(map(len, [*read.values(), *answered.values()]), default=0)
    steps = _shown_steps(count, chosen, MOST_COLUMNS if longest <= 3 else MOST_LONG_COLUMNS)
    encoder = source_length or len(input_ticks) if architecture == "many-to-many encoder-decoder" else None
    rows = (
        ("cell", 1.0, CELLS, {step: _part(step, encoder) for step in range(count)}),
        ("input", 0.0, INPUT, read),
        ("output", 2.0, OUTPUT, answered),
    )
    return figure(
        *(_row(name, y, colour, labels, steps, shapes.get(name, "")) for name, y, colour, labels in rows),
        *_arrows(steps, read, answered),
        *(_feedback(steps, answered) if architecture == "one-to-many" else []),
        _words(-0.45, read, steps),
        _words(2.45, answered, steps),
        height=290,
        title=architecture.capitalize(),
        description=f"{architecture}: {count} time steps, {len(read)} inputs, {len(answered)} outputs",
        margin={"l": 6, "r": 6, "t": 34, "b": 66},
        showlegend=True,
        legend=legend_below(0.2) | {"traceorder": "normal"},
        hovermode="closest",
        shapes=[
            *_boxes(steps, read, INPUT, 0.0),
            *_boxes(steps, range(count), CELLS, 1.0, chosen, encoder),
            *_boxes(steps, answered, OUTPUT, 2.0),
        ],
        xaxis={
            "type": "category",
            "categoryorder": "array",
            "categoryarray": _categories(steps),
            "showgrid": False,
            "showline": False,
            "tickangle": 0,
            "tickfont": {"size": 10, "color": NEUTRAL},
            "fixedrange": True,
            "range": [-0.6, len(_categories(steps)) - 0.4],
        },
        yaxis=HIDDEN_AXIS | {"range": [-0.62, 2.62]},
    )


def _places(
    architecture: Architecture, inputs: Sequence[str], outputs: Sequence[str], source_length: int | None
) -> tuple[dict[int, str], dict[int, str]]:
    """The inputs and the outputs, by time step."""
    read = dict(enumerate(inputs))
    if architecture == "one-to-many":
        read = dict(enumerate(inputs[:1]))
    first = 0
    if architecture == "many-to-one":
        first = max(len(inputs) - 1, 0)
    if architecture == "many-to-many encoder-decoder":
        first = len(inputs) if source_length is None else source_length
    return read, {first + number: text for number, text in enumerate(outputs)}


def _shown_steps(count: int, chosen: int | None, most: int) -> list[int | None]:
    """The steps to draw, with None for a gap; the selected step is always included."""
    if count <= most:
        return list(range(count))
    half = (most - 2) // 2
    kept = sorted({*range(half), *range(count - half, count), *([] if chosen is None else [chosen])})
    steps: list[int | None] = []
    for before, step in zip([-1, *kept], kept, strict=False):
        steps += [step] if step == before + 1 else [None, step]
    return steps


def _part(step: int, encoder: int | None) -> str:
    return "" if encoder is None else "of the encoder" if step < encoder else "of the decoder"


def _categories(steps: Sequence[int | None]) -> list[int | str]:
    """The names of the columns: the time step, or for gaps dots of increasing width, because names must be unique."""
    gaps = 0
    names: list[int | str] = []
    for step in steps:
        gaps += step is None
        names.append(BETWEEN + "\u2009" * (gaps - 1) if step is None else step)
    return names


def _row(
    name: str, y: float, colour: str, labels: Mapping[int, str], steps: Sequence[int | None], shape: str
) -> go.Scatter:
    shown = [step for step in steps if step is not None and step in labels]
    return marks.points(
        np.array(shown, np.int32),
        np.full(len(shown), y),
        hover="%{hovertext}",
        name=f"{name} {shape}".strip(),
        marker={"symbol": "square", "size": 18, "color": colour},
        hovertext=[f"step {step}: {name} {readable(labels[step])}".strip() for step in shown],
    )


def _words(y: float, labels: Mapping[int, str], steps: Sequence[int | None]) -> go.Scatter:
    shown = [step for step in steps if step is not None and step in labels]
    size = 11 if len(steps) < MOST_COLUMNS - 2 else 9
    return marks.texts(
        np.array(shown, np.int32),
        np.full(len(shown), y),
        [_short(labels[step]) for step in shown],
        size,
        textfont={"size": size, "family": "monospace"},
        cliponaxis=False,
        showlegend=False,
    )


def _short(label: str) -> str:
    """A label, cut to the width of its column."""
    return readable(label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1] + BETWEEN)


def _arrows(steps: Sequence[int | None], read: Mapping[int, str], answered: Mapping[int, str]) -> list[go.Scatter]:
    """Arrows from inputs to cells, from cells to outputs and from cell to cell, and dots in the gaps."""
    columns = _categories(steps)
    sideways = list(pairwise(columns))
    gaps = [name for name, step in zip(columns, steps, strict=True) if step is None]
    dots = marks.texts(gaps, np.full(len(gaps), 1.24), [BETWEEN] * len(gaps), 18, showlegend=False)
    return [
        _arrow([(step, 0.0, step, 1.0) for step in steps if step is not None and step in read], HALF_HEIGHT),
        _arrow([(step, 1.0, step, 2.0) for step in steps if step is not None and step in answered], HALF_HEIGHT),
        _arrow([(one, 1.0, other, 1.0) for one, other in sideways], HALF_WIDTH),
        *([dots] if gaps else []),
    ]


def _feedback(steps: Sequence[int | None], answered: Mapping[int, str]) -> list[go.Scatter]:
    """Dashed arrows from each output to the next cell, which reads it."""
    both = [(one, other) for one, other in pairwise(steps) if one in answered and one is not None and other is not None]
    if not both:
        return []
    drawn = _arrow([(one, 2.0, other, 1.0) for one, other in both], HALF_HEIGHT)
    return [drawn.update(name=FEEDBACK, showlegend=True, line={"color": OUTPUT, "width": 1.5, "dash": "dot"})]


def _arrow(edges: Sequence[tuple[int | str, float, int | str, float]], standoff: float) -> go.Scatter:
    return marks.arrows(
        [place for start, _, end, _ in edges for place in (start, end, None)],
        np.array([height for _, low, _, high in edges for height in (low, high, np.nan)]),
        {"color": NEUTRAL, "width": 2},
        np.array([0, 8, 0] * len(edges), np.float32),
        np.array([0, standoff, 0] * len(edges), np.float32),
        showlegend=False,
    )


def _boxes(
    steps: Sequence[int | None],
    filled: Container[int],
    colour: str,
    y: float,
    chosen: int | None = None,
    encoder: int | None = None,
) -> list[Layout]:
    """Boxes of fixed size in pixels; those of an encoder have a frame in the colour of the inputs."""
    return [
        {
            "type": "rect",
            "xsizemode": "pixel",
            "ysizemode": "pixel",
            "xanchor": column,
            "yanchor": y,
            "x0": -HALF_WIDTH,
            "x1": HALF_WIDTH,
            "y0": -HALF_HEIGHT,
            "y1": HALF_HEIGHT,
            "fillcolor": colour,
            "line": _frame(steps[column], colour, chosen, encoder),
        }
        for column in range(len(steps))
        if steps[column] in filled
    ]


def _frame(step: int | None, colour: str, chosen: int | None, encoder: int | None) -> Layout:
    if step is not None and step == chosen:
        return {"color": MARK, "width": 3.5}
    if step is not None and encoder is not None and step < encoder:
        return {"color": INPUT, "width": 2}
    return {"color": colour, "width": 1}
