"""Random recurrent networks with their inputs, and a slow, obvious reference implementation."""

from dataclasses import dataclass, field
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence

KINDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "lstm": (nn.LSTM, {}),
    "gru": (nn.GRU, {}),
    "tanh": (nn.RNN, {"nonlinearity": "tanh"}),
    "relu": (nn.RNN, {"nonlinearity": "relu"}),
}
NAMES = {
    "lstm": ("hidden", "cell", "input_gate", "forget_gate", "candidate", "output_gate"),
    "gru": ("hidden", "reset", "update", "candidate"),
    "tanh": ("hidden", "pre_activation"),
    "relu": ("hidden", "pre_activation"),
}


@dataclass
class Case:
    kind: str
    module: nn.RNNBase
    inputs: Tensor  # (batch, time, feature)
    initial: Any
    lengths: list[int] | None
    dtype: torch.dtype

    @property
    def given(self) -> Tensor:
        """The inputs as the module reads them."""
        return self.inputs if self.module.batch_first else self.inputs.transpose(0, 1)

    def packed(self) -> PackedSequence:
        lengths = torch.tensor(self.lengths or [self.inputs.shape[1]] * len(self.inputs))
        return pack_padded_sequence(self.given, lengths, self.module.batch_first, enforce_sorted=False)

    def batch_major(self, output: Tensor) -> Tensor:
        return output if self.module.batch_first else output.transpose(0, 1)


@st.composite
def cases(draw: st.DrawFn, dtypes: tuple[torch.dtype, ...] = (torch.float32, torch.float64)) -> Case:
    kind = draw(st.sampled_from(sorted(KINDS)))
    make, options = KINDS[kind]
    features, units, layers = draw(st.integers(1, 4)), draw(st.integers(1, 5)), draw(st.integers(1, 3))
    both, dtype = draw(st.booleans()), draw(st.sampled_from(dtypes))
    if kind == "lstm" and units > 1 and draw(st.booleans()):
        options = {**options, "proj_size": draw(st.integers(1, units - 1))}
    batch, steps = draw(st.integers(1, 3)), draw(st.integers(1, 6))
    lengths = draw(st.none() | st.lists(st.integers(1, steps), min_size=batch, max_size=batch))
    start = draw(st.booleans())
    with torch.random.fork_rng():
        torch.manual_seed(draw(st.integers(0, 2**31)))
        module = make(
            features,
            units,
            layers,
            bias=draw(st.booleans()),
            batch_first=draw(st.booleans()),
            dropout=0.5 if layers > 1 else 0.0,
            bidirectional=both,
            dtype=dtype,
            **options,
        )
        inputs = torch.randn(batch, steps, features, dtype=dtype)
        widths = (module.proj_size or units, units)
        states = [torch.randn(layers * (1 + both), batch, width, dtype=dtype) for width in widths]
    initial = None if not start else tuple(states) if kind == "lstm" else states[0]
    return Case(kind, module, inputs, initial, lengths, dtype)


@dataclass
class Unrolled:
    """One layer and direction: by name, and by example and time step, a vector over units that autograd knows."""

    values: dict[str, dict[tuple[int, int], Tensor]] = field(default_factory=dict)
    before_activation: dict[str, dict[tuple[int, int], Tensor]] = field(default_factory=dict)

    def keep(self, name: str, place: tuple[int, int], value: Tensor, pre_activation: Tensor | None = None) -> None:
        self.values.setdefault(name, {})[place] = value
        self.before_activation.setdefault(name, {})[place] = value if pre_activation is None else pre_activation


def unrolled(case: Case) -> tuple[Tensor, list[Unrolled]]:
    """The output (batch, time, direction·unit) and every layer and direction, one step of one example at a time."""
    module, (batch, steps, _) = case.module, case.inputs.shape
    lengths = case.lengths or [steps] * batch
    below = {(b, t): case.inputs[b, t] for b in range(batch) for t in range(steps)}
    runs: list[Unrolled] = []
    suffixes = ("", "_reverse") if module.bidirectional else ("",)
    for layer in range(module.num_layers):
        for suffix in suffixes:
            run, place = Unrolled(), len(runs)
            weights = [
                getattr(module, f"{name}_l{layer}{suffix}", torch.zeros(1, dtype=case.dtype))
                for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            ]
            projection = getattr(module, f"weight_hr_l{layer}{suffix}", None)
            for b in range(batch):
                h, c = (torch.zeros(width(case, name), dtype=case.dtype) for name in ("hidden", "cell"))
                if case.initial is not None:
                    h = (case.initial[0] if case.kind == "lstm" else case.initial)[place, b]
                    c = case.initial[1][place, b] if case.kind == "lstm" else c
                order = range(lengths[b])
                for t in reversed(order) if suffix else order:
                    h, c = one_step(case.kind, run, (b, t), below[b, t], h, c, weights, projection)
            runs.append(run)
        below = {
            place: torch.cat([run.values["hidden"][place] for run in runs[-len(suffixes) :]])
            for place in runs[-1].values["hidden"]
        }
    nothing = torch.zeros(width(case, "hidden") * len(suffixes), dtype=case.dtype)
    rows = [torch.stack([below.get((b, t), nothing) for t in range(steps)]) for b in range(batch)]
    return torch.stack(rows), runs


def one_step(
    kind: str,
    run: Unrolled,
    place: tuple[int, int],
    x: Tensor,
    h: Tensor,
    c: Tensor,
    weights: list[Tensor],
    projection: Tensor | None,
) -> tuple[Tensor, Tensor]:
    input_weight, state_weight, input_bias, state_bias = weights
    from_input, from_state = input_weight @ x + input_bias, state_weight @ h + state_bias
    if kind == "lstm":
        i, f, g, o = (from_input + from_state).chunk(4)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        if projection is not None:
            h = projection @ h
        run.keep("cell", place, c)
        for name, pre in (("input_gate", i), ("forget_gate", f), ("output_gate", o)):
            run.keep(name, place, torch.sigmoid(pre), pre)
        run.keep("candidate", place, torch.tanh(g), g)
    elif kind == "gru":
        (r, z, n_input), (r_state, z_state, n_state) = from_input.chunk(3), from_state.chunk(3)
        r, z = r + r_state, z + z_state
        n = n_input + torch.sigmoid(r) * n_state
        h = (1 - torch.sigmoid(z)) * torch.tanh(n) + torch.sigmoid(z) * h
        run.keep("reset", place, torch.sigmoid(r), r)
        run.keep("update", place, torch.sigmoid(z), z)
        run.keep("candidate", place, torch.tanh(n), n)
    else:
        pre = from_input + from_state
        h = torch.tanh(pre) if kind == "tanh" else torch.relu(pre)
        run.keep("pre_activation", place, pre)
    run.keep("hidden", place, h)
    return h, c


def width(case: Case, name: str) -> int:
    """How many units a state or gate has."""
    return (case.module.proj_size or case.module.hidden_size) if name == "hidden" else case.module.hidden_size


def filled(values: dict[tuple[int, int], Tensor], case: Case) -> Tensor:
    """(batch, time, unit), 0 where there is no value."""
    batch, steps, _ = case.inputs.shape
    whole = torch.zeros(batch, steps, len(next(iter(values.values()))), dtype=case.dtype)
    for place, value in values.items():
        whole[place] = value.detach()
    return whole
