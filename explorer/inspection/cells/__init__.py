"""The kinds of recurrent cell; each file says everything about one of them."""

from explorer.inspection.cells.cell import Cell, RecurrentLayer
from explorer.inspection.cells.gru import GRU, GRULayer
from explorer.inspection.cells.lstm import LSTM, LSTMLayer
from explorer.inspection.cells.rnn import RNN_RELU, RNN_TANH, RNNLayer

CELLS: dict[str, Cell] = {"LSTM": LSTM, "GRU": GRU, "RNN_TANH": RNN_TANH, "RNN_RELU": RNN_RELU}  # by nn.RNNBase.mode

__all__ = ["CELLS", "Cell", "GRULayer", "LSTMLayer", "RNNLayer", "RecurrentLayer"]
