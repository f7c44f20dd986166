"""What deletion and insertion curves say of maps, beside many random orders."""

from collections.abc import Mapping

import numpy as np

from explorer.figures.readings.words import counted, listed


def beside_random(areas: Mapping[str, float], random: np.ndarray, *, low_is_good: bool) -> str:
    """Sentences on the maps that are better than every random order, than none, or within their range.

    A map that is only as good as chance is better than all of twenty random orders once in 21 times.

    Args:
        areas: by the map's name, the area under its curve.
        random: (order,) the areas under the curves of random orders.
        low_is_good: whether a small area is good, as of deletion; else a large one, as of insertion.
    """
    low, high = float(random.min()), float(random.max())
    best = [name for name, area in areas.items() if (area < low if low_is_good else area > high)]
    worst = [name for name, area in areas.items() if (area > high if low_is_good else area < low)]
    within = [name for name in areas if name not in best and name not in worst]
    orders = counted(len(random), "random order")
    told = [f"Better than all {orders}: {listed(best)}"] * bool(best)
    told += [f"within their range, so no better than chance: {listed(within)}"] * bool(within)
    told += [f"worse than all of them: {listed(worst)}"] * bool(worst)
    said = "; ".join(told) if best else f"Beside {orders}: {'; '.join(told)}"
    return f"{said}. The band spans areas from {low:.3f} to {high:.3f}."
