"""Line breaking by the width of a text, which is estimated letter by letter.

The widths of the letters are those of the dashboard's sans-serif font as fractions of its size, rounded up, so that no
line is wider than estimated.
"""

NARROW, WIDE = frozenset("fijlrtI.,:;'()-| "), frozenset("mwMW&—")
NARROW_WIDTH, WIDE_WIDTH, CAPITAL_WIDTH, OTHER_WIDTH = 0.3, 0.84, 0.6, 0.52


def text_width(text: str, size: float) -> float:
    """The width of a text in pixels at a font size in pixels."""
    return size * sum(_letter(letter) for letter in text)


def wrapped(text: str, width: float, size: float) -> list[str]:
    """The fewest lines of at most ``width`` pixels, as even as possible; words may break at hyphens.

    A single part that is wider than a line has a line to itself.
    """
    parts = [part for word in text.split() for part in _parts(word)]
    fewest = _filled(parts, width, size)
    spans = [parts[first:last] for first in range(len(parts)) for last in range(first + 1, len(parts) + 1)]
    candidates = sorted({text_width(" ".join(span), size) for span in spans})
    for narrower in candidates:
        lines = _filled(parts, min(narrower, width), size)
        if len(lines) == len(fewest):
            return lines
    return fewest


def _parts(word: str) -> list[str]:
    head, hyphen, tail = word.partition("-")
    return [head + hyphen, *_parts(tail)] if hyphen and tail else [word]


def _filled(parts: list[str], width: float, size: float) -> list[str]:
    lines = [parts[0]]
    for part in parts[1:]:
        longer = lines[-1] + ("" if lines[-1].endswith("-") else " ") + part
        if text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def _letter(letter: str) -> float:
    if letter in NARROW:
        return NARROW_WIDTH
    if letter in WIDE:
        return WIDE_WIDTH
    return CAPITAL_WIDTH if letter.isupper() or letter.isdigit() else OTHER_WIDTH
