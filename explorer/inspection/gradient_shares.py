"""How much of a gradient is left on its way back through time."""

import numpy as np

LITTLE = 0.01  # of the gradient where it begins


def gradient_shares(gradients: np.ndarray, begins: int, direction: str = "forward") -> np.ndarray:
    """The norm of a gradient at each time step, as a share of its norm where it begins.

    Args:
        gradients: of one answer's loss with respect to a quantity, (time, unit).
        begins: the time step of the answer, where the way back begins.
        direction: of the layer: a "reverse" layer reads from the end, and its gradient flows to the right.

    Returns:
        (time,): 1 at ``begins``; NaN after the answer, where no gradient flows, and everywhere if none begins.
    """
    norms = np.linalg.norm(gradients.astype(np.float64), axis=1)
    if norms[begins] == 0:
        return np.full(len(norms), np.nan)
    beyond = norms[begins + 1 :] if direction == "forward" else norms[:begins]
    if not beyond.any():  # of stacked layers in both directions some gradient does flow there
        beyond[:] = np.nan
    return np.asarray(norms / norms[begins])


def steps_to_little(shares: np.ndarray, begins: int, direction: str = "forward") -> int | None:
    """How many steps back less than 1 % is left for the first time; None if more arrives at every step."""
    way = shares[begins::-1] if direction == "forward" else shares[begins:]
    places = np.flatnonzero(way < LITTLE)
    return int(places[0]) if len(places) else None
