"""axe-core looks at every page and every view, in both themes: nothing serious or critical may be found."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from explorer.ui.address.pages import PLACES
from explorer.ui.views import PAGE_VIEWS
from tests.browser.conftest import Dashboard, Visit

pytestmark = pytest.mark.browser

COUNTED = ("serious", "critical")
# Streamlit's own markup, which no page can change: (rule, what the element's HTML begins with)
STREAMLITS_OWN = (
    ("list", '<ul data-testid="stSidebarNavItems"'),  # sections stand between the list and its items
    ("listitem", '<li class="st-emotion-cache-'),  # of the same navigation
    ("scrollable-region-focusable", '<span class="katex-display"'),  # a formula that is wider than its place
)


@pytest.fixture(scope="module", params=["light", "dark"])
def visitor(request: pytest.FixtureRequest, browser: Browser, dashboard: Dashboard) -> Iterator[Visit]:
    visiting = Visit(browser, dashboard.url, theme=request.param)
    yield visiting
    visiting.close()


def findings(visitor: Visit) -> list[str]:
    """A line for each element that breaks a rule: the rule, its impact, the element, and what is wrong."""
    found: list[dict[str, Any]] = Axe().run(visitor.page).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:160]} {node['failureSummary'][:300]}"
        for rule in found
        if rule["impact"] in COUNTED
        for node in rule["nodes"]
        if not any(rule["id"] == known and node["html"].startswith(begins) for known, begins in STREAMLITS_OWN)
    ]


@pytest.mark.parametrize("page", list(PLACES))
def test_a_page_has_no_serious_finding(visitor: Visit, page: str) -> None:
    visitor.open(page)
    visitor.page.wait_for_timeout(800)  # what fades in has its colours then
    assert not findings(visitor)


@pytest.mark.slow
@pytest.mark.parametrize("page", list(PAGE_VIEWS))
def test_no_view_of_a_page_has_a_serious_finding(browser: Browser, dashboard: Dashboard, page: str) -> None:
    visitor = Visit(browser, dashboard.url)
    found: dict[str, list[str]] = {}
    visitor.open(page)
    for view in (view.name for view in PAGE_VIEWS[page]):
        visitor.page.get_by_role("tab", name=view, exact=True).click()
        visitor.settle()
        visitor.page.wait_for_timeout(500)
        found[view] = findings(visitor)
    visitor.close()
    assert not {view: faults for view, faults in found.items() if faults}
