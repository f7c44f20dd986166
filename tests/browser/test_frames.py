"""Steps that are shown at once, sent ahead, are what the server draws; and the page follows."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.test_journeys import ALL_DRAWN, begin_long_run, button, wait_for_status
from tests.browser.test_one_screen import player, step_of, wait_for_step

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# the numbers and the words of every chart and of all that is said in the open view, and the answer in the bar
SHOWN = """() => {
  const panel = document.querySelector('[data-testid="stMain"] [role="tabpanel"]:not([hidden])');
  const numbers = (one) => JSON.stringify(one.data.map(({z, x, y, text}) => [z, x, y, text]),
    (_, value) => ArrayBuffer.isView(value) ? Array.from(value) : value);
  return {
    charts: [...panel.querySelectorAll('.js-plotly-plot')].map(numbers),
    words: panel.innerText,
    answer: document.querySelector('.explorer-answer').innerText,
  };
}"""
# what goes to the server from now on: nothing, so that only frames can be shown
CUT_OFF = "globalThis.sent = 0; WebSocket.prototype.send = () => { sent += 1; };"
SLIDER = "Training step"


def shown(page: Page) -> Any:
    page.wait_for_function(ALL_DRAWN)
    page.wait_for_timeout(900)  # what is not in sight is drawn at rest
    return page.evaluate(SHOWN)


@pytest.mark.parametrize(
    "address", ["cnn?view=Feature+maps", "cnn?view=Kernels", "lstm?view=States", "lstm?view=Gates"]
)
def test_a_step_that_was_sent_ahead_is_the_step_that_the_server_draws(visit: Visit, address: str) -> None:
    page = visit.open(address)
    page.wait_for_function(ALL_DRAWN)
    slider = page.get_by_role("slider", name=SLIDER)
    slider.focus()
    page.keyboard.press("ArrowLeft")  # the next one is sent along with it
    visit.settle()
    page.wait_for_timeout(600)
    visit.settle()
    first = step_of(page)
    page.evaluate(CUT_OFF)
    page.keyboard.press("ArrowLeft")
    page.wait_for_function(
        "(before) => Number(document.querySelector('.explorer-player').dataset.step) < before", arg=first
    )
    ahead, step = shown(page), step_of(page)
    assert page.evaluate("sent") > 0  # it would have been told
    drawn = visit.open(f"{address}&step={step}")
    wait_for_step(drawn, step)
    assert shown(drawn) == ahead


def test_the_page_follows_a_step_that_was_shown_at_once(visit: Visit) -> None:
    page = visit.open("cnn?view=Kernels")
    page.get_by_role("slider", name=SLIDER).focus()
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile("step=0"))
    visit.settle()
    page.reload()
    visit.settle()
    wait_for_step(page, 0)


def test_the_tables_of_a_view_belong_to_the_step_of_its_charts(visit: Visit) -> None:
    page = visit.open("cnn?view=Predictions")
    page.get_by_role("slider", name=SLIDER).focus()
    page.keyboard.press("Home")
    expect(page.get_by_text("The test split at step 0:")).to_be_visible()
    wait_for_step(page, 0)


def test_a_slider_that_is_moved_while_it_plays_stays_where_it_was_moved(visit: Visit) -> None:
    page = visit.open("cnn?step=0")
    page.wait_for_function(ALL_DRAWN)
    player(page, "Play the training")
    page.wait_for_function("Number(document.querySelector('.explorer-player').dataset.step) >= 4")
    page.get_by_role("slider", name=SLIDER).focus()
    page.keyboard.press("End")
    wait_for_step(page, 2400)
    visit.settle()
    page.wait_for_timeout(1500)
    assert step_of(page) == 2400
    assert page.get_by_role("slider", name=SLIDER).get_attribute("aria-valuetext") == "2400"
    expect(page.get_by_text("channel 0 at step 2,400")).to_be_visible()


def test_another_map_that_is_chosen_while_it_plays_is_played_on(visit: Visit) -> None:
    page = visit.open("cnn?step=0")
    page.wait_for_function(ALL_DRAWN)
    player(page, "Play the training")
    page.wait_for_function("Number(document.querySelector('.explorer-player').dataset.step) >= 4")
    page.get_by_role("spinbutton", name="Map, 0 to 15").fill("5")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"channel 5 at step [\d,]{3,}"))).to_be_visible(timeout=30_000)
    page.wait_for_selector(".explorer-player[data-step='2400'][data-playing='false']", timeout=60_000)
    visit.settle()
    expect(page.get_by_text("channel 5 at step 2,400")).to_be_visible()


def test_the_line_of_the_chosen_step_goes_along_in_the_curves(visit: Visit) -> None:
    page = visit.open("cnn?step=0&curves=true")
    page.wait_for_function(ALL_DRAWN)
    line = """() => document.querySelector('.st-key-loss-curve .js-plotly-plot').layout.shapes.at(-1).x0"""
    assert page.evaluate(line) == 0
    player(page, "Play the training")
    page.wait_for_function("Number(document.querySelector('.explorer-player').dataset.step) >= 8")
    player(page, "Pause the playback")
    page.wait_for_function(f"({line})() === Number(document.querySelector('.explorer-player').dataset.step)")


def test_a_step_of_a_view_that_has_nothing_to_show_is_drawn_by_the_server(visit: Visit) -> None:
    page = visit.open("rnn?view=Gates")
    page.get_by_role("slider", name=SLIDER).focus()
    page.keyboard.press("Home")
    wait_for_step(page, 0, seconds=4)  # at once, not when patience is at its end
    visit.settle()
    assert page.get_by_test_id("stException").count() == 0


def test_after_back_the_slider_moves_the_view_that_is_open_again(visit: Visit) -> None:
    page = visit.open("cnn")
    page.get_by_role("tab", name="Kernels", exact=True).click()
    visit.settle()
    page.go_back()
    visit.settle()
    page.get_by_label("One recorded step back").click()
    wait_for_step(page, 2240, seconds=4)
    expect(page.get_by_text("channel 0 at step 2,240")).to_be_visible()


def test_a_page_at_its_end_follows_a_run_that_trains_after_the_slider_came_back_to_it(visit: Visit) -> None:
    page = visit.open("cnn")
    begin_long_run(visit)
    wait_for_status(page, "training")
    own = "(last) => ![-1, last].includes(Number(document.querySelector('.explorer-player')?.dataset.step ?? -1))"
    page.wait_for_function(own, arg=2400)  # the run that was shown before has gone
    page.wait_for_function(ALL_DRAWN)
    visit.settle()
    slider = page.get_by_role("slider", name=SLIDER)
    slider.focus()
    page.keyboard.press("Home")
    wait_for_step(page, 0)
    visit.page.wait_for_timeout(2500)
    assert step_of(page) == 0  # it stays, though the run has gone on
    page.keyboard.press("End")
    page.wait_for_function("Number(document.querySelector('.explorer-player').dataset.step) > 0")
    before = step_of(page)
    newer = "(before) => Number(document.querySelector('.explorer-player').dataset.step) > before"
    page.wait_for_function(newer, arg=before, timeout=20_000)
    assert "step=" not in page.url
    button(page, "Stop")
    wait_for_status(page, "stopped")


def test_a_step_that_a_button_chooses_while_it_plays_is_shown(visit: Visit) -> None:
    page = visit.open("cnn?step=0")
    page.wait_for_function(ALL_DRAWN)
    player(page, "Play the training")
    page.wait_for_function("Number(document.querySelector('.explorer-player').dataset.step) >= 4")
    button(page, "Best step 960")
    page.wait_for_function("Number(document.querySelector('.explorer-player').dataset.step) >= 960", timeout=4000)
