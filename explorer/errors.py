"""The one exception this project raises on purpose.

Exception
└── ExplorerError        every message is fit for a user: what is wrong, with the numbers, and what to choose instead
"""


class ExplorerError(Exception):
    """Something the person asked for cannot be done; the message says what, with the numbers, and what to choose."""
