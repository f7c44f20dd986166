"""Charts in rows: each takes its share of the width, and their order stays."""

from itertools import pairwise

import plotly.graph_objects as go
from hypothesis import given
from hypothesis import strategies as some

from explorer.ui.bar.two_steps import rows
from explorer.ui.redraw import Drawn


@given(some.lists(some.sampled_from([0.25, 1 / 3, 0.5, 2 / 3, 1.0]), max_size=20))
def test_no_row_is_wider_than_the_page_and_no_chart_is_lost(shares: list[float]) -> None:
    charts = [Drawn(go.Figure(), str(number), "input", "", share) for number, share in enumerate(shares)]
    found = list(rows(charts))
    assert [one for row in found for one in row] == charts
    assert all(row and sum(one.share for one in row) <= 1.02 for row in found)
    assert all(sum(one.share for one in row) + after[0].share > 1 for row, after in pairwise(found))
