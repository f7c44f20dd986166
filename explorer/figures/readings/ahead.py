"""What charts of forecasts and of other lengths say."""

from collections.abc import Mapping

import numpy as np

from explorer.figures.readings.words import factor, points


def errors_ahead(network: np.ndarray, simple: Mapping[str, np.ndarray]) -> str:
    """Sentences on where the network beats the simple forecasts, and on how its error changes with the distance.

    Args:
        network: (step,) its root mean squared errors, beginning one step ahead.
        simple: by name, those of each simple forecast, (step,).
    """
    count = len(network)
    told = []
    for name, errors in simple.items():
        better = int((network < errors).sum())
        told.append(f"{name} at {'every distance' if better == count else f'{better} of {count} distances'}")
    said = f"The network is better than {' and than '.join(told)}."
    if count == 1:
        return said
    first, last = float(network[0]), float(network[-1])
    turn = "grows" if last > first else "falls" if last < first else "stays"
    return f"{said} Its error {turn} from {first:.3g} one step ahead to {last:.3g} at {count} steps."


def shifted(truth: np.ndarray, predicted: np.ndarray, persistence: np.ndarray) -> str:
    """A sentence on whether forecasts (place,) are closer to the truth or to the last value read."""
    known = np.isfinite(truth) & np.isfinite(predicted) & np.isfinite(persistence)
    if not known.any():
        return ""
    to_truth, to_last = (
        float(np.sqrt(np.mean((predicted[known] - other[known]) ** 2))) for other in (truth, persistence)
    )
    both = f"(root mean square {to_truth:.3g} from the truth, {to_last:.3g} from the last value read)"
    if to_last < to_truth:
        return f"The forecast is closer to the last value read than to the truth {both}: it mostly repeats it."
    return f"The forecast is closer to the truth than to the last value read {both}: it does not merely repeat it."


def over_lengths(
    lines: Mapping[str, tuple[np.ndarray, np.ndarray]], trained_at: float | None, *, accuracy: bool
) -> str:
    """A sentence on each network at the longest sequences, beside the length nearest to that of its training.

    Args:
        lines: by the network's name, lengths (length,) and values (length,).
        trained_at: the length of the training.
        accuracy: whether the values are accuracies; else losses.
    """
    told = []
    for name, (lengths, values) in lines.items():
        own = int(np.abs(lengths - trained_at).argmin()) if trained_at is not None else 0
        far = int(lengths.argmax())
        told.append(f"{name} {_change(float(values[own]), float(values[far]), accuracy=accuracy)}")
    if not told:
        return ""
    lengths = next(iter(lines.values()))[0]
    own = int(lengths[np.abs(lengths - trained_at).argmin()]) if trained_at is not None else int(lengths[0])
    return f"From length {own} to {int(lengths.max())}: {'; '.join(told)}."


def _change(own: float, far: float, *, accuracy: bool) -> str:
    if accuracy:
        turn = f"gains {points(far - own)}" if far > own else f"loses {points(far - own)}" if far < own else "keeps"
        return f"{turn} ({own:.1%} to {far:.1%})"
    if own == far:
        return f"keeps its loss ({own:.3g})"
    turn = f"{factor(far, own)} the loss" if far > own else f"a loss {factor(own, far)} lower"
    return f"has {turn} ({own:.3g} to {far:.3g})"
