"""What charts of logits, probabilities, classes and interventions say."""

from collections.abc import Mapping, Sequence

import numpy as np

from explorer.figures.readings.words import counted, factor, listed, points

SAME = 1e-6  # two values this close, relative to the largest, are called equal


def logits_changed(before: np.ndarray, after: np.ndarray, class_names: Sequence[str]) -> str:
    """A sentence on the logits that fall and rise most, (class,) before and after a change."""
    change = after - before
    if np.abs(change).max(initial=0) <= SAME * np.abs(before).max(initial=0):
        return "No logit changes."
    told = []
    if change.min() < 0:
        told.append(f"the logit of {class_names[int(change.argmin())]} falls most, by {-change.min():.3g}")
    if change.max() > 0:
        told.append(f"that of {class_names[int(change.argmax())]} rises most, by {change.max():.3g}")
    said = "; ".join(told).replace("that of", "the logit of") if len(told) == 1 else "; ".join(told)
    return f"{said[0].upper()}{said[1:]}."


def ranked_channels(effects: np.ndarray, class_name: str) -> str:
    """A sentence on the channels whose ablation changes a logit most, from the change of each (channel,)."""
    if not effects.any():
        return f"No channel changes the logit of {class_name} when it is ablated."
    told = []
    if effects.min() < 0:
        told.append(f"without channel {int(effects.argmin())} it falls most, by {-effects.min():.3g} (blue: supports)")
    if effects.max() > 0:
        told.append(f"without channel {int(effects.argmax())} it rises most, by {effects.max():.3g} (orange: opposes)")
    return f"The logit of {class_name}: {'; '.join(told)}. A click ablates a channel."


def confidence(probabilities: np.ndarray, class_names: Sequence[str]) -> str:
    """A sentence on how far the most probable class leads, from probabilities (class,)."""
    if len(probabilities) < 2:
        return ""
    first, second = np.argsort(-probabilities, kind="stable")[:2]
    lead = float(probabilities[first] - probabilities[second])
    return (
        f"{class_names[first]} leads {class_names[second]} by {points(lead)}: this is the network's "
        "confidence, not its correctness."
    )


def uncertainty(probabilities: np.ndarray, tokens: Sequence[str]) -> str:
    """A sentence on the entropy of a prediction, from the probability of each token (token,)."""
    positive = probabilities[probabilities > 0].astype(np.float64)
    entropy = float(-(positive * np.log(positive)).sum())
    best = int(np.argmax(probabilities))
    return (
        f"{tokens[best]} has {probabilities[best]:.1%}; the prediction is as uncertain as a guess among "
        f"{np.exp(entropy):.2g} equally likely tokens, of {len(probabilities)}."
    )


def balance(counts: Mapping[str, np.ndarray], class_names: Sequence[str]) -> str:
    """A sentence on the largest and smallest class over all splits, and the accuracy of always answering the largest.

    Args:
        counts: by split, the examples of each class (class,).
        class_names: of all classes.
    """
    total = np.sum(list(counts.values()), axis=0)
    if not total.sum():
        return ""
    most, least = int(total.argmax()), int(total.argmin())
    share = float(total[most] / total.sum())
    if total[most] == total[least]:
        return f"Every class has {counted(int(total[most]), 'example')}: guessing is correct in {share:.1%}."
    times = f"{factor(float(total[most]), float(total[least]))} as many as" if total[least] else "there are none of"
    return (
        f"{class_names[most]} has the most examples, {int(total[most]):,}, {times} {class_names[least]}: always "
        f"answering {class_names[most]} is correct in {share:.1%}."
    )


def most_confused(counts: np.ndarray, class_names: Sequence[str]) -> str:
    """A sentence on the most frequent error, from counts (true class, predicted class)."""
    off = counts - np.diag(np.diag(counts))
    total = int(counts.sum())
    if not off.any():
        return f"All {total:,} predictions are correct: nothing is off the diagonal." if total else ""
    truth, said = divmod(int(off.argmax()), len(off))
    times = {1: "once", 2: "twice"}.get(int(off.max()), f"{off.max()} times")
    return (
        f"{int(off.sum()):,} of {total:,} predictions are off the diagonal, that is wrong. The most frequent error: "
        f"“{class_names[truth]}” predicted as “{class_names[said]}”, {times}."
    )


def parted(before: np.ndarray, after: np.ndarray, names: tuple[str, str]) -> str:
    """A sentence on where two lines over time (time,) differ most, and whether they meet again.

    Args:
        before: the first line, NaN where it has no value.
        after: the second line.
        names: of both.
    """
    known = np.flatnonzero(np.isfinite(before) & np.isfinite(after))
    if not len(known):
        return ""
    first, second = before[known].astype(np.float64), after[known].astype(np.float64)
    apart = np.abs(second - first)
    limit = SAME * max(1e-12, float(np.abs([first, second]).max()))
    if apart.max() <= limit:
        return f"“{names[0]}” and “{names[1]}” are equal at every step."
    most = int(apart.argmax())
    side = "higher" if second[most] > first[most] else "lower"
    mean = float((second - first).mean())
    average = f"{abs(mean):.2g} {'higher' if mean > 0 else 'lower'}" if abs(mean) > limit else "as high"
    said = (
        f"“{names[1]}” is furthest from “{names[0]}” at step {int(known[most])}, {apart[most]:.3g} {side}; on average "
        f"it is {average}"
    )
    ends = np.flatnonzero(apart > limit)
    if ends[-1] + 1 < len(known):
        return f"{said}. From step {int(known[ends[-1] + 1])} on the two are equal."
    return f"{said}. At the last step they are {apart[-1]:.3g} apart."


def probabilities_moved(before: np.ndarray, after: np.ndarray, class_names: Sequence[str]) -> str:
    """A sentence on the class whose probability an intervention changes most, (class,) each."""
    change = after - before
    most = int(np.abs(change).argmax())
    if abs(change[most]) <= SAME:
        return "No probability changes: the answer does not depend on the intervention."
    turn = "rises" if change[most] > 0 else "falls"
    return f"The probability of {class_names[most]} {turn} most, from {before[most]:.1%} to {after[most]:.1%}."


def intervals(networks: Mapping[str, tuple[float, float, float]]) -> str:
    """A sentence on the networks whose intervals overlap with the best one's.

    Args:
        networks: by name, accuracy and the ends of its confidence interval.
    """
    if len(networks) < 2:
        return ""
    best = max(networks, key=lambda name: networks[name][0])
    value, low, high = networks[best]
    near = [name for name, (_, _, top) in networks.items() if name != best and top >= low]
    said = f"{best} is best with {value:.1%}; its interval, {low:.1%} to {high:.1%}"
    if not near:
        return f"{said}, overlaps with no other."
    return f"{said}, overlaps with that of {listed(near)}: between these the order may be chance."


def ascended(activations: np.ndarray, real: float) -> str:
    """Sentences on whether the ascent beat the strongest real picture, and whether it still rises.

    Args:
        activations: (frame,) of the optimised picture.
        real: the activation that the strongest real picture reaches.
    """
    last, quarter = float(activations[-1]), float(activations[(len(activations) * 3) // 4])
    side = "above" if last > real else "not above"
    risen = last - quarter
    still = risen > 0.05 * float(np.ptp(activations)) and risen > 0
    more = (
        f"It rose by {risen:.2g} in the last quarter: more iterations may take it further."
        if still
        else "It hardly rose in the last quarter: more iterations would add little."
    )
    return f"The line ends {side} the strongest real picture ({last:.3g} against {real:.3g}). {more}"
