"""The page's own layout of a picture (ui/chart/layout.js), run by node, beside the sizes that tests count on."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from explorer.figures.maps import map_grid
from tests.figures.sizes import pixels_per_cell, shows_numbers

LAYOUT = Path(__file__).parents[2] / "explorer/ui/chart/layout.js"
ASK = """
import {{ fitted, legible, untitled }} from "./layout.mjs";
const {{ figure, width }} = {asked};
const layout = fitted(untitled(figure.layout), width);
const texts = legible(figure.data, layout, width)[1].visible !== false;
console.log(JSON.stringify({{ height: layout.height, texts }}));
"""

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")


def laid_out(figure: Any, width: int, folder: Path) -> dict[str, Any]:
    shutil.copy(LAYOUT, folder / "layout.mjs")
    asked = json.dumps({"figure": json.loads(figure.to_json()), "width": width})
    (folder / "ask.mjs").write_text(ASK.format(asked=asked), encoding="utf-8")
    done = subprocess.run(["node", "ask.mjs"], cwd=folder, check=True, capture_output=True, text=True, timeout=60)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@needs_node
@pytest.mark.parametrize("width", [120, 330, 1100])
@pytest.mark.parametrize("shape", [(16, 8, 8), (128, 3, 3), (64, 28, 28)])
def test_a_page_leaves_the_numbers_of_maps_out_where_they_have_no_room(
    shape: tuple[int, int, int], width: int, tmp_path: Path
) -> None:
    figure = map_grid(np.ones(shape, np.float32), "layer")
    found = laid_out(figure, width, tmp_path)
    assert found["texts"] == shows_numbers(figure, width)
    rows = len(figure.data[0].z)
    margins = figure.layout.margin.t + figure.layout.margin.b - 24  # the page writes the title itself
    assert found["height"] >= margins + pixels_per_cell(figure, width) * rows - 1
