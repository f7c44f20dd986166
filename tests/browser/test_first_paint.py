"""A page appears once it stands: what is seen of it does not move while the rest arrives."""

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Dashboard, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# the sum of all layout shifts that no press of the visitor's caused, as the web's Core Web Vitals define them
COUNT_SHIFTS = """new PerformanceObserver((list) => {
  const moved = list.getEntries().filter((entry) => !entry.hadRecentInput);
  window.shifted = moved.reduce((sum, entry) => sum + entry.value, window.shifted ?? 0);
}).observe({ type: 'layout-shift', buffered: true });"""
EXPLORE = ("cnn", "pretrained", "rnn", "lstm")
OTHERS = ("", "machine-learning", "deep-learning", "closing-thoughts")
SIZES = [(1440, 900, (*EXPLORE, *OTHERS)), (1280, 720, EXPLORE), (390, 844, EXPLORE)]


@pytest.mark.parametrize(("width", "height", "pages"), SIZES, ids=["laptop", "projector", "phone"])
def test_nothing_moves_while_a_page_loads(
    browser: Browser, dashboard: Dashboard, width: int, height: int, pages: tuple[str, ...]
) -> None:
    visitor = Visit(browser, dashboard.url, width, height=height)
    visitor.page.add_init_script(COUNT_SHIFTS)
    moved = {}
    for address in pages:
        visitor.open(address)  # the first visitor of a server waits for its imports
        page = visitor.open(address)
        page.wait_for_function("document.documentElement.dataset.shown === ''")
        page.wait_for_timeout(500)
        moved[address] = page.evaluate("window.shifted ?? 0")
    visitor.close()
    assert max(moved.values()) < 0.1, moved
