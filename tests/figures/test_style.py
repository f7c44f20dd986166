import ast
import itertools
import json
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

import explorer.figures
from explorer.figures.attribution import attribution_beside, attribution_overlay
from explorer.figures.cells import cell_diagram
from explorer.figures.comparison import Accuracy, accuracies
from explorer.figures.forecasts import forecast
from explorer.figures.gates import gate_heatmaps, saturation_scatter
from explorer.figures.health import movement
from explorer.figures.maps import map_grid, single_map
from explorer.figures.networks import Network
from explorer.figures.receptive_field import gradient_on_picture
from explorer.figures.states import coloured_text, state_heatmap, unit_traces
from explorer.figures.style import CELL_PARTS, MARK, NETWORK_SYMBOLS, NETWORKS, log_axis, network_colour
from explorer.figures.through_time import before_after, gradients_through_time
from explorer.figures.tokens import token_probabilities
from explorer.figures.unrolled import unrolled

VALUES = np.linspace(-1, 1, 24, dtype=np.float64).reshape(4, 6)
TOKENS = list("a<b> \n")
RNN = {"x": 1.0, "h_before": 0.0, "pre_activation": 0.5, "hidden": 0.4}
FIGURES = {
    "state_heatmap": state_heatmap(VALUES, "States", TOKENS, (1, 2)),
    "unit_traces": unit_traces(VALUES, [0, 2], "Units", TOKENS),
    "coloured_text": coloured_text(TOKENS, VALUES[0], "Text"),
    "gate_heatmaps": gate_heatmaps({"reset": VALUES, "candidate": VALUES}, TOKENS, 2),
    "saturation_scatter": saturation_scatter({"reset": (VALUES[3], VALUES[2])}),
    "gradients_through_time": gradients_through_time({"RNN": np.abs(VALUES[0])}, "Gradients"),
    "forecast": forecast(np.arange(6), VALUES[0, :4], None, VALUES[0, 4:], VALUES[0, 4:], ("year", "count")),
    "before_after": before_after(VALUES[0], VALUES[1], ("before", "after"), "State", TOKENS, 1),
    "token_probabilities": token_probabilities(TOKENS, np.full(6, 1 / 6), "a", "Next"),
    "cell_diagram": cell_diagram("rnn", RNN, 0, 0),
    "unrolled": unrolled("many-to-many in step", TOKENS, TOKENS, {}, 1),
}

# colour-blindness in linear RGB: Machado, Oliveira and Fernandes 2009, doi:10.1109/TVCG.2009.113
SIGHT = {
    "trichromat": np.eye(3),
    "protanope": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranope": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanope": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
LSTM = ("input_gate", "forget_gate", "output_gate", "candidate", "cell", "hidden")
GRU = ("reset", "update", "candidate", "hidden")


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's ratio."""
    low, high = sorted(float(TO_XYZ[1] @ linear(colour)) + 0.05 for colour in (one, other))
    return high / low


def lab(colour: np.ndarray) -> np.ndarray:
    x, y, z = np.cbrt(TO_XYZ @ np.clip(colour, 0, 1) / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_has_a_height_and_a_description_for_screen_readers(name: str) -> None:
    layout = FIGURES[name].layout
    assert layout.height > 0
    assert layout.meta["description"]
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"


@pytest.mark.parametrize("name", FIGURES)
def test_numbers_travel_as_typed_arrays_of_at_most_four_bytes(name: str) -> None:
    figure: go.Figure = FIGURES[name]
    for trace in json.loads(figure.to_json())["data"]:
        arrays = [trace[key] for key in ("z", "y") if key in trace]
        assert arrays
        for array in arrays:
            assert array["dtype"] in {"f4", "i4", "i2", "i1"}, trace["type"]


@pytest.mark.parametrize("ground", ["#ffffff", "#12171f"])
@pytest.mark.parametrize("part", CELL_PARTS)
def test_the_colours_of_a_cells_parts_contrast_with_both_backgrounds(part: str, ground: str) -> None:
    assert contrast(CELL_PARTS[part], ground) >= 3


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("parts", [LSTM, GRU])
def test_the_colours_of_one_cells_parts_differ_for_every_reader(parts: tuple[str, ...], sight: str) -> None:
    seen = [lab(SIGHT[sight] @ linear(CELL_PARTS[part])) for part in parts]
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)) > 18


def test_a_logarithmic_axis_has_few_ticks_and_writes_small_numbers_in_full() -> None:
    assert log_axis([1e-4, 2.0])["dtick"] == 1
    assert log_axis((), (-12.0, 0.0))["dtick"] == 2
    assert log_axis([0.2, 3.0]) == {"type": "log", "tickformat": "~g", "dtick": "D2"}
    assert "dtick" not in log_axis([0.9, 1.1])
    assert log_axis([np.nan, 0.0, -1.0])["type"] == "log"


@pytest.mark.parametrize("sight", SIGHT)
def test_the_colours_of_networks_and_of_the_mark_differ_for_every_reader(sight: str) -> None:
    seen = [lab(SIGHT[sight] @ linear(colour)) for colour in (MARK, *NETWORKS.values())]
    assert min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2)) > 12


@pytest.mark.parametrize("ground", ["#ffffff", "#12171f"])
@pytest.mark.parametrize("network", NETWORKS)
def test_the_colours_of_networks_contrast_with_both_backgrounds(network: str, ground: str) -> None:
    assert contrast(NETWORKS[network], ground) >= 3


def test_an_unlisted_network_always_has_the_same_colour_of_its_own() -> None:
    assert network_colour("transformer") == network_colour("transformer")
    assert network_colour("transformer") not in {*NETWORKS.values(), MARK}
    assert network_colour("lstm") == NETWORKS["lstm"]
    assert set(NETWORK_SYMBOLS) == set(NETWORKS)


def test_a_chart_draws_a_network_of_an_unlisted_kind() -> None:
    drawn = accuracies({Network("transformer", "Transformer", True): Accuracy(0.9, 0.8, 1.0)}, "Accuracy")
    assert drawn.data[0].marker.color == (network_colour("transformer"),)
    assert drawn.data[0].marker.symbol == ("hexagon",)


def test_only_the_house_style_makes_colour_bars_so_that_each_has_a_name() -> None:
    for path in sorted(Path(explorer.figures.__file__).parent.rglob("*.py")):
        if path.name == "style.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values, strict=True)
                keys = {key.value: value for key, value in pairs if isinstance(key, ast.Constant)}
            elif isinstance(node, ast.Call):
                keys = {word.arg: word.value for word in node.keywords if word.arg}
            else:
                continue
            if "colorbar" in keys:
                made = keys["colorbar"]
                named = isinstance(made, ast.Call) and getattr(made.func, "id", "") in ("colour_bar", "bar_below")
                assert named or isinstance(made, ast.Name), f"{path.name}, line {node.lineno}"


PIXELS = np.zeros((4, 6, 3), np.uint8)
COLOURED = FIGURES | {
    "map_grid": map_grid(VALUES[None], "Maps"),
    "map_grid on scales of their own": map_grid(VALUES[None], "Maps", scale="map"),
    "single_map": single_map(VALUES, "Map"),
    "movement": movement(np.abs(VALUES), [0, 1, 2, 3, 4, 5], "Moved"),
    "gradient_on_picture": gradient_on_picture(np.abs(VALUES), "Gradient"),
    "attribution_overlay": attribution_overlay(PIXELS, VALUES, "Over", 0.5),
    "attribution_beside": attribution_beside(PIXELS, VALUES, "Beside"),
}


@pytest.mark.parametrize("name", COLOURED)
def test_a_colour_bar_says_what_its_colours_are(name: str) -> None:
    drawn = COLOURED[name].to_plotly_json()
    axes = [axis for key, axis in drawn["layout"].items() if key.startswith("coloraxis")]
    own = [trace for trace in drawn["data"] if trace["type"] == "heatmap" and "coloraxis" not in trace]
    for one in (*axes, *own):
        assert one.get("showscale") is False or one["colorbar"]["title"]["text"]


def test_a_figure_that_is_built_without_plotlys_checks_would_have_passed_them() -> None:
    own = map_grid(np.linspace(-1, 1, 128, dtype=np.float32).reshape(2, 8, 8), "layer", selected=1)
    checked = go.Figure(own.to_plotly_json())
    assert json.loads(checked.to_json()) == json.loads(own.to_json())
