"""A digit, drawn on the CNN page with the mouse, a finger or the keys, and the answer that follows."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import Dashboard, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ADDRESS, ANSWER = "cnn?view=Predictions", "Prediction: "


def opened(page: Page) -> Locator:
    """The canvas, once its popover is open."""
    page.get_by_role("button", name="Draw or upload").click()
    canvas = page.get_by_label("Canvas for a drawing")
    expect(canvas).to_be_visible()
    canvas.scroll_into_view_if_needed()
    return canvas


def answer(page: Page, words: re.Pattern[str]) -> None:
    expect(page.locator(".explorer-name", has_text=ANSWER)).to_have_text(words, timeout=30_000)


def vertical_line(page: Page, canvas: Locator) -> None:
    box = canvas.bounding_box()
    assert box is not None
    middle, top, bottom = box["x"] + box["width"] / 2, box["y"] + 40, box["y"] + box["height"] - 40
    page.mouse.move(middle, top)
    page.mouse.down()
    page.mouse.move(middle, bottom, steps=12)
    page.mouse.up()


def test_a_vertical_line_drawn_with_the_mouse_is_a_one(visit: Visit) -> None:
    page = visit.open(ADDRESS, seconds=180)
    first = page.locator(".explorer-name", has_text=ANSWER).inner_text()
    vertical_line(page, opened(page))
    answer(page, re.compile(r"^Prediction: 1 \("))
    page.get_by_role("button", name="Undo").click()
    answer(page, re.compile(f"^{re.escape(first)}$"))
    expect(page.get_by_role("button", name="Clear")).to_be_disabled()


def test_the_drawing_is_there_again_when_its_popover_opens_again(visit: Visit) -> None:
    page = visit.open(ADDRESS, seconds=180)
    vertical_line(page, opened(page))
    answer(page, re.compile(r"^Prediction: 1 \("))
    page.keyboard.press("Escape")
    expect(page.get_by_label("Canvas for a drawing")).to_be_hidden()
    opened(page)
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    page.get_by_role("button", name="Back to the data set's pictures").click()
    answer(page, re.compile("label: "))
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_a_line_is_drawn_with_the_keys_alone(visit: Visit) -> None:
    page = visit.open(ADDRESS, seconds=180)
    opened(page).focus()
    for _ in range(6):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    for _ in range(12):
        page.keyboard.press("Shift+ArrowDown")
    answer(page, re.compile(r"^Prediction: 1 \("))


def test_a_finger_draws_on_a_phone(browser: Browser, dashboard: Dashboard) -> None:
    visitor = Visit(browser, dashboard.url, width=390)
    page = visitor.open(ADDRESS, seconds=180)
    canvas = opened(page)
    canvas.evaluate(
        """(canvas) => {
          const box = canvas.getBoundingClientRect();
          const touch = (kind, share) => canvas.dispatchEvent(new PointerEvent(kind, {
            pointerId: 1, pointerType: 'touch', isPrimary: true, button: 0, bubbles: true,
            clientX: box.left + box.width / 2, clientY: box.top + share * box.height,
          }));
          canvas.setPointerCapture = () => {};  // no finger is really there
          touch('pointerdown', 0.15);
          for (let share = 0.2; share < 0.85; share += 0.05) touch('pointermove', share);
          touch('pointerup', 0.85);
        }"""
    )
    answer(page, re.compile(r"^Prediction: 1 \("))
    assert not visitor.complaints
    visitor.close()
