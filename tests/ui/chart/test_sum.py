"""The sum that the browser plays: the script's numbers against those of the inspection, with Playwright's own Node."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright._impl._driver import compute_driver_executable
from torch import nn
from torch.nn import functional

from explorer.inspection import SlidingSum, sliding_sum
from explorer.ui import chart
from explorer.ui.views.picture import played_sum
from explorer.ui.views.picture.played_sum import message, played_rows

SUM = Path(chart.__file__).with_name("sum.js")
WALK = f"""
import {{ readFileSync }} from "node:fs";
import * as played from "{SUM.as_uri()}";
const sum = played.read(new Uint8Array(readFileSync(0)));
const places = [];
for (let walk = played.begin(sum, [sum.rows[0], 0]); walk; walk = played.next(sum, walk)) {{
  const terms = [];
  while (!played.isComplete(sum, walk)) {{
    const one = played.term(sum, walk, walk.done);
    played.addProduct(sum, walk);
    const channel = sum.channels[one.channel];
    const place = [channel, one.inputRow, one.inputColumn, one.isPadding];
    terms.push([...place, one.value, one.weight, one.product, walk.running]);
  }}
  const total = walk.filled[walk.row * sum.shapes.output[1] + walk.column];
  places.push([walk.row, walk.column, terms, total, played.ownValue(sum, walk), played.isRounding(sum, walk)]);
}}
console.log(JSON.stringify(places));
"""
LAYERS: dict[str, nn.Conv2d] = {
    "plain": nn.Conv2d(2, 2, 3),
    "stride and padding": nn.Conv2d(2, 2, (3, 2), stride=(2, 3), padding=(2, 1)),
    "dilation": nn.Conv2d(2, 2, 3, padding=2, dilation=(2, 1), bias=False),
    "same": nn.Conv2d(2, 2, (2, 4), padding="same"),
    "groups": nn.Conv2d(4, 4, 3, padding=1, groups=2),
    "reflect": nn.Conv2d(2, 2, 3, padding=2, padding_mode="reflect"),
    "circular": nn.Conv2d(2, 2, 3, padding=(1, 2), stride=2, padding_mode="circular"),
    "double precision": nn.Conv2d(2, 2, 3, padding=1, dtype=torch.float64),
}

# PyTorch warns once that it copies the input for an even kernel with "same" padding
pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


def sliding_of(conv: nn.Conv2d, rows: int = 7, columns: int = 6) -> SlidingSum:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(conv.in_channels, rows, columns, generator=generator, dtype=conv.weight.dtype)
    return sliding_sum(conv, inputs, conv.out_channels - 1)


def walked(content: bytes) -> list[list[object]]:
    """Every place that the script plays: row, column, terms, total, PyTorch's value, whether rounding explains it."""
    node, _ = compute_driver_executable()
    command = [node, "--no-warnings", "--input-type=module", "--eval", WALK]
    ran = subprocess.run(command, input=content, capture_output=True, check=True, timeout=120)
    places: list[list[object]] = json.loads(ran.stdout)
    return places


@pytest.mark.parametrize("name", LAYERS)
def test_the_script_adds_the_terms_of_the_inspection_at_every_place(name: str) -> None:
    sliding = sliding_of(LAYERS[name])
    rows, columns = sliding.output.shape
    places = walked(message(sliding, 0, 0, "layer", 4))
    assert [tuple(place[:2]) for place in places] == [(row, column) for row in range(rows) for column in range(columns)]
    for row, column, terms, total, own, is_rounding in places:
        assert isinstance(row, int)
        assert isinstance(column, int)
        expected = sliding.terms(row, column)
        assert terms == [list(term) for term in expected]
        assert total == expected[-1].running + sliding.bias
        assert own == sliding.output[row, column].item()
        assert is_rounding


def test_a_layer_that_a_hook_changes_is_not_said_to_be_rounded() -> None:
    conv = nn.Conv2d(1, 1, 2)
    conv.register_forward_hook(lambda _module, _inputs, output: output + 0.01)
    assert not any(place[-1] for place in walked(message(sliding_of(conv), 0, 0, "layer", 4)))


def test_a_map_that_is_too_large_is_played_from_the_chosen_row_on(monkeypatch: pytest.MonkeyPatch) -> None:
    sliding = sliding_of(nn.Conv2d(2, 1, 3, stride=2, padding=1), rows=40, columns=20)  # padded: 2 x 42 x 22
    assert played_rows(sliding, 5) == (0, 20)
    monkeypatch.setattr(played_sum, "MOST_VALUES", 2 * 22 * 7)  # three rows for the first place, two for each other
    assert played_rows(sliding, 5) == (5, 8)
    assert played_rows(sliding, 19) == (19, 20)
    places = walked(message(sliding, 5, 3, "layer", 4))
    assert {place[0] for place in places} == {5, 6, 7}
    assert places[3][2] == [list(term) for term in sliding.terms(5, 3)]
    header = json.loads(message(sliding, 5, 3, "layer", 4).partition(b"\n")[0])
    assert header["start"] == [5, 3]
    assert header["note"] == "The input is too large to be played whole: rows 5 to 7 of 20 are."


def test_a_place_is_played_however_large_a_single_row_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(played_sum, "MOST_VALUES", 1)
    assert played_rows(sliding_of(LAYERS["plain"]), 2) == (2, 3)


def test_numbers_begin_at_a_multiple_of_their_size() -> None:
    for conv in LAYERS.values():
        content = message(sliding_of(conv), 0, 0, "layer", 4)
        assert (content.index(b"\n") + 1) % 8 == 0


def test_the_arrays_are_the_layers_own_numbers() -> None:
    conv = LAYERS["groups"]
    sliding = sliding_of(conv)
    line, _, numbers = message(sliding, 0, 0, "layer", 4).partition(b"\n")
    found = np.frombuffer(numbers, np.float32)
    shapes = json.loads(line)["shapes"]
    assert shapes == {"padded": [2, 9, 8], "kernel": [2, 3, 3], "output": [7, 6]}
    padded = torch.from_numpy(found[: 2 * 9 * 8].copy()).reshape(1, 2, 9, 8)
    kernel = torch.from_numpy(found[2 * 9 * 8 : 2 * 9 * 8 + 18].copy()).reshape(1, 2, 3, 3)
    own = torch.from_numpy(found[-42:].copy()).reshape(7, 6)
    assert conv.bias is not None
    torch.testing.assert_close(functional.conv2d(padded, kernel, conv.bias[-1:])[0, 0], own)
