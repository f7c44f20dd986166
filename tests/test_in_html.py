"""Results as notebooks show them: a table of HTML for each."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

import explorer
from explorer.in_html import MOST_ROWS, Rows, table
from explorer.inspection import cell_step
from explorer.training.examples import SHIPPED

torch.manual_seed(0)
CNN = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 6, 3)).eval()
PICTURES = torch.randn(2, 1, 8, 8)
LSTM, SEQUENCES = nn.LSTM(3, 4, batch_first=True), torch.randn(2, 5, 3)
FOUND = explorer.attribute(CNN, PICTURES, 2, "integrated_gradients")
# what is shown, and one row of its table
SHOWN: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "attribute": (lambda: FOUND, ["example", "sum", "change of the score", "residual"]),
    "capture": (lambda: explorer.capture(CNN, PICTURES), ["layer", "shape", "smallest", "mean", "largest"]),
    "cell_step": (lambda: cell_step(LSTM, SEQUENCES, 2, 1), ["equation", "value", "PyTorch", "difference"]),
    "deletion_insertion": (
        lambda: explorer.deletion_insertion(CNN, PICTURES, FOUND, steps=4),
        ["example", "deletion, lower is better", "insertion, higher is better"],
    ),
    "equations": (lambda: explorer.equations(LSTM, SEQUENCES, 2, 1), ["equation", "value", "PyTorch", "difference"]),
    "explain_pixel": (
        lambda: explorer.explain_pixel(CNN, PICTURES, 0, 1, 2, "0"),
        ["sum of the products", "bias", "value", "difference"],
    ),
    "gradients_through_time": (
        lambda: explorer.gradients_through_time(LSTM, SEQUENCES, torch.sum),
        ["layer", "direction", "first time step", "last time step"],
    ),
    "health": (lambda: explorer.health(CNN, PICTURES), ["1", "ReLU", "4"]),
    "layer_table": (lambda: explorer.layer_table(CNN, PICTURES), ["0", "Conv2d 3x3", "4x6x6", "40", "1,296", "3"]),
    "load": (lambda: explorer.Run.open(SHIPPED / "cnn-on-digits"), ["cnn-on-digits"]),
    "network_graph": (lambda: explorer.network_graph(CNN, PICTURES), ["0", "Conv2d 3x3", "4x6x6", "40"]),
    "receptive_field": (lambda: explorer.receptive_field(CNN, PICTURES, "0"), ["3", "1", "1"]),
    "trace": (lambda: explorer.trace(LSTM, SEQUENCES), ["0", "forward", "2", "5", "4"]),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_result_is_shown_as_a_table(name: str) -> None:
    show, row = SHOWN[name]
    rows = [[cell.text or "" for cell in line] for line in ET.fromstring(show()._repr_html_()).iter("tr")]
    assert row in [line[: len(row)] for line in rows]
    assert all(len(line) == len(rows[0]) for line in rows)


def test_names_are_escaped_numbers_have_four_digits_and_long_tables_end() -> None:
    html = table([{"<name>": "a & b", "value": 1 / 3}] * (MOST_ROWS + 5), "caption")
    found = ET.fromstring(html)
    assert [cell.text for cell in found.findall("tr")[0]] == ["<name>", "value"]
    assert [cell.text for cell in found.findall("tr")[1]] == ["a & b", "0.3333"]
    assert len(found.findall("tr")) == 1 + MOST_ROWS
    assert found.findtext("caption") == "caption 5 more rows are not shown."


def test_rows_are_a_list() -> None:
    rows = Rows([3, 4], lambda number: {"number": number})
    assert rows == [3, 4]
    assert rows[1:] == [4]
    assert rows._repr_html_() == "<table><tr><th>number</th></tr><tr><td>3</td></tr><tr><td>4</td></tr></table>"
