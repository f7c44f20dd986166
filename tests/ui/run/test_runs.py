"""Which run a page shows."""

import pytest

from explorer.ui.run.runs import run_to_show

KNOWN = ("own", "first", "other")


@pytest.mark.parametrize(
    ("asked", "shown", "remembered", "went_back", "expected"),
    [
        ("", "", "", False, "first"),  # a first visit
        ("other", "", "", False, "other"),  # a link
        ("other", "own", "own", False, "other"),  # a link wins over what was shown
        ("gone", "", "", False, "first"),  # a link to a run that is unknown here
        ("gone", "own", "", False, "own"),  # … leaves what is shown
        ("", "own", "", False, "own"),  # chosen in the list, or just begun
        ("", "elsewhere", "", False, "first"),  # the run of another page
        ("", "elsewhere", "own", False, "own"),  # … back on this page: the one it showed last
        ("", "elsewhere", "gone", False, "first"),  # … which is no longer there
        ("", "own", "own", True, "first"),  # Back to an address without a run
        ("other", "own", "own", True, "other"),  # Back to an address with one
        ("gone", "own", "own", True, "first"),  # Back to a run that is no longer there
    ],
)
def test_the_run_that_is_shown(asked: str, shown: str, remembered: str, went_back: bool, expected: str) -> None:
    answer = run_to_show(KNOWN, "first", asked=asked, shown=shown, remembered=remembered, went_back=went_back)
    assert answer == expected
