import ast
from pathlib import Path

import pytest
from torch import nn

from explorer import inspection
from explorer.inspection.cells import CELLS

SOURCES = sorted(Path(inspection.__file__).parent.glob("*.py"))
MODES = {nn.LSTM(1, 1).mode, nn.GRU(1, 1).mode, nn.RNN(1, 1).mode, nn.RNN(1, 1, nonlinearity="relu").mode}


def test_every_mode_of_pytorchs_recurrent_modules_has_a_cell() -> None:
    assert CELLS.keys() == MODES


@pytest.mark.parametrize("mode", CELLS)
def test_a_layer_holds_exactly_the_cells_states_and_gates(mode: str) -> None:
    cell = CELLS[mode]
    assert cell.layer.names() == (*cell.states, *(gate.name for gate in cell.gates))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_only_the_cells_package_names_a_mode(source: Path) -> None:
    constants = {node.value for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Constant)}
    assert not constants & MODES
