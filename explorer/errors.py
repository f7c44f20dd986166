"""The one exception this project raises on purpose.

Exception
└── ExplorerError        every message is fit for a user: what is wrong, with the numbers, and what to choose instead
"""

from reprlib import Repr


class ExplorerError(Exception):
    """Something the person asked for cannot be done; the message says what, with the numbers, and what to choose."""


def shown(value: object, most: int = 80) -> str:
    """A value as a message shows it: its repr, cut where it is longer than ``most`` characters."""
    if isinstance(value, str):
        return repr(value if len(value) <= most else f"{value[: most - 21]}…{value[-20:]}")
    text = _SHORT.repr(value)
    return text if len(text) <= most else f"{text[: most - 21]}…{text[-20:]}"


_SHORT = Repr()  # it never builds the whole repr of a large value
_SHORT.maxstring = _SHORT.maxother = 80
