import json
from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
import pytest

from explorer.figures.faithfulness import Curve, score_curves

FRACTIONS = np.array([0.0, 0.5, 1.0])
FALLING = np.array([1.0, 0.0, 0.0])
ORDERS = np.array([[0.4, 0.4, 0.4], [0.5, 0.5, 0.5], [0.8, 0.8, 0.8]])


def drawn(curves: Mapping[str, np.ndarray], limits: tuple[float, float] | None = None) -> go.Figure:
    lines = {name: Curve(scores, "#2f7cc0", "solid") for name, scores in curves.items()}
    return score_curves(FRACTIONS, lines, ORDERS, "Deletion", x_title="share", low_is_good=True, limits=limits)


CHART = drawn({"Saliency": FALLING, "LRP": FALLING[::-1]}, (0, 1))


def test_each_curve_is_named_with_its_area_and_random_order_is_dotted() -> None:
    # by hand: two trapezoids half as wide as high
    names = [trace.name for trace in CHART.data[1:]]
    assert names == ["Saliency: area 0.250", "LRP: area 0.250", "Random order, median of 3: area 0.500"]
    assert [trace.line.dash for trace in CHART.data[1:]] == ["solid", "solid", "dot"]
    assert all(name in CHART.layout.meta["description"] for name in names)


def test_every_line_of_the_legend_has_room_below_the_axis() -> None:
    many = drawn(dict.fromkeys("abcdefgh", FALLING))
    for chart in (CHART, many):
        assert chart.layout.height - chart.layout.margin.b - chart.layout.margin.t > 200
    assert many.layout.margin.b - CHART.layout.margin.b == many.layout.height - CHART.layout.height


def test_random_orders_are_a_band_from_the_lowest_to_the_highest() -> None:
    area = CHART.data[0]
    assert area.fill == "toself"
    assert (float(min(area.y)), float(max(area.y))) == pytest.approx((0.4, 0.8))
    assert CHART.data[-1].y.tolist() == [0.5, 0.5, 0.5]


def test_a_map_is_only_better_than_chance_if_it_is_better_than_every_random_order() -> None:
    assert "Better than all 3 random orders: Saliency and LRP." in CHART.layout.meta["reading"]
    within = drawn({"Saliency": np.full(3, 0.45)}).layout.meta["reading"]
    assert "no better than chance: Saliency" in within
    assert "Better" not in within


def test_numbers_travel_as_typed_arrays_of_at_most_four_bytes() -> None:
    for trace in json.loads(CHART.to_json())["data"]:
        assert trace["y"]["dtype"] == "f4"


def test_the_axis_has_the_given_limits() -> None:
    assert CHART.layout.yaxis.range == (0, 1)


def test_a_chart_without_maps_says_so() -> None:
    assert "no map" in drawn({}).layout.meta["description"]
