"""Convolutions of every stride, padding, dilation, padding mode and number of groups, with inputs that fit."""

import torch
from hypothesis import assume
from hypothesis import strategies as st
from torch import nn


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[nn.Conv2d, torch.Tensor]:
    groups = draw(st.integers(1, 3))
    pair = st.tuples(st.integers(1, 3), st.integers(1, 3))
    stride, dilation = draw(pair), draw(pair)
    sized = st.one_of(st.integers(0, 3), st.tuples(st.integers(0, 3), st.integers(0, 3)))
    padding = draw(st.one_of(sized, st.sampled_from(["same", "valid"])))
    torch.manual_seed(draw(st.integers(0, 99)))
    conv = nn.Conv2d(
        groups * draw(st.integers(1, 2)),
        groups * draw(st.integers(1, 2)),
        draw(st.tuples(st.integers(1, 4), st.integers(1, 4))),
        stride=(1, 1) if padding == "same" else stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        bias=draw(st.booleans()),
        padding_mode=draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"])),
        dtype=draw(st.sampled_from([torch.float32, torch.float64])),
    )
    sides = draw(st.tuples(st.integers(4, 11), st.integers(4, 11)))
    inputs = torch.randn(conv.in_channels, *sides, dtype=conv.weight.dtype)
    try:
        conv(inputs)
    except RuntimeError:  # the kernel is larger than the input, or the padding more than it can reflect
        assume(False)
    return conv, inputs
