"""What learning curves say: which line is better, by how much and since when, and whether validation gets worse."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from explorer.figures.readings.words import factor, holds_since, points

SAME_ACCURACY, SAME_LOSS = 0.01, 0.05  # a difference of accuracies, and of losses as a share, that is not told


class Checks(NamedTuple):
    """The checks of the validation split, and the mean of the training batches since the check before: (check,)."""

    steps: np.ndarray
    validation: np.ndarray
    training: np.ndarray


def learning(
    metrics: pd.DataFrame, quantity: str, baseline: float | None = None, baseline_name: str = "baseline"
) -> str:
    """Sentences on the two learning curves of a run; "" before both were measured.

    Args:
        metrics: one row per step with the columns step, ``quantity`` and ``validation_quantity`` (NaN: not measured).
        quantity: "loss" or "accuracy".
        baseline: the value reached without learning.
        baseline_name: of the baseline.
    """
    found = _checks(metrics, quantity)
    if not len(found.steps):
        return ""
    sentences = [_apart(found, quantity), _turn(found, quantity)]
    if baseline is not None:
        last = float(found.validation[-1])
        side = "below" if last < baseline else "not below"
        sentences.append(f"The validation {quantity} is {side} that of {baseline_name}, {baseline:.3g}.")
    checks = int(metrics[f"validation_{quantity}"].notna().sum())
    sentences.append(f"The validation split was checked {'once' if checks == 1 else f'{checks} times'} (markers).")
    return " ".join(filter(None, sentences))


def _checks(metrics: pd.DataFrame, quantity: str) -> Checks:
    """The checks since which at least one batch was measured."""
    checks = metrics.dropna(subset=[f"validation_{quantity}"])
    batches = metrics.dropna(subset=[quantity])
    steps = checks["step"].to_numpy()
    values = batches[quantity].to_numpy(np.float64)
    ends = np.searchsorted(batches["step"].to_numpy(), steps, side="right")
    starts = np.append(0, ends[:-1])[: len(ends)]
    known = ends > starts
    means = [values[start:end].mean() for start, end in zip(starts[known], ends[known], strict=True)]
    return Checks(steps[known], checks[f"validation_{quantity}"].to_numpy(np.float64)[known], np.array(means))


def _lead(found: Checks, quantity: str) -> np.ndarray:
    """By how much training is better than validation at each check; 0 where the difference is not worth telling."""
    if quantity == "accuracy":
        lead = found.training - found.validation
        return np.where(np.abs(lead) > SAME_ACCURACY, lead, 0.0)
    lead = found.validation - found.training
    return np.where(np.abs(lead) > SAME_LOSS * np.maximum(found.validation, found.training), lead, 0.0)


def _apart(found: Checks, quantity: str) -> str:
    lead = _lead(found, quantity)
    training, validation, step = float(found.training[-1]), float(found.validation[-1]), int(found.steps[-1])
    shown = "{:.1%}" if quantity == "accuracy" else "{:.3g}"
    both = f"training {shown.format(training)}, validation {shown.format(validation)}"
    if not lead[-1]:
        return f"At step {step:,} the two lines are close together: {both}."
    start = int(found.steps[holds_since(np.sign(lead) == np.sign(lead[-1]))])
    since = f"since step {start:,}" if start < step else f"at step {step:,}"
    if quantity == "accuracy":
        side = "above" if lead[-1] < 0 else "below"
        said = f"The validation accuracy is {points(training - validation)} {side} that of the training batches {since}"
    else:
        times = factor(max(training, validation), min(training, validation))
        side = "higher" if lead[-1] > 0 else "lower"
        said = f"The validation loss is {side} than that of the training batches {since}, by now {times} apart"
    why = "; dropout and augmentation, which only training batches pass, can do this" if lead[-1] < 0 else ""
    return f"{said} ({both}){why}."


def _turn(found: Checks, quantity: str) -> str:
    """A sentence on a validation that was better before: it is overfitting only if training improved since."""
    sign = 1 if quantity == "accuracy" else -1
    best = int(np.argmax(sign * found.validation))
    then, last = float(found.validation[best]), float(found.validation[-1])
    worse = abs(last - then) > (SAME_ACCURACY if quantity == "accuracy" else SAME_LOSS * last)
    if not worse:
        return ""
    change = f"fallen by {points(then - last)}" if quantity == "accuracy" else f"risen to {factor(last, then)} that"
    at = f"{then:.1%}" if quantity == "accuracy" else f"{then:.3g}"
    said = f"Validation was best at step {int(found.steps[best]):,} ({at}) and has {change} since"
    if sign * (found.training[-1] - found.training[best]) > 0:
        return f"{said}, while training improved: overfitting."
    return f"{said}, and training did not improve either: this is not overfitting."


def compared(runs: dict[str, pd.DataFrame], column: str, baseline: float | None = None) -> str:
    """Sentences on which network ends best, by how much, and which are below the baseline from which step on.

    Args:
        runs: by name, one row per step with the columns step and ``column``: of several seeds their medians.
        column: an accuracy or a loss.
        baseline: the loss reached without learning.
    """
    ends = {name: rows[column].iloc[-1] for name, rows in runs.items() if len(rows)}
    if not ends:
        return ""
    accuracy = column.endswith("accuracy")
    order = sorted(ends, key=lambda name: -ends[name] if accuracy else ends[name])
    shown = {name: f"{name} {ends[name]:.1%}" if accuracy else f"{name} {ends[name]:.3g}" for name in order}
    said = f"At the end of the lines: {', '.join(shown.values())}."
    if len(order) > 1:
        first, second = ends[order[0]], ends[order[1]]
        same = first - second <= SAME_ACCURACY if accuracy else second - first <= SAME_LOSS * second
        apart = f"by {points(first - second)}" if accuracy else f"{order[1]} is at {factor(second, first)} its loss"
        said += f" {order[0]} and {order[1]} end about equal." if same else f" {order[0]} ends best, {apart}."
    return said if baseline is None or accuracy else f"{said} {_below(runs, column, baseline)}"


def _below(runs: dict[str, pd.DataFrame], column: str, baseline: float) -> str:
    told = []
    for name, rows in runs.items():
        if not len(rows):
            continue
        place = holds_since(rows[column].to_numpy() < baseline)
        told.append(f"{name} from step {int(rows['step'].iloc[place]):,} on" if place < len(rows) else f"{name} never")
    return f"Below the baseline, up to the end: {', '.join(told)}."
