import json

import numpy as np

from explorer.figures.faithfulness import score_curves

FRACTIONS = np.array([0.0, 0.5, 1.0])
FALLING = np.array([1.0, 0.0, 0.0])
CHART = score_curves(
    FRACTIONS, {"Saliency": FALLING, "LRP": FALLING[::-1]}, np.full(3, 0.5), "Deletion", x_title="share", limits=(0, 1)
)


def test_each_curve_is_named_with_its_area_and_random_order_is_dotted() -> None:
    # by hand: two trapezoids half as wide as high
    names = [trace.name for trace in CHART.data]
    assert names == ["Saliency: area 0.250", "LRP: area 0.250", "Random order: area 0.500"]
    assert [trace.line.dash for trace in CHART.data] == ["solid", "solid", "dot"]
    assert all(name in CHART.layout.meta["description"] for name in names)


def test_every_line_of_the_legend_has_room_below_the_axis() -> None:
    many = score_curves(FRACTIONS, dict.fromkeys("abcdefgh", FALLING), FALLING, "Deletion", x_title="share")
    for chart in (CHART, many):
        assert chart.layout.height - chart.layout.margin.b - chart.layout.margin.t > 200
    assert many.layout.margin.b - CHART.layout.margin.b == many.layout.height - CHART.layout.height


def test_more_curves_than_colours_differ_in_their_dashes() -> None:
    many = score_curves(FRACTIONS, dict.fromkeys("abcdefghij", FALLING), FALLING, "Deletion", x_title="share")
    assert len({(trace.line.color, trace.line.dash) for trace in many.data}) == 11


def test_numbers_travel_as_typed_arrays_of_at_most_four_bytes() -> None:
    for trace in json.loads(CHART.to_json())["data"]:
        assert trace["y"]["dtype"] == "f4"


def test_the_axis_has_the_given_limits() -> None:
    assert CHART.layout.yaxis.range == (0, 1)


def test_a_chart_without_maps_says_so() -> None:
    assert "no map" in score_curves(FRACTIONS, {}, FALLING, "Deletion", x_title="share").layout.meta["description"]
