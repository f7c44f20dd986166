"""What the numbers say, in plain sentences; each is made of the runs that are compared."""

from collections.abc import Sequence

from explorer.figures.gradient_flow import GradientFlow
from explorer.ui.closing.results import RECURRENT, Result, split_by_chance

LUCK = 0.05  # what chance does more often than this may be chance


def lessons(results: Sequence[Result], answers: Sequence[Sequence[int]], truth: Sequence[int]) -> list[str]:
    """Sentences about accuracy and cost.

    Args:
        results: one for each network.
        answers: what each network takes each test digit for.
        truth: what each test digit is.
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
            f"The {smallest.title} learns the fewest parameters, **{smallest.learnt:,}** against {best.learnt:,} of "
            f"the {best.title}, and gets **{smallest.right} of {smallest.asked}** right."
        )
    if quickest is not best:
        found.append(
            f"The {quickest.title} was quickest: **{quickest.seconds:.1f} s**, and {best.seconds:.1f} s for the "
            f"{best.title}."
        )
    return found


def _best(best: Result, second: Result, said: Sequence[int], other: Sequence[int], truth: Sequence[int]) -> str:
    alone = sum(a == t != b for a, b, t in zip(said, other, truth, strict=True))
    others = sum(b == t != a for a, b, t in zip(said, other, truth, strict=True))
    chance = split_by_chance(alone, others)
    start = (
        f"The {best.title} is right most often, on **{best.right} of {best.asked}**; next comes the {second.title}, "
        f"with {second.right}."
    )
    if alone + others == 0:
        return f"{start} They are right on the same digits."
    verdict = "which is hardly luck" if chance <= LUCK else "which may be luck"
    return (
        f"{start} {alone} digits only the first gets right, {others} only the second: a coin would divide them so "
        f"unevenly in {_percent(chance)} of cases, {verdict}."
    )


def reading(reaches: Sequence[tuple[Result, GradientFlow]]) -> str:
    """How much of the gradient arrives furthest from the answer, network by network; empty where there is none."""
    parts = []
    for result, found in reaches:
        if len(found.norms) < 2:
            parts.append(f"in the {result.title} it stops at the new layer: the rest is frozen")
            continue
        unit = "time steps" if result.model in RECURRENT else "layers"
        left = found.norms[-1] / found.norms[0]
        parts.append(f"{left:.2g} times as much {len(found.norms) - 1} {unit} back in the {result.title}")
    return "; ".join(parts)


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= 0.001 else "less than 0.1%"
