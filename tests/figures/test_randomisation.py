import numpy as np

from explorer.figures.randomisation import randomisation_curve


def test_stages_are_in_order_with_full_names_on_hover() -> None:
    names = ["trained", *(f"backbone.layer{number}.0.convolution" for number in range(30))]
    values = np.linspace(1, 0, 31)
    chart = randomisation_curve(names, values, -values, "Randomised")
    assert list(chart.data[0].text) == names
    assert len(chart.layout.xaxis.ticktext) <= 16
    assert max(map(len, chart.layout.xaxis.ticktext)) <= 22
    assert not randomisation_curve([], np.array([]), np.array([]), "Randomised").data
