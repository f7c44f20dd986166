import json

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from explorer.figures.kernels import LEAST, NARROW, kernel_pictures
from explorer.figures.maps import coarser, map_grid, picture, single_map
from explorer.figures.tiling import THIRD, WHOLE, map_at, tile
from tests.figures.sizes import pixels_per_cell, shows_numbers


@given(count=st.integers(1, 40), height=st.integers(1, 9), width=st.integers(1, 9), seed=st.integers(0, 99))
def test_every_map_is_complete_at_its_origin_in_the_picture(count: int, height: int, width: int, seed: int) -> None:
    maps = np.random.default_rng(seed).normal(size=(count, height, width)).astype(np.float32)
    tiles = tile(maps)
    for number, (row, column) in enumerate(tiles.origins):
        np.testing.assert_array_equal(tiles.values[row : row + height, column : column + width], maps[number])
    assert np.isfinite(tiles.values).sum() == count * height * width


@given(count=st.integers(1, 30), height=st.integers(1, 6), width=st.integers(1, 6), data=st.data())
def test_a_click_anywhere_on_a_map_finds_that_map(count: int, height: int, width: int, data: st.DataObject) -> None:
    tiles = tile(np.zeros((count, height, width), np.float32))
    number = data.draw(st.integers(0, count - 1))
    row, column = tiles.origins[number]
    y = row + data.draw(st.floats(-0.4, height - 0.6))
    x = column + data.draw(st.floats(-0.4, width - 0.6))
    assert map_at(tiles, x, y) == number


def test_a_click_in_a_gap_or_outside_finds_no_map() -> None:
    tiles = tile(np.zeros((4, 8, 8), np.float32))
    assert map_at(tiles, 0, 0) is None  # the room for the numbers
    assert map_at(tiles, -3, 2) is None
    assert map_at(tiles, 2, 999) is None


def test_the_colours_of_a_layer_are_symmetric_around_zero_up_to_its_largest_value() -> None:
    maps = np.array([[[-3.0, 1.0]], [[0.5, 2.0]]], np.float32)
    axis = map_grid(maps, "layer").layout.coloraxis
    assert (axis.cmin, axis.cmax) == (-3, 3)


def test_colours_across_the_network_extend_to_its_limit() -> None:
    axis = map_grid(np.ones((2, 3, 3), np.float32), "layer", scale="network", network_limit=7.5).layout.coloraxis
    assert (axis.cmin, axis.cmax) == (-7.5, 7.5)


def test_colours_within_each_map_are_relative_but_hovering_shows_values() -> None:
    maps = np.array([[[-4.0, 2.0]], [[0.5, 0.25]]], np.float32)
    heatmap = map_grid(maps, "layer", scale="map", per_row=2).data[0]
    shown = heatmap.z[~np.isnan(heatmap.z)]
    np.testing.assert_allclose(sorted(shown), [-1.0, 0.5, 0.5, 1.0])
    exact = heatmap.customdata[..., 1]
    np.testing.assert_allclose(sorted(exact[~np.isnan(exact)]), [-4.0, 0.25, 0.5, 2.0])


def test_a_map_of_zeros_is_drawn_without_division_by_zero() -> None:
    heatmap = map_grid(np.zeros((3, 2, 2), np.float32), "zeros", scale="map").data[0]
    assert np.nanmax(np.abs(heatmap.z)) == 0


def test_every_map_has_its_number_and_the_selected_one_a_frame() -> None:
    chart = map_grid(np.zeros((5, 4, 4), np.float32), "layer", selected=3)
    assert list(chart.data[1].text) == ["0", "1", "2", "3", "4"]
    assert len(chart.layout.shapes) == 1


def test_numbers_travel_as_typed_arrays() -> None:
    heatmap = json.loads(map_grid(np.ones((16, 8, 8), np.float32), "layer").to_json())["data"][0]
    assert heatmap["z"]["dtype"] == "f4"
    assert heatmap["customdata"]["dtype"] == "i2"


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_keeps_its_pixels_and_its_first_row_is_at_the_top(channels: int) -> None:
    pixels = np.arange(4 * 5 * channels, dtype=np.uint8).reshape(4, 5, channels)
    chart = picture(pixels, "input", frame=(1, 2, 0, 3))
    drawn = np.asarray(chart.data[0].z).reshape(4, 5, channels)
    np.testing.assert_array_equal(drawn, pixels)
    assert chart.layout.yaxis.autorange == "reversed"
    frame = chart.layout.shapes[0]
    assert (frame.y0, frame.y1, frame.x0, frame.x1) == (0.5, 2.5, -0.5, 3.5)


def test_an_enlarged_map_marks_the_selected_cell() -> None:
    chart = single_map(np.eye(3, dtype=np.float32), "map", mark=(2, 1))
    frame = chart.layout.shapes[0]
    assert (frame.y0, frame.x0) == (1.5, 0.5)


def test_maps_keep_their_given_numbers() -> None:
    chart = map_grid(np.ones((3, 2, 2), np.float32), "layer", numbers=[511, 7, 64])
    assert list(chart.data[1].text) == ["511", "7", "64"]
    assert set(np.unique(chart.data[0].customdata)) == {-1, 7, 64, 511}


@given(count=st.integers(1, 5), height=st.integers(1, 20), width=st.integers(1, 20), most=st.integers(1, 400))
def test_coarser_maps_hold_the_means_of_blocks(count: int, height: int, width: int, most: int) -> None:
    maps = np.random.default_rng(0).normal(size=(count, height, width))
    drawn, side = coarser(maps, most)
    if maps.size <= most:
        np.testing.assert_array_equal(drawn, maps)
    assert side == min(height, width) or drawn.size <= most
    for row, column in np.ndindex(drawn.shape[1:]):
        square = maps[:, row * side : (row + 1) * side, column * side : (column + 1) * side]
        np.testing.assert_allclose(drawn[:, row, column], square.mean(axis=(1, 2)))


def test_colour_kernels_are_pictures_in_which_grey_is_zero() -> None:
    weights = np.zeros((2, 3, 3, 3))
    weights[0, 0] = 0.5  # red, the largest weight of this kernel
    weights[1, 2, 1, 1] = -2.0
    chart = kernel_pictures(weights, "kernels", range(2))
    pixels = np.asarray(chart.data[0].z)
    inside = pixels[pixels[..., 3] == 255][:, :3].tolist()
    assert inside.count([255, 128, 128]) == 9
    assert inside.count([128, 128, 0]) == 1
    assert inside.count([128, 128, 128]) == 8


# ── sizes on the screen ──────────────────────────────────────────────────────────────────────────────────────────────
WIDTHS = (270, 330, 620, 1100)  # pixels: a narrow third of a page, a phone, half a page, a whole page
SHAPES = st.tuples(st.integers(1, 130), st.integers(1, 60), st.integers(1, 60))  # maps, rows, columns


@settings(max_examples=60, deadline=None)
@given(shape=SHAPES, width=st.sampled_from(WIDTHS), least=st.sampled_from([0, 24]))
def test_the_number_of_a_map_never_lies_over_a_map(shape: tuple[int, int, int], width: int, least: int) -> None:
    maps = np.ones(shape, np.float32)
    chart = map_grid(maps, "layer", least=least)
    assume(shows_numbers(chart, width))
    cell = pixels_per_cell(chart, width)
    values, numbers = np.asarray(chart.data[0].z), chart.data[1]
    half = numbers.textfont.size / 2
    for x, y in zip(numbers.x, numbers.y, strict=True):
        above, below = y * cell - half, y * cell + half  # pixels from the top of the picture
        rows = [row for row in range(len(values)) if (row - 0.5) * cell < below and (row + 0.5) * cell > above]
        assert np.isnan(values[rows, round(float(x))]).all()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("count", [64, 96, 128])
def test_kernels_of_a_first_layer_are_at_least_24_pixels(count: int, width: int) -> None:
    weights = np.ones((count, 3, 7, 7), np.float32)
    assert 7 * pixels_per_cell(map_grid(weights[:, 0], "kernels", least=LEAST, width=NARROW), width) >= 24
    assert 7 * pixels_per_cell(kernel_pictures(weights, "kernels", range(count)), width) >= 24


@pytest.mark.parametrize(("width", "page"), [(330, THIRD), (1000, WHOLE)])
def test_the_numbers_of_maps_are_drawn_where_a_page_has_the_width_that_was_counted_on(width: int, page: int) -> None:
    for count in (2, 16, 64):
        assert shows_numbers(map_grid(np.ones((count, 28, 28), np.float32), "layer", width=page, max_height=680), width)


@pytest.mark.parametrize("count", [6, 16, 64, 96])
def test_maps_fill_the_width_of_a_third_of_a_page(count: int) -> None:
    chart = map_grid(np.ones((count, 12, 12), np.float32), "layer", max_height=400)
    columns = np.asarray(chart.data[0].z).shape[1]
    assert pixels_per_cell(chart, 330) * columns > 0.9 * 330


def test_a_colour_bar_says_what_its_colours_are_and_takes_nothing_of_the_width() -> None:
    for chart, name in (
        (map_grid(np.ones((4, 3, 3), np.float32), "kernels", quantity="weight"), "weight, 0 white"),
        (map_grid(np.ones((4, 3, 3), np.float32), "maps"), "activation, 0 white"),
        (single_map(np.ones((3, 3), np.float32), "map"), "activation, 0 white"),
    ):
        bar = chart.layout.coloraxis.colorbar
        assert (bar.title.text, bar.orientation) == (name, "h")
        assert chart.layout.margin.b >= 30  # pixels: the bar and its ticks
