"""What charts of gradients, updates, distributions and movements say."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from explorer.figures.readings.words import counted, factor

VANISHED = 1e-2  # of the last layer's gradient that is left at the first layer
USUAL = 1e-3  # of a matrix' norm: an update of this size is a common rule of thumb
NEAR = 10.0  # within this factor of the usual update


def gradient_norms(frame: pd.DataFrame, value: str, step: int | None = None) -> str:
    """A sentence on the gradient of the first matrix beside that of the last, at the recorded step nearest to one.

    Args:
        frame: with the columns step, parameter (in the order of the network) and ``value``.
        value: the column of norms.
        step: the selected training step; the last one by default.
    """
    now, norms = _at(frame, value, step)
    if len(norms) < 2:
        return ""
    first, last = next(iter(norms)), list(norms)[-1]
    near, far = norms[first], norms[last]
    said = f"At step {now:,} the gradient has norm {near:.2g} at {first}, the first, and {far:.2g} at {last}, the last"
    if not near or not far:
        where = " and ".join(name for name, norm in ((first, near), (last, far)) if not norm)
        return f"{said}: no gradient reaches {where}."
    if near < VANISHED * far:
        return f"{said}: it shrinks {factor(far, near)} on its way back, it vanishes."
    if near > far / VANISHED:
        return f"{said}: it grows {factor(near, far)} on its way back, it explodes."
    return f"{said}: it neither vanishes nor explodes on its way back."


def update_ratios(frame: pd.DataFrame, value: str, step: int | None = None) -> str:
    """A sentence on how many updates are far above or below one in a thousand; arguments as of ``gradient_norms``."""
    now, ratios = _at(frame, value, step)
    if not ratios:
        return ""
    large = [name for name, ratio in ratios.items() if ratio > USUAL * NEAR]
    small = [name for name, ratio in ratios.items() if ratio < USUAL / NEAR]
    top, low = max(ratios, key=lambda name: ratios[name]), min(ratios, key=lambda name: ratios[name])
    spans = f"At step {now:,} the updates range from {ratios[low]:.1g} ({low}) to {ratios[top]:.1g} ({top})"
    rest = len(ratios) - len(large) - len(small)
    said = f"{spans} of the weights; {rest} of {len(ratios)} are within ten times of one in a thousand (dotted)"
    more = [f"{len(large)} above it: fast"] * bool(large) + [f"{len(small)} below it: slow"] * bool(small)
    return "; ".join([said, *more]) + "."


def _at(frame: pd.DataFrame, value: str, step: int | None) -> tuple[int, dict[str, float]]:
    """The recorded step nearest to one, and the finite values at it by parameter."""
    finite = frame[np.isfinite(frame[value])]
    if finite.empty:
        return 0, {}
    steps = finite["step"].unique()
    now = int(steps[-1] if step is None else min(steps, key=lambda recorded: abs(int(recorded) - step)))
    rows = finite[finite["step"] == now]
    return now, {str(name): float(norm) for name, norm in zip(rows["parameter"], rows[value], strict=True)}


def distributions(
    counts: np.ndarray, edges: np.ndarray, steps: Sequence[int], noun: str, step: int | None = None
) -> str:
    """A sentence on the share of values near 0 and on the spread at a step, beside those of the first step.

    Args:
        counts: (snapshot, bin).
        edges: (bin + 1,).
        steps: the training step of each snapshot.
        noun: what the values are: "activation", "weight".
        step: the selected training step; the last one by default.
    """
    known = np.flatnonzero(counts.sum(axis=1))
    if not len(known):
        return ""
    place = _place(steps, step)
    place, first = int(known[np.abs(known - place).argmin()]), int(known[0])
    said = f"At step {steps[place]:,}, {_near_zero(counts[place], edges):.0%} of the {noun}s are in the bin around 0"
    width, before = _width(counts[place], edges), _width(counts[first], edges)
    if place == first:
        return f"{said}; their standard deviation is {width:.2g}."
    said += f" (at step {steps[first]:,}, {_near_zero(counts[first], edges):.0%})"
    if not before or abs(width / before - 1) < 0.05:
        return f"{said}; their standard deviation is {width:.2g}, as it was then."
    turn = factor(width, before) if width > before else f"{width / before:.2g} of"
    return f"{said}; their standard deviation is {width:.2g}, {turn} that of then."


def _place(steps: Sequence[int], step: int | None) -> int:
    """The snapshot of a step; the last one for a step that has none."""
    return list(steps).index(step) if step is not None and step in steps else len(steps) - 1


def _near_zero(counts: np.ndarray, edges: np.ndarray) -> float:
    place = int(np.searchsorted(edges, 0.0, side="right")) - 1
    return float(counts[place] / counts.sum()) if 0 <= place < len(counts) else 0.0


def _width(counts: np.ndarray, edges: np.ndarray) -> float:
    centres, shares = (edges[:-1] + edges[1:]) / 2, counts / counts.sum()
    mean = float(shares @ centres)
    return float(np.sqrt(shares @ (centres - mean) ** 2))


def movements(changes: np.ndarray, steps: Sequence[int], step: int | None = None) -> str:
    """A sentence on the kernels that moved most and least, and on when half of the movement was done.

    Args:
        changes: (channel, snapshot) distance from the initial kernel, relative to its norm.
        steps: the training step of each snapshot.
        step: the selected training step; the last one by default.
    """
    place = _place(steps, step)
    if place == 0:
        return f"Step {steps[0]:,} is the start: no kernel has moved yet."
    now = changes[:, place]
    if not now.any():
        return f"No kernel has moved by step {steps[place]:,}: the weights are frozen, or no gradient reaches them."
    most, least = int(now.argmax()), int(now.argmin())
    means = changes[:, : place + 1].mean(axis=0)
    half = int(np.argmax(means >= means[-1] / 2))
    return (
        f"By step {steps[place]:,} the kernel of channel {most} has moved most, by {now[most]:.0%} of its initial "
        f"norm, that of channel {least} least, by {now[least]:.0%}. Half of the mean movement was there at step "
        f"{steps[half]:,}."
    )


def gate_values(counts: np.ndarray, edges: np.ndarray, name: str, steps: Sequence[int], step: int | None) -> str:
    """A sentence on a gate's median bin and its share of closed and open values, beside those of the first step.

    Args:
        counts: (snapshot, bin) of values from 0 to 1.
        edges: (bin + 1,).
        name: of the gate.
        steps: the training step of each snapshot.
        step: the selected training step; the last one by default.
    """
    place = _place(steps, step)
    ends = [float(row[(edges[1:] <= 0.1 + 1e-9) | (edges[:-1] >= 0.9 - 1e-9)].sum() / row.sum()) for row in counts]
    said = f"{name}: {ends[place]:.0%} below 0.1 or above 0.9 at step {steps[place]:,}"
    return said if place == 0 else f"{said} ({ends[0]:.0%} at step {steps[0]:,})"


def saturated_units(gates: dict[str, tuple[np.ndarray, np.ndarray]]) -> str:
    """A sentence on how many units of each gate are mostly closed and mostly open.

    Args:
        gates: by name, the share of time steps below 0.1 and above 0.9 of each unit, (unit,) each.
    """
    told = [
        f"{name}: {int((closed > 0.5).sum())} mostly closed, {int((opened > 0.5).sum())} mostly open"
        for name, (closed, opened) in gates.items()
    ]
    units = len(next(iter(gates.values()))[0]) if gates else 0
    return f"Of {counted(units, 'unit')}, {'; '.join(told)}." if told else ""
