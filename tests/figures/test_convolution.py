import numpy as np

from explorer.figures.convolution import product_maps


def test_few_cells_show_their_values_and_channels_keep_their_numbers() -> None:
    values = np.arange(18, dtype=np.float64).reshape(2, 3, 3) / 7
    chart = product_maps(values, "products", [4, 5], decimals=2)
    written = [text for row in chart.data[0].text for text in row if text]
    assert sorted(written) == sorted(f"{value:.2f}" for value in values.ravel())
    assert list(chart.data[1].text) == ["4", "5"]


def test_values_rounded_to_add_up_are_written_as_given() -> None:
    chart = product_maps(np.full((1, 1, 3), 1 / 3), "products", [0], decimals=2, shown=np.array([[[0.33, 0.33, 0.34]]]))
    assert [text for row in chart.data[0].text for text in row if text] == ["0.33", "0.33", "0.34"]


def test_many_cells_show_no_values() -> None:
    assert product_maps(np.zeros((64, 3, 3)), "products", range(64)).data[0].text is None
