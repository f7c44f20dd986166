"""Features of each position in a text, as numbers, and their correlation with each unit."""

import re
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from explorer.errors import ExplorerError

OPENING, CLOSING = "([{", ")]}"
MOST_OF_A_PATTERN = 200  # characters
STAND_IN = "\ufffc"  # for a token of several characters, such as the end token


def after_quote(text: str) -> np.ndarray:
    """1 if a quotation is open after a character, else 0: from its opening quote to just before its closing one.

    A quotation ends with the quote that opened it, or with the line; a backslash escapes the next character.
    """
    inside, quote, escaped = [], "", False
    for character in text:
        if escaped:
            escaped = False
        elif quote and character == "\\":
            escaped = True
        elif quote and character in (quote, "\n"):
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        inside.append(float(bool(quote)))
    return np.array(inside)


def bracket_depth(text: str) -> np.ndarray:
    """The number of open round, square and curly brackets after each character; never below 0."""
    depths, depth = [], 0
    for character in text:
        depth = max(0, depth + (character in OPENING) - (character in CLOSING))
        depths.append(float(depth))
    return np.array(depths)


def _each(test: Callable[[str], bool]) -> Callable[[str], np.ndarray]:
    return lambda text: np.array([float(test(character)) for character in text])


TEXT_FEATURES: dict[str, Callable[[str], np.ndarray]] = {  # a text -> a number for each character
    "is a quote": _each(lambda character: character in "'\""),
    "inside quotes": after_quote,
    "bracket depth": bracket_depth,
    "is a space": _each(str.isspace),
    "is upper case": _each(str.isupper),
    "is a digit": _each(str.isdigit),
}


def matches(text: str, pattern: str) -> np.ndarray:
    """1 inside each match of a regular expression, else 0; ``^`` and ``$`` are the ends of a line.

    Raises:
        ExplorerError: for an invalid pattern, or one that is too long.
    """
    if len(pattern) > MOST_OF_A_PATTERN:
        raise ExplorerError(f"{len(pattern)} characters are too many for a pattern; write {MOST_OF_A_PATTERN} at most.")
    try:
        found = re.finditer(pattern, text, re.MULTILINE)
    except re.error as error:
        place = "" if error.pos is None else f" at character {error.pos}"
        raise ExplorerError(f"{pattern!r} is not a regular expression: {error.msg}{place}.") from None
    inside = np.zeros(len(text))
    for match in found:
        inside[match.start() : match.end()] = 1
    return inside


def as_text(tokens: Sequence[str]) -> str:
    """Tokens as one text, one character each."""
    return "".join(token if len(token) == 1 else STAND_IN for token in tokens)


def correlations(states: Tensor, feature: Tensor | np.ndarray) -> Tensor:
    """Each unit's correlation with a feature (Pearson), from −1 to 1; 0 if either is constant.

    Args:
        states: (position, unit).
        feature: (position).

    Returns:
        (unit), float64.

    Raises:
        ExplorerError: if the feature does not have one number for each position.
    """
    values = torch.as_tensor(feature, dtype=torch.float64)
    if states.dim() != 2 or values.shape != states.shape[:1]:
        raise ExplorerError(
            f"The states are {tuple(states.shape)} and the feature {tuple(values.shape)}; "
            "give (position, unit) and (position)."
        )
    centred, against = (numbers - numbers.mean(0) for numbers in (states.double(), values))
    size = centred.norm(dim=0) * against.norm()
    # a constant may vary by rounding
    moves = (centred.norm(dim=0) > 1e-6 * states.double().norm(dim=0)) & (against.norm() > 1e-9 * values.norm())
    return torch.where(moves, against @ centred / size.clamp(min=torch.finfo(torch.float64).tiny), 0.0)
