import json

import numpy as np
import pytest

from explorer.figures.attribution import attribution_beside, attribution_maps, attribution_overlay
from explorer.figures.randomisation import randomisation_curve
from explorer.figures.style import SIGNED_DARK

MAPS = {"Saliency": np.array([[-2.0, 1.0], [0.0, 0.5]]), "Grad-CAM": np.array([[30.0]])}
FIGURES = {
    "maps": attribution_maps(MAPS, "Attribution"),
    "overlay": attribution_overlay(np.zeros((4, 6, 3), np.uint8), MAPS["Saliency"], "Saliency", 0.5),
    "beside": attribution_beside(np.zeros((4, 6, 3), np.uint8), MAPS["Saliency"], "Saliency"),
    "randomisation": randomisation_curve(["trained", "head"], np.array([1, 0.2]), np.array([1, -0.4]), "Randomised"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_a_height_and_a_description_for_screen_readers(name: str) -> None:
    layout = FIGURES[name].layout
    assert layout.height > 0
    assert layout.meta["description"]


@pytest.mark.parametrize("name", FIGURES)
def test_numbers_travel_as_typed_arrays_of_at_most_four_bytes(name: str) -> None:
    for trace in json.loads(FIGURES[name].to_json())["data"]:
        array = trace.get("z", trace.get("y"))
        assert array["dtype"] in {"f4", "i4", "i2", "i1", "u1"}, trace["type"]


def test_each_map_has_raw_values_and_its_own_scale_symmetric_around_zero() -> None:
    chart = FIGURES["maps"]
    limits = [(axis.cmin, axis.cmax) for axis in (chart.layout.coloraxis, chart.layout.coloraxis2)]
    assert limits[0] == (-limits[0][1], limits[0][1])
    assert limits[0][1] == pytest.approx(np.quantile([2, 1, 0, 0.5], 0.995))
    assert limits[1] == (-30, 30)
    np.testing.assert_array_equal(chart.data[0].z, MAPS["Saliency"])
    assert [trace.name for trace in chart.data[:2]] == list(MAPS)
    assert "%{z" in chart.data[0].hovertemplate
    assert chart.layout.meta["dark_scale"] == SIGNED_DARK


def test_maps_of_different_resolutions_are_drawn_at_the_same_size() -> None:
    chart = FIGURES["maps"]
    spans = [(trace.dx * trace.z.shape[1], trace.dy * trace.z.shape[0]) for trace in chart.data[:2]]
    assert spans[0] == pytest.approx(spans[1])
    assert chart.layout.yaxis.autorange == "reversed"


def test_large_maps_are_averaged_over_blocks_and_the_hover_says_so() -> None:
    chart = attribution_maps({"large": np.arange(36.0).reshape(6, 6)}, "Stages", most_side=3)
    np.testing.assert_array_equal(chart.data[0].z, [[3.5, 5.5, 7.5], [15.5, 17.5, 19.5], [27.5, 29.5, 31.5]])  # by hand
    assert "mean of 2 x 2 pixels" in chart.data[0].hovertemplate


def test_a_map_of_zeros_and_an_empty_set_of_maps_can_be_drawn() -> None:
    assert attribution_maps({"none": np.zeros((2, 2))}, "Attribution").layout.coloraxis.cmax == 1
    assert not attribution_maps({}, "Attribution").data


@pytest.mark.parametrize("channels", [1, 3])
def test_the_overlay_covers_the_picture_with_the_given_opacity(channels: int) -> None:
    pixels = np.arange(4 * 6 * channels, dtype=np.uint8).reshape(4, 6, channels)
    chart = attribution_overlay(pixels, MAPS["Saliency"], "Saliency", 0.3)
    picture, cover = chart.data
    np.testing.assert_array_equal(picture.z, np.broadcast_to(pixels, (4, 6, 3)))
    assert cover.opacity == 0.3
    first, last = cover.x0 - cover.dx / 2, cover.x0 + cover.dx * 1.5
    assert (first, last) == (-0.5, 5.5)  # the picture's own edges
    assert chart.layout.coloraxis.colorscale[2][1].endswith(" 0)")  # transparent at 0


@pytest.mark.parametrize("channels", [1, 3])
def test_a_map_stands_beside_its_picture_at_the_same_size_and_covers_none_of_it(channels: int) -> None:
    pixels = np.arange(4 * 6 * channels, dtype=np.uint8).reshape(4, 6, channels)
    chart = attribution_beside(pixels, MAPS["Saliency"], "Saliency")
    picture, beside = chart.data
    np.testing.assert_array_equal(picture.z, np.broadcast_to(pixels, (4, 6, 3)))
    left, right = beside.x0 - beside.dx / 2, beside.x0 + beside.dx * 1.5
    assert left > 5.5  # the picture's right edge
    assert right - left == pytest.approx(6)
    assert beside.y0 - beside.dy / 2 == -0.5
    assert beside.dy * 2 == pytest.approx(4)
    assert chart.layout.coloraxis.colorbar.title.text == "attribution, 0 white"
