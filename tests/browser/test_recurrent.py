"""The walk through time and the choice of a unit, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.test_journeys import ALL_DRAWN

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# what is seen of each frame: charts without a drawing, and charts that were taken away
WATCH = """() => {
  window.blank = 0; window.removed = 0;
  const holds = n => n.querySelector && (n.matches('.explorer-chart') || n.querySelector('.explorer-chart'));
  new MutationObserver(all => all.forEach(m => m.removedNodes.forEach(n => { if (holds(n)) window.removed++; })))
    .observe(document.body, {childList: true, subtree: true});
  const look = () => {
    const charts = [...document.querySelectorAll('.explorer-chart')].filter(e => e.offsetParent);
    if (charts.some(e => !e.querySelector('.main-svg'))) window.blank++;
    requestAnimationFrame(look);
  };
  look();
}"""


STEP_DRAWN = """() => {
  const titles = [...document.querySelectorAll('.explorer-name')].map(e => e.textContent).join(' ');
  return Number(/cell: unit 0 at step (\\d+)/.exec(titles)?.[1] ?? -1);
}"""


def value_of(page: Page, label: str) -> int:
    slider = page.locator('[data-testid="stSlider"]').filter(has_text=re.compile(f"^{label}"))
    return int(re.findall(r"\d+", slider.inner_text())[0])  # then come its ends


def test_play_moves_diagram_and_equations_without_a_blank_and_a_pause_brings_the_slider_along(visit: Visit) -> None:
    page = visit.open("lstm")
    page.wait_for_function(ALL_DRAWN)
    page.evaluate(WATCH)
    page.get_by_role("button", name="Play", exact=True).click()
    for step in (1, 2, 3):  # the slider goes along while it plays
        page.wait_for_function(f"({STEP_DRAWN})() >= {step}", timeout=20_000)
        assert abs(value_of(page, "Time step") - page.evaluate(STEP_DRAWN)) <= 1  # read one after the other
    page.get_by_role("button", name="Pause playing", exact=True).click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=15_000)
    visit.settle()
    paused = value_of(page, "Time step")
    assert paused == page.evaluate(STEP_DRAWN) >= 2
    assert page.evaluate("[blank, removed]") == [0, 0]


def test_play_stops_at_the_last_step(visit: Visit) -> None:
    page = visit.open("lstm?time=47")
    page.wait_for_function(ALL_DRAWN)
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("button", name="Pause playing", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible(timeout=20_000)
    visit.settle()
    assert value_of(page, "Time step") == 49


def test_a_click_on_a_ranked_unit_chooses_it(visit: Visit) -> None:
    page = visit.open("lstm?view=States")
    page.wait_for_function(ALL_DRAWN)
    ranking = page.locator(".explorer-figure", has=page.locator(".explorer-name", has_text="Units correlated with"))
    first = int(ranking.locator(".ytick text").first.text_content() or -1)
    ranking.locator(".bars .point path").first.click(force=True)
    page.wait_for_timeout(500)
    visit.settle()
    assert value_of(page, "Unit") == first != 0
