"""A chart over the time steps of the sequence, with what is read below it."""

from collections.abc import Callable

import plotly.graph_objects as go

from explorer.figures.input_strip import with_strip
from explorer.ui.chart import Click, chart
from explorer.ui.subject.sequence import SequenceSubject


def timed_chart(
    subject: SequenceSubject,
    figure: go.Figure,
    key: str,
    kind: str,
    *,
    reading: str = "",
    on_click: Callable[[Click], None] | None = None,
) -> None:
    """Draw a chart whose horizontal axis is this sequence's time; characters stand on the axis itself.

    Arguments as of ``chart``. A click on the strip has a negative y.
    """
    chart(with_strip(figure, subject.strip), key, kind, reading=reading, on_click=on_click)
