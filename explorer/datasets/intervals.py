"""Forecast intervals, as wide as the errors that a network made over the validation span."""

import math
from typing import NamedTuple

import numpy as np

from explorer.datasets.measurements import Numbers

COVERAGE = 0.9  # of an interval, where there are forecasts enough


class Widths(NamedTuple):
    """How far a measured value may lie from its forecast."""

    half: Numbers  # (step,): in the unit of the series, or in its logarithm
    coverage: float  # the share of forecasts whose measured value is expected within
    places: int  # the forecasts of the validation span that it was read from
    logarithm: bool

    def around(self, forecast: Numbers) -> tuple[Numbers, Numbers]:
        """The lower and the upper end of the interval around forecasts (…, step)."""
        if self.logarithm:
            return forecast * np.exp(-self.half), forecast * np.exp(self.half)
        return forecast - self.half, forecast + self.half

    def covered(self, forecast: Numbers, measured: Numbers) -> float:
        """The share of measured values that lie within their interval."""
        low, high = self.around(forecast)
        return float(((low <= measured) & (measured <= high)).mean())


def widths(forecast: Numbers, measured: Numbers, *, logarithm: bool) -> Widths:
    """The widths that hold nine of ten forecasts of the validation span, for each number of steps ahead.

    Split conformal prediction: of n absolute errors the ⌈0.9 (n + 1)⌉th smallest holds a further one with a
    probability of 90 %, if errors before and after are alike (Lei et al. 2018, https://arxiv.org/abs/1604.04173). With
    fewer than nine forecasts it is the largest error, and the coverage n / (n + 1).

    Args:
        forecast: (place, step) over the validation span.
        measured: (place, step) likewise.
        logarithm: whether the network learnt the logarithm, so that errors grow with the series.
    """
    off = np.abs(np.log(measured / forecast) if logarithm else measured - forecast)
    places = len(off)
    rank = min(math.ceil(COVERAGE * (places + 1)), places)
    return Widths(np.sort(off, axis=0)[rank - 1], min(COVERAGE, places / (places + 1)), places, logarithm)
