"""The dashboard by keyboard alone, and what opens beside a chart's title."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Dashboard, Visit
from tests.browser.test_journeys import ALL_DRAWN

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_STOPS = 120  # of the key Tab, on the way to anything of a page
FOCUSED = r"""() => {
  const one = document.activeElement;
  const words = one.getAttribute('aria-label') || one.innerText || '';
  return `${one.getAttribute('role') || one.tagName.toLowerCase()} ${words.replace(/\s+/g, ' ').trim().slice(0, 80)}`;
}"""


@pytest.fixture(params=[1440, 390])
def visitor(request: pytest.FixtureRequest, browser: Browser, dashboard: Dashboard) -> Iterator[Visit]:
    """At a desk, and with a phone."""
    visiting = Visit(browser, dashboard.url, width=request.param)
    yield visiting
    complaints = visiting.complaints
    visiting.close()
    assert not complaints


def tab_to(page: Page, wanted: str, key: str = "Tab") -> None:
    """Press Tab until what is wanted has the focus: its role or tag, and its words."""
    passed = []
    for _ in range(MOST_STOPS):
        page.keyboard.press(key)
        passed.append(page.evaluate(FOCUSED))
        if re.search(wanted, passed[-1]):
            return
    raise AssertionError(f"{wanted!r} is not among {passed}")


def test_from_the_front_door_to_the_feature_maps_of_an_own_network_without_a_mouse(visit: Visit) -> None:
    page = visit.open()
    tab_to(page, "^button .*Train a network now")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cnn?*")
    expect(page.get_by_text("test accuracy")).to_be_visible(timeout=60_000)
    visit.settle()
    tab_to(page, "^input Training step")
    page.keyboard.press("Home")
    page.wait_for_url(re.compile(r"[?&]step=0\b"))
    visit.settle()
    page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile(r"[?&]step=1\b"))
    visit.settle()
    tab_to(page, "^tab ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Kernels", exact=True)).to_have_attribute("aria-selected", "true")
    visit.settle()
    page.wait_for_function(ALL_DRAWN)
    tab_to(page, "^button What this shows: How far each kernel moved")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="How far each kernel moved")).to_be_visible()


def test_what_a_chart_shows_opens_with_its_formula_and_sources_and_closes_again(visitor: Visit) -> None:
    page = visitor.open("lstm?view=Gradients")
    page.wait_for_function(ALL_DRAWN)
    title = re.compile(r"of the loss at step \d+, as a share")
    ask = page.get_by_role("button", name=title)
    ask.focus()
    page.keyboard.press("Enter")
    card = page.get_by_role("dialog", name=title)
    expect(card).to_contain_text("how far its gradient reaches")
    assert card.locator("svg").count() == card.locator("math").count() == 3
    expect(card.get_by_role("link").first).to_have_attribute("href", "https://doi.org/10.1109/72.279181")
    box, window = card.bounding_box(), page.viewport_size
    assert box is not None
    assert window is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= window["width"]
    assert box["y"] + box["height"] <= window["height"]
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED).startswith("a Learning Long-Term Dependencies")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(ask).to_be_focused()


def test_what_a_chart_shows_goes_along_with_a_page_that_moves_and_leaves_with_its_chart(visitor: Visit) -> None:
    page = visitor.open("cnn?curves=true")
    page.wait_for_function(ALL_DRAWN)
    page.get_by_role("button", name="What this shows: Loss").click()
    card = page.get_by_role("dialog", name="Loss")
    expect(card).to_contain_text("cross-entropy")
    scroll = "by => document.querySelector('[data-testid=\"stMain\"]').scrollBy({top: by, behavior: 'instant'})"
    page.evaluate(scroll, 30)
    page.wait_for_timeout(300)
    expect(card).to_be_visible()
    page.evaluate(scroll, 3000)
    expect(card).to_be_hidden()


def test_a_chart_is_kept_as_a_picture_that_has_its_title(visit: Visit) -> None:
    page = visit.open("cnn?curves=true")
    page.wait_for_function(ALL_DRAWN)
    chart = page.locator(".explorer-chart").first
    chart.hover()
    buttons = [button.get_attribute("data-title") for button in chart.locator(".modebar-btn").all()]
    assert buttons == ["Zoom in", "Zoom out", "Reset axes", "Download as a picture"]  # and nothing sends it anywhere
    with page.expect_download() as kept:
        chart.locator('[data-title="Download as a picture"]').click()
    assert kept.value.suggested_filename == "loss.png"
    assert kept.value.path().read_bytes().startswith(b"\x89PNG")
