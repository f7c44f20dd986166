"""The Attribution tab in a real browser: an answer is explained, the maps are tested, and a link shows the same."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.test_journeys import ALL_DRAWN, button, tab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RAW_VALUES = """() => {
  const map = document.querySelector('[class*="attribution-saliency"] .js-plotly-plot');
  return map._fullData.find(trace => trace.type === 'heatmap').z.flatMap(row => Array.from(row));
}"""


def test_an_answer_is_explained_tested_and_checked_and_a_link_shows_the_same(visit: Visit) -> None:
    page = visit.open("cnn")
    tab(page, "Attribution")
    visit.settle()
    page.wait_for_function(ALL_DRAWN)
    expect(page.get_by_text("The maps attribute the logit of 9", exact=False)).to_be_visible()
    expect(page.get_by_text(re.compile(r"residual .* with \d+ steps"))).to_be_visible()
    answer = page.evaluate(RAW_VALUES)
    assert min(answer) < 0 < max(answer)
    page.get_by_role("radio", name="two classes").click()
    visit.settle()
    expect(page.get_by_text(re.compile("the logit of 9 minus the logit of"))).to_be_visible()
    difference = page.evaluate(RAW_VALUES)
    assert difference != answer
    page.get_by_role("slider", name=re.compile("^Strength of the maps")).focus()
    page.keyboard.press("End")
    visit.settle()
    assert page.evaluate(RAW_VALUES) == difference  # how strongly they are drawn changes no value
    button(page, "Check against random weights")
    expect(page.get_by_text(re.compile(r"^(Passes|Fails|Unclear): "))).to_be_visible(timeout=30_000)
    visit.settle()
    page.wait_for_function(ALL_DRAWN)
    assert page.get_by_test_id("stException").count() == 0
    assert "explain=two" in page.url
    assert "strength=100" in page.url
    address = page.url
    visit.open()
    page.goto(address)
    visit.settle()
    page.wait_for_function(ALL_DRAWN)
    expect(page.get_by_text(re.compile("the logit of 9 minus the logit of"))).to_be_visible()
    assert page.evaluate(RAW_VALUES) == difference
