import numpy as np

from explorer.figures.receptive_field import gradient_on_picture


def test_the_gradient_is_drawn_from_zero_with_its_window_framed() -> None:
    gradient = np.zeros((5, 6))
    gradient[2, 3] = 0.25
    chart = gradient_on_picture(gradient, "Gradient", window=(1, 3, 2, 4))
    assert (chart.data[0].zmin, chart.data[0].zmax) == (0, 0.25)
    frame = chart.layout.shapes[0]
    assert (frame.y0, frame.y1, frame.x0, frame.x1) == (0.5, 3.5, 1.5, 4.5)


def test_a_gradient_of_zeros_without_a_window_can_be_drawn() -> None:
    chart = gradient_on_picture(np.zeros((2, 2)), "Gradient")
    assert chart.data[0].zmax == 1
    assert not chart.layout.shapes


def test_a_small_window_is_enlarged_and_the_title_says_so() -> None:
    chart = gradient_on_picture(np.zeros((64, 64)), "Gradient", window=(10, 13, 20, 23))
    assert chart.layout.title.text == "Gradient, enlarged"
    assert tuple(chart.layout.xaxis.range) == (17.5, 25.5)
    assert tuple(chart.layout.yaxis.range) == (15.5, 7.5)  # the first row stays on top
