"""The RNN page: a state carried from step to step, trained and opened."""

from explorer.config import FiveTypesDataset
from explorer.ui.screens import recurrent

recurrent.show(
    "RNN",
    "A recurrent network reads a sequence one step at a time and carries a **state**: "
    r"$a^{\langle t\rangle} = \tanh(W_{ax} x^{\langle t\rangle} + W_{aa} a^{\langle t-1\rangle} + b_a)$, "
    r"$y^{\langle t\rangle} = \mathrm{softmax}(W_{ya} a^{\langle t\rangle} + b_y)$.",
    "rnn",
    FiveTypesDataset,
)
