"""The one exception this project raises on purpose.

Exception
└── ExplorerError        every message is fit for a user: what is wrong, with the numbers, and what to choose instead
"""

from reprlib import Repr


class ExplorerError(Exception):
    """Something the person asked for cannot be done; the message says what, with the numbers, and what to choose."""

    def __str__(self) -> str:
        return printable(super().__str__())


def shown(value: object, most: int = 80) -> str:
    """A value as a message shows it: its repr, cut where it is longer than ``most`` characters."""
    return repr(shortened(value, most)) if isinstance(value, str) else shortened(_SHORT.repr(value), most)


def shortened(text: str, most: int = 80) -> str:
    """A text without its middle where it is longer than ``most`` characters."""
    return text if len(text) <= most else f"{text[: most - 21]}…{text[-20:]}"


def printable(text: str) -> str:
    """A text that every page can show: a name of a file may hold bytes that are no characters."""
    return text.encode("utf-8", "backslashreplace").decode()


_SHORT = Repr()  # it never builds the whole repr of a large value
_SHORT.maxstring = _SHORT.maxother = 80
