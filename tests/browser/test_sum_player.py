"""The sum of a convolution, played in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from explorer.inspection import layer_call, sliding_sum
from tests.app.pages import subject_at
from tests.browser.conftest import Dashboard, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LAYER = "block2.convolution"
ADDRESS = f"cnn?view=Convolution&convolution_layer={LAYER}&convolution_channel=3&row=2&column=5&split=validation&step=0"
COUNT_MESSAGES = """() => {
  window.asked = 0;
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...sent) { window.asked += 1; return send.apply(this, sent); };
}"""


def numbers(page: Page, line: str) -> tuple[float, ...]:
    """The decimal numbers in one line of the player, without those of rows, columns and channels."""
    return tuple(map(float, re.findall(r"-?\d+\.\d+", player(page).locator(line).inner_text())))


def press(page: Page, name: str) -> None:
    player(page).get_by_role("button", name=name, exact=True).click()


def player(page: Page) -> Locator:
    return page.get_by_role("region", name="The sum, step by step")


def test_every_number_is_the_networks_own(visit: Visit) -> None:
    subject = subject_at(0)
    with subject.model() as model:
        entering, _ = layer_call(model, subject.inputs, LAYER)
        sliding = sliding_sum(model.get_submodule(LAYER), entering, 3)
    terms, page = sliding.terms(2, 5), visit.open(ADDRESS, seconds=180)
    expect(player(page)).to_contain_text(f"Row 2, column 5: 0 of {len(terms)} products added.")
    for number, one in enumerate(terms[:12], 1):
        press(page, "Next product")
        expect(player(page)).to_contain_text(f"Row 2, column 5: {number} of {len(terms)} products added.")
        where = "the padding" if one.is_padding else f"row {one.row}, column {one.column}"
        expect(player(page)).to_contain_text(f"Input channel {one.channel}, {where}: ")
        assert numbers(page, ".term") == pytest.approx((one.value, one.weight, one.product, one.running), abs=1e-4)
    press(page, "Next place")
    total = terms[-1].running + sliding.bias
    expected = (terms[-1].running, sliding.bias, total, float(sliding.output[2, 5]))
    expect(player(page)).to_contain_text("PyTorch's own value")
    assert numbers(page, ".total")[:4] == pytest.approx(expected, abs=1e-4)
    expect(player(page)).to_contain_text("from floating-point rounding.")
    press(page, "Next place")
    expect(player(page)).to_contain_text(f"Row 2, column 6: {len(terms)} of {len(terms)} products added.")
    press(page, "From the first place")
    expect(player(page)).to_contain_text("Row 0, column 0: 0 of")


def test_it_plays_to_the_last_place_without_asking_the_server(visit: Visit) -> None:
    page = visit.open(ADDRESS, seconds=180)
    player(page).get_by_label("Speed").select_option(label="60 places a second")
    page.evaluate(COUNT_MESSAGES)
    press(page, "Play")
    expect(player(page)).to_contain_text(re.compile(r"Row 7, column 7: (\d+) of \1 products added"), timeout=60_000)
    expect(player(page).get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert page.evaluate("() => window.asked") == 0


def test_whoever_wants_no_motion_takes_steps(browser: Browser, dashboard: Dashboard) -> None:
    visitor = Visit(browser, dashboard.url, width=390)
    visitor.page.emulate_media(reduced_motion="reduce")
    page = visitor.open(ADDRESS, seconds=180)
    expect(player(page).get_by_text("This device asks for reduced motion")).to_be_visible()
    expect(player(page).get_by_role("button", name="Play", exact=True)).to_be_hidden()
    step = player(page).get_by_role("button", name="Next place", exact=True)
    step.focus()
    page.keyboard.press("Enter")
    expect(player(page)).to_contain_text("PyTorch's own value")
    assert not visitor.complaints
    visitor.close()


def test_a_click_on_the_output_jumps_there(visit: Visit) -> None:
    page = visit.open(ADDRESS, seconds=180)
    canvas = player(page).get_by_role("img", name=f"{LAYER}, output channel 3")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    canvas.click(position={"x": box["width"] * 1.5 / 8, "y": box["height"] * 6.5 / 8})
    expect(player(page)).to_contain_text("Row 6, column 1: 0 of")
