"""The LSTM page: gates that decide what is forgotten, written and read."""

from explorer.ui.screens import recurrent

recurrent.show(
    "LSTM",
    "A cell that keeps: gates f, i and o decide what is forgotten, written and read. "
    r"$C_t = f_t \cdot C_{t-1} + i_t \cdot \bar C_t$, $H_t = o_t \cdot \tanh(C_t)$.",
    "lstm",
)
