"""Features of each position in a text, as numbers, and their correlation with each unit."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from explorer.errors import ExplorerError

OPENING, CLOSING = "([{", ")]}"
MOST_OF_A_PATTERN = 200  # characters
MOST_SECONDS = 1.0  # of computing for a pattern
PATIENCE = 30.0  # seconds that the search may take in all, on a busy machine
FIND_MATCHES = Path(__file__).with_name("find_matches.py")
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


def indentation(text: str) -> np.ndarray:
    """The number of spaces that the line of each character begins with, as far as it has been read."""
    widths, width, begins = [], 0.0, True
    for character in text:
        if character == "\n":
            width, begins = 0.0, True
        elif begins and character == " ":
            width += 1
        else:
            begins = False
        widths.append(width)
    return np.array(widths)


def _each(test: Callable[[str], bool]) -> Callable[[str], np.ndarray]:
    return lambda text: np.array([float(test(character)) for character in text])


TEXT_FEATURES: dict[str, Callable[[str], np.ndarray]] = {  # a text -> a number for each character
    "is a quote": _each(lambda character: character in "'\""),
    "inside quotes": after_quote,
    "bracket depth": bracket_depth,
    "indentation": indentation,
    "is a space": _each(str.isspace),
    "is upper case": _each(str.isupper),
    "is a digit": _each(str.isdigit),
}


def matches(texts: Sequence[str], pattern: str) -> list[np.ndarray]:
    """1 inside each match of a regular expression, else 0, for each text; ``^`` and ``$`` are the ends of a line.

    A process of its own searches, so that a pattern that backtracks without end makes nobody else wait.

    Raises:
        ExplorerError: for an invalid pattern, one that is too long, or one that takes too long.
    """
    if len(pattern) > MOST_OF_A_PATTERN:
        raise ExplorerError(f"{len(pattern)} characters are too many for a pattern; write {MOST_OF_A_PATTERN} at most.")
    asked = json.dumps({"pattern": pattern, "texts": list(texts), "seconds": MOST_SECONDS})
    command = [sys.executable, "-I", "-S", str(FIND_MATCHES)]
    try:
        ended = subprocess.run(command, input=asked, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise _too_slow(pattern, texts) from None
    if ended.returncode < 0:  # by the operating system
        raise _too_slow(pattern, texts)
    if ended.returncode:
        raise ExplorerError(f"{pattern!r} cannot be searched for: {ended.stderr.strip().rpartition(chr(10))[2]}.")
    answer = json.loads(ended.stdout)
    if "error" in answer:
        raise ExplorerError(f"{pattern!r} is not a regular expression: {answer['error']}.")
    return [_inside(len(text), spans) for text, spans in zip(texts, answer["spans"], strict=True)]


def _inside(length: int, spans: list[tuple[int, int]]) -> np.ndarray:
    inside = np.zeros(length)
    for start, end in spans:
        inside[start:end] = 1
    return inside


def _too_slow(pattern: str, texts: Sequence[str]) -> ExplorerError:
    return ExplorerError(
        f"{pattern!r} takes more than {MOST_SECONDS:g} s of computing on {sum(map(len, texts)):,} characters; "
        "choose one without a repetition inside a repetition, such as a+ in place of (a+)+."
    )


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
