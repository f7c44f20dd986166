"""The walk through time and the choice of a unit, in a real browser."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

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


def player(page: Page) -> Locator:
    """What plays the sequence; the bar has another for the training."""
    return page.get_by_role("group", name="Play the sequence")


def press(page: Page, name: str) -> None:
    player(page).get_by_role("button", name=name, exact=True).click()


def wait_for_time(page: Page, step: int) -> None:
    expect(player(page)).to_have_attribute("data-step", str(step), timeout=20_000)


def test_play_moves_slider_diagram_and_equations_without_a_blank(visit: Visit) -> None:
    page = visit.open("lstm")
    page.wait_for_function(ALL_DRAWN)
    page.evaluate(WATCH)
    press(page, "Play the sequence")
    for step in (1, 2, 3):  # the slider goes along while it plays
        page.wait_for_function(f"({STEP_DRAWN})() >= {step}", timeout=20_000)
        assert abs(value_of(page, "Time step") - page.evaluate(STEP_DRAWN)) <= 1  # read one after the other
    press(page, "Pause the playback")
    visit.settle()
    page.wait_for_function(ALL_DRAWN)
    paused = value_of(page, "Time step")
    assert paused == page.evaluate(STEP_DRAWN) >= 2
    assert page.evaluate("[blank, removed]") == [0, 0]


def test_play_stops_at_the_last_step_and_begins_again_at_the_first(visit: Visit) -> None:
    page = visit.open("lstm?time=47")
    page.wait_for_function(ALL_DRAWN)
    press(page, "Play the sequence")
    expect(player(page)).to_have_attribute("data-playing", "true")
    expect(player(page)).to_have_attribute("data-playing", "false", timeout=20_000)
    assert value_of(page, "Time step") == 49
    expect(player(page).get_by_role("button", name="One time step forward")).to_be_disabled()
    press(page, "Play the sequence")
    page.wait_for_function("Number(document.querySelector('[aria-label=\"Play the sequence\"]').dataset.step) < 10")


def test_single_steps_go_to_and_fro_and_another_view_ends_the_playback_where_it_was(visit: Visit) -> None:
    page = visit.open("lstm")
    page.wait_for_function(ALL_DRAWN)
    press(page, "One time step forward")
    wait_for_time(page, 1)
    press(page, "One time step back")
    wait_for_time(page, 0)
    page.locator(".st-key-time input[type=range]").focus()
    page.keyboard.press("End")
    wait_for_time(page, 49)
    press(page, "One time step back")  # from where the slider is
    wait_for_time(page, 48)
    page.locator(".st-key-time input[type=range]").focus()
    page.keyboard.press("Home")
    wait_for_time(page, 0)
    press(page, "Play the sequence")
    wait_for_time(page, 2)
    page.get_by_role("tab", name="Gates", exact=True).click()
    visit.settle()
    stopped = value_of(page, "Time step")
    page.wait_for_timeout(2500)
    visit.settle()
    assert value_of(page, "Time step") == stopped >= 2


def test_a_click_on_a_ranked_unit_chooses_it(visit: Visit) -> None:
    page = visit.open("lstm?view=States")
    page.wait_for_function(ALL_DRAWN)
    ranking = page.locator(".explorer-figure", has=page.locator(".explorer-name", has_text="Units correlated with"))
    first = int(ranking.locator(".ytick text").first.text_content() or -1)
    ranking.locator(".bars .point path").first.click(force=True)
    page.wait_for_timeout(500)
    visit.settle()
    assert value_of(page, "Unit") == first != 0
