"""The rows of PyTorch's parameters behind each letter of the course's equations."""

from dataclasses import dataclass

from torch import nn

from explorer.inspection.cells import CELLS
from explorer.inspection.cells.fused import directions
from explorer.inspection.layers import original
from explorer.inspection.sequences import check_module


@dataclass(frozen=True)
class SymbolRow:
    """A letter of the equations, and its rows of PyTorch's parameter."""

    symbol: str  # "W_f"
    parameter: str  # "weight_hh_l0"
    rows: slice  # of the parameter
    shape: tuple[int, ...]  # of those rows
    meaning: str
    layer: int
    direction: str


def symbol_table(recurrent_module: nn.RNNBase) -> list[SymbolRow]:
    """Every letter of the equations by layer, direction and gate, the gates in PyTorch's order: i f C̄ o, r z n.

    The one bias b of the equations is the sum of PyTorch's two, so b has two rows; only a GRU's candidate keeps them
    apart, b_in and b_hn, since the reset gate acts on the second.

    Raises:
        ExplorerError: for a module other than nn.RNN, nn.LSTM and nn.GRU.
    """
    recurrent_module = original(recurrent_module)
    check_module(recurrent_module)
    return [
        row
        for layer in range(recurrent_module.num_layers)
        for direction in directions(recurrent_module)
        for row in _rows(recurrent_module, layer, direction)
    ]


def _rows(module: nn.RNNBase, layer: int, direction: str) -> list[SymbolRow]:
    gates = range(len(CELLS[module.mode].gates))
    rows = [row for block in gates for row in _rows_of_gate(module, layer, direction, block)]
    if module.proj_size:
        shape = (module.proj_size, module.hidden_size)
        parameter = f"weight_hr_{_suffix(layer, direction)}"
        meaning = "projection of the cell's output to the hidden state"
        rows.append(SymbolRow("W_hr", parameter, slice(0, module.proj_size), shape, meaning, layer, direction))
    return rows


def _suffix(layer: int, direction: str) -> str:
    return f"l{layer}" + ("_reverse" if direction == "reverse" else "")


def _rows_of_gate(module: nn.RNNBase, layer: int, direction: str, block: int) -> list[SymbolRow]:
    cell, units = CELLS[module.mode], module.hidden_size
    gate = cell.gates[block]
    symbols = cell.symbols(gate.letter)
    suffix = _suffix(layer, direction)
    place = slice(block * units, (block + 1) * units)
    summed = ", one of two that are summed" if symbols.input_bias == symbols.recurrent_bias else ""
    names = [
        (symbols.input_weight, f"weight_ih_{suffix}", "input weights"),
        (symbols.recurrent_weight, f"weight_hh_{suffix}", "recurrent weights"),
    ]
    if module.bias:
        names.append((symbols.input_bias, f"bias_ih_{suffix}", f"bias of the input's half{summed}"))
        names.append((symbols.recurrent_bias, f"bias_hh_{suffix}", f"bias of the state's half{summed}"))
    return [
        SymbolRow(
            symbol,
            parameter,
            place,
            (units, *getattr(module, parameter).shape[1:]),
            f"{gate.meaning}: {what}",
            layer,
            direction,
        )
        for symbol, parameter, what in names
    ]
