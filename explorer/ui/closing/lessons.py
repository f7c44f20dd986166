"""Sentences on the compared runs, made from their numbers."""

from collections.abc import Sequence

from explorer.figures.gradient_flow import GradientFlow
from explorer.ui.closing.results import Result, split_by_chance

LUCK = 0.05  # the significance level


def lessons(results: Sequence[Result], answers: Sequence[Sequence[int]], truth: Sequence[int]) -> list[str]:
    """Sentences about accuracy and cost.

    Args:
        results: one for each network.
        answers: the predictions of each network on the test digits.
        truth: the classes of the test digits.
    """
    if len(results) < 2:
        return []
    ranked = sorted(zip(results, answers, strict=True), key=lambda pair: pair[0].right, reverse=True)
    (best, best_answers), (second, second_answers) = ranked[0], ranked[1]
    smallest = min(results, key=lambda result: result.learnt)
    quickest = min(results, key=lambda result: result.seconds)
    found = [_best(best, second, best_answers, second_answers, truth)]
    if smallest is not best:
        found.append(
            f"The {smallest.title} trains the fewest parameters, **{smallest.learnt:,}** against {best.learnt:,} for "
            f"the {best.title}, and classifies **{smallest.right} of {smallest.asked}** digits correctly."
        )
    if quickest is not best:
        found.append(
            f"The {quickest.title} trained fastest: **{quickest.seconds:.1f} s**, against {best.seconds:.1f} s for the "
            f"{best.title}."
        )
    return found


def _best(best: Result, second: Result, said: Sequence[int], other: Sequence[int], truth: Sequence[int]) -> str:
    alone = sum(a == t != b for a, b, t in zip(said, other, truth, strict=True))
    others = sum(b == t != a for a, b, t in zip(said, other, truth, strict=True))
    chance = split_by_chance(alone, others)
    start = (
        f"The {best.title} has the highest accuracy, **{best.right} of {best.asked}** correct, before the "
        f"{second.title} with {second.right}."
    )
    if alone + others == 0:
        return f"{start} Both classify the same digits correctly."
    verdict = "which is significant" if chance <= LUCK else "which may be chance"
    return (
        f"{start} Only the first is correct on {alone} digits, only the second on {others}: chance gives a split at "
        f"least this uneven in {_percent(chance)} of cases, {verdict}."
    )


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


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "less than 0.1%"
