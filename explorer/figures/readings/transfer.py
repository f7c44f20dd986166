"""What the charts of transfer learning say."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from explorer.figures.readings.words import points


def by_examples(own: pd.DataFrame, shipped: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Sentences on what pretraining is worth with the fewest and with the most examples per class.

    Own runs are told where they cover a number of examples with and without pretraining, else the shipped ones.

    Args:
        own: one row per run with the columns strategy, examples and accuracy (0 to 1).
        shipped: the same columns.
        labels: the strategies' names in the legend; "scratch" is the one without pretraining.
    """
    for frame, of in ((own, "your runs"), (shipped, "the shipped runs")):
        means = frame.groupby(["examples", "strategy"])["accuracy"].mean().unstack()
        if "scratch" not in means or len(means.columns) < 2:
            continue
        both = means[means["scratch"].notna() & means.drop(columns="scratch").notna().any(axis=1)]
        if len(both):
            ends = dict.fromkeys((int(both.index[0]), int(both.index[-1])))
            rows = both.to_dict("index")
            told = [_worth(rows[count], count, labels) for count in ends]
            return f"Of {of}, {'; '.join(told)}."
    return ""


def _worth(row: Mapping[Any, float], count: int, labels: Mapping[str, str]) -> str:
    pretrained = {strategy: value for strategy, value in row.items() if strategy != "scratch" and not math.isnan(value)}
    best = max(pretrained, key=lambda strategy: pretrained[strategy])
    lead = pretrained[best] - row["scratch"]
    side = f"{points(lead)} above" if lead > 0 else f"{points(lead)} below" if lead < 0 else "level with"
    return (
        f"with {count} per class, {labels[best]} ({pretrained[best]:.1%}) {'is' if best == 'all' else 'are'} {side} "
        f"training from scratch ({row['scratch']:.1%})"
    )


def moved_most(distances: Mapping[str, Mapping[str, float]], labels: Mapping[str, str]) -> str:
    """A sentence on the part of the network that each strategy moved most, and on those that it left alone.

    Args:
        distances: by strategy, the relative distance of each part.
        labels: the strategies' names in the legend.
    """
    told = []
    for strategy, parts in distances.items():
        if not any(parts.values()):
            told.append(f"{labels[strategy]}: nothing moved")
            continue
        most = max(parts, key=lambda part: parts[part])
        still = sum(not distance for distance in parts.values())
        rest = f", {still} of {len(parts)} parts stay at 0" if still else ""
        told.append(f"{labels[strategy]}: {most} moved most ({parts[most]:.2g}){rest}")
    said = "; ".join(told)
    return f"{said[0].upper()}{said[1:]}." if said else ""
