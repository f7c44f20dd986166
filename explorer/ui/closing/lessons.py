"""Sentences on the compared runs, made from their numbers."""

from collections.abc import Mapping, Sequence
from statistics import mean

from explorer.figures.gradient_flow import GradientFlow
from explorer.ui.closing.results import Result, interval, split_by_chance

LUCK = 0.05  # the significance level


def lessons(
    results: Sequence[Result],
    answers: Sequence[Sequence[int]],
    truth: Sequence[int],
    seeds: Sequence[Sequence[int]] = (),
) -> list[str]:
    """Sentences about accuracy and cost.

    Args:
        results: one for each network.
        answers: the predictions of each network on the test digits.
        truth: the classes of the test digits.
        seeds: for each network the correct predictions of its runs that differ only in their seeds; () if unknown.
    """
    if len(results) < 2:
        return []
    said = {result.title: answer for result, answer in zip(results, answers, strict=True)}
    leaders, others = _ranked(results)
    smallest = min(results, key=lambda result: result.learnt)
    quickest = min(results, key=lambda result: result.seconds)
    found = [_highest(leaders, others, said, truth), *_significance(leaders, others, said, truth)]
    found.append(_of_seeds(results, seeds))
    if smallest not in leaders:
        found.append(
            f"The {smallest.title} trains the fewest parameters, **{smallest.learnt:,}** against "
            f"{leaders[0].learnt:,} for the {leaders[0].title}, and classifies **{smallest.right} of "
            f"{smallest.asked}** digits correctly."
        )
    if quickest not in leaders:
        found.append(
            f"The {quickest.title} trained fastest: **{quickest.seconds:.1f} s**, against {leaders[0].seconds:.1f} s "
            f"for the {leaders[0].title}."
        )
    return found


def _ranked(results: Sequence[Result]) -> tuple[list[Result], list[Result]]:
    """The networks with the most correct predictions, and the others in falling order."""
    ranked = sorted(results, key=lambda result: result.right, reverse=True)
    most = ranked[0].right
    return [one for one in ranked if one.right == most], [one for one in ranked if one.right < most]


def _highest(
    leaders: Sequence[Result], others: Sequence[Result], said: Mapping[str, Sequence[int]], truth: Sequence[int]
) -> str:
    """Who classifies most digits correctly, and on which digits the first two differ."""
    first = leaders[0]
    low, high = interval(first.right, first.asked)
    count = f"**{first.right} of {first.asked}** correct"
    reach = f"95 % interval {low:.1%} to {high:.1%}"
    if len(leaders) == 1:
        second = others[0]
        start = f"The {first.title} has the highest accuracy, {count} ({reach}); the {second.title} has {second.right}."
    else:
        second = leaders[1]
        start = f"The {_joined([one.title for one in leaders])} share the highest accuracy: {count} each ({reach})."
    alone, other_alone = _apart(said[first.title], said[second.title], truth)
    if alone + other_alone == 0:
        return f"{start} The {first.title} and the {second.title} classify the same digits correctly."
    return f"{start} Only the first is correct on {alone} digits, only the second on {other_alone}."


def _significance(
    leaders: Sequence[Result], others: Sequence[Result], said: Mapping[str, Sequence[int]], truth: Sequence[int]
) -> list[str]:
    """Which leads the test digits can carry: the best was picked afterwards, so each pair could have been the first."""
    if not others:
        return []
    count = len(leaders) + len(others)
    pairs = count * (count - 1) // 2
    chances = {
        other.title: min(1.0, pairs * max(_chance(said[one.title], said[other.title], truth) for one in leaders))
        for other in others
    }
    clear = [f"the {title} ({_probability(chance)})" for title, chance in chances.items() if chance <= LUCK]
    unclear = [f"the {title} ({_probability(chance)})" for title, chance in chances.items() if chance > LUCK]
    parts = [f"significant over {_joined(clear)}"] if clear else []
    parts += [f"possibly chance over {_joined(unclear)}"] if unclear else []
    corrected = f", each p multiplied by {pairs}, the number of pairs" if pairs > 1 else ""
    return [f"Between these trained networks, the lead is {'; it is '.join(parts)}. Exact McNemar test{corrected}."]


def _of_seeds(results: Sequence[Result], seeds: Sequence[Sequence[int]]) -> str:
    """The spread over seeds where there are several runs, and a warning where there is one."""
    repeated = [
        f"the {result.title} {min(counts)} to {max(counts)} of {result.asked}, mean {mean(counts):.1f}, "
        f"over {len(counts)} seeds"
        for result, counts in zip(results, seeds, strict=False)
        if len(counts) > 1
    ]
    rest = "Each network" if not repeated else "Each other network"
    single = f"{rest} was trained with one seed: another seed or more epochs can change the order."
    if not repeated:
        return single
    start = f"Correct predictions by seed: {'; '.join(repeated)}."
    return start if len(repeated) == len(results) else f"{start} {single}"


def _apart(one: Sequence[int], other: Sequence[int], truth: Sequence[int]) -> tuple[int, int]:
    """The number of digits that only the first predicts correctly, and that only the second does."""
    alone = sum(a == t != b for a, b, t in zip(one, other, truth, strict=True))
    return alone, sum(b == t != a for a, b, t in zip(one, other, truth, strict=True))


def _chance(one: Sequence[int], other: Sequence[int], truth: Sequence[int]) -> float:
    return split_by_chance(*_apart(one, other, truth))


def reading(reaches: Sequence[tuple[Result, GradientFlow]]) -> str:
    """The share of the gradient that arrives furthest from the output, network by network."""
    parts = []
    for result, found in reaches:
        if len(found.norms) < 2:
            parts.append(f"in the {result.title} it stops at the new layer, since the others are frozen")
            continue
        unit = "time steps" if result.recurrent else "layers"
        left = found.norms[-1] / found.norms[0]
        parts.append(f"{left:.2g} times as much {len(found.norms) - 1} {unit} back in the {result.title}")
    return "; ".join(parts)


def _joined(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))


def _probability(chance: float) -> str:
    return f"p = {chance:.2g}" if chance >= 0.001 else "p < 0.001"
