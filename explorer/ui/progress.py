"""The progress of work that takes long: a bar that appears after half a second."""

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

import streamlit as st

T = TypeVar("T")
PATIENCE = 0.5  # seconds


class Progress:
    """A bar over a number of parts, drawn where it is made."""

    def __init__(self, parts: int) -> None:
        self.parts = parts
        self.done = 0
        self.began = monotonic()
        self.bar = st.empty()

    def of(self, work: Callable[[], T], words: str) -> T:
        """The result of one part; ``words`` stand beside the bar while it is computed."""
        if monotonic() - self.began > PATIENCE:
            self.bar.progress(self.done / self.parts, f"{words}: {self.done + 1} of {self.parts}")
        found = work()
        self.done += 1
        return found

    def end(self) -> None:
        """Remove the bar."""
        self.bar.empty()
