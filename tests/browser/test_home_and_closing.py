"""The first and the last page in a real browser: every picture is drawn, and leads on."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_journeys import ALL_DRAWN, wait_for_status

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TILES = {"cnn": "CNN", "pretrained": "Pretrained CNN", "rnn": "RNN", "lstm": "LSTM"}


def test_each_tile_shows_a_picture_of_a_run(visit: Visit) -> None:
    page = visit.open()
    page.wait_for_function(ALL_DRAWN)
    for name in TILES:
        picture = page.locator(f".st-key-tile-{name} .explorer-chart")
        expect(picture).to_have_attribute("aria-label", re.compile(r"\w+: "))
        assert picture.locator(".main-svg").count() > 0
        assert picture.locator("image, .heatmaplayer, .imagelayer").count() > 0


def test_a_click_on_a_picture_opens_its_page(visit: Visit) -> None:
    page = visit.open()
    page.wait_for_function(ALL_DRAWN)
    page.locator(".st-key-tile-lstm .explorer-chart").click(position={"x": 150, "y": 90})
    expect(page.get_by_role("heading", name="LSTM", exact=True)).to_be_visible(timeout=15_000)


def test_one_press_leads_from_the_front_door_to_a_network_that_has_learnt(visit: Visit) -> None:
    page = visit.open()
    page.get_by_role("button", name="Train a network now").click()
    expect(page.get_by_role("heading", name="CNN", exact=True)).to_be_visible(timeout=15_000)
    wait_for_status(page, "finished")
    visit.settle()
    page.get_by_role("tab", name="Kernels", exact=True).click()
    visit.settle()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Home").click()
    visit.settle()
    page.get_by_role("link", name="Pick up where you left off: CNN, Kernels").click()
    visit.settle()
    expect(page.get_by_role("tab", name="Kernels", exact=True)).to_have_attribute("aria-selected", "true")


def test_the_next_visit_goes_on_where_the_last_one_ended(visit: Visit) -> None:
    page = visit.open("lstm?view=Gates")
    page.wait_for_function("() => document.cookie.includes('explorer_left_off_')")
    page = visit.open()
    expect(page.get_by_role("link", name="Pick up where you left off: LSTM, Gates")).to_be_visible()


def test_every_chart_of_the_closing_thoughts_is_drawn_and_says_what_it_shows(visit: Visit) -> None:
    page = visit.open("closing-thoughts")
    page.wait_for_function(ALL_DRAWN)
    charts = page.locator(".explorer-chart")
    assert charts.count() == 6
    for number in range(6):
        assert charts.nth(number).get_attribute("aria-label")
    assert page.get_by_test_id("stException").count() == 0
    page.get_by_role("button", name="GRU", exact=True).click()
    expect(page.get_by_role("link", name="Open the GRU")).to_be_visible(timeout=60_000)
