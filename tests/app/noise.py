"""A subject without a run: an untrained network of torchvision, and a picture of noise."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import streamlit as st
import torch
import torchvision
from torch import nn

from explorer.datasets.splits import Pair, Splits
from explorer.ui.subject.picture import PictureSubject


@dataclass(frozen=True, kw_only=True)
class NoiseSubject(PictureSubject):
    """``network`` is a name of torchvision's, or "vit" for a small vision transformer."""

    network: str
    side: int  # of its pictures, in pixels

    def model(self) -> AbstractContextManager[nn.Module]:
        return nullcontext(_model(self.network))

    @property
    def network_name(self) -> str:
        return self.network

    @property
    def class_names(self) -> tuple[str, ...]:
        return tuple(map(str, range(1000)))


def choose_subject(network: str, side: int = 64) -> NoiseSubject:
    """A network and noise of side x side pixels, between 0 and 1."""
    pixels = torch.rand(2, 3, side, side, generator=torch.Generator().manual_seed(0))
    pair = Pair(pixels, torch.zeros(2, dtype=torch.int64))
    splits = Splits("noise", pair, pair, pair, ("noise", "other"), torch.zeros(3), torch.ones(3))
    return NoiseSubject(splits=splits, split="test", image=0, network=network, side=side)


@st.cache_resource
def _model(name: str) -> nn.Module:
    torch.manual_seed(0)
    small = torchvision.models.VisionTransformer(32, 8, 2, 2, 16, 32) if name == "vit" else None
    model: nn.Module = small or torchvision.models.get_model(name)
    return model.eval()
