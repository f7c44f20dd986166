"""The roadmaps in a real browser: the map is clicked, read on a phone, walked with keys, and remembers."""

import re
from pathlib import Path

import pytest
import streamlit
from playwright.sync_api import Browser, Page, expect

from explorer.learn import ROADMAPS, load
from explorer.ui.roadmap.topic import typeset
from tests.browser.conftest import Dashboard, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DRAWN = "() => document.querySelector('.st-key-roadmap .main-svg') !== null"
SCROLLED = "() => document.querySelector('[data-testid=\"stMain\"]').scrollTop"
PLACE = """(title) => {
  const chart = document.querySelector('.st-key-roadmap .js-plotly-plot'), {xaxis, yaxis} = chart._fullLayout;
  for (const trace of chart._fullData.filter(one => one.mode === 'text')) {
    const at = trace.text.findIndex(text => text.replaceAll('<br>', ' ').replaceAll('- ', '-') === title);
    if (at >= 0) {
      const main = document.querySelector('[data-testid="stMain"]');
      main.scrollBy(0, chart.getBoundingClientRect().top + yaxis._offset + yaxis.d2p(trace.y[at]) - 250);
      const box = chart.getBoundingClientRect();
      return [box.left + xaxis._offset + xaxis.d2p(trace.x[at]), box.top + yaxis._offset + yaxis.d2p(trace.y[at])];
    }
  }
}"""
# every word's box in pixels, and that of the rounded box behind it
OVERFLOW = """() => {
  const chart = document.querySelector('.st-key-roadmap .js-plotly-plot'), {xaxis, yaxis} = chart._fullLayout;
  const outer = chart.getBoundingClientRect();
  const half = xaxis.d2p(0.46) - xaxis.d2p(0);
  const over = [];
  let seen = 0;
  for (const word of chart.querySelectorAll('.scatterlayer .textpoint text')) {
    const box = word.getBoundingClientRect();
    if (box.height < 8 || /^(✓|\\d+)$/.test(word.textContent)) continue;
    seen += 1;
    const middle = (box.left + box.right) / 2 - outer.left - xaxis._offset;
    const slot = [0, 1, 2].find(number => Math.abs(xaxis.d2p(number) - middle) < half);
    if (slot === undefined || box.width > 2 * half - 4 || box.height > 48) over.push(word.textContent);
  }
  return {over, seen};
}"""


def opened(visit: Visit, path: str) -> Page:
    page = visit.open(path)
    page.wait_for_function(DRAWN)
    return page


def heading(page: Page, title: str) -> None:
    expect(page.locator(".st-key-topic-panel h3")).to_have_text(title, timeout=10_000)


def beyond(page: Page) -> int:
    """Pixels by which the page could be moved sideways."""
    width: int = page.evaluate(
        "() => { const main = document.querySelector('[data-testid=\"stMain\"]');"
        " return main.scrollWidth - main.clientWidth; }"
    )
    return width


@pytest.mark.parametrize(
    ("path", "title"), [("deep-learning", "Receptive field"), ("machine-learning", "Policy gradients")]
)
def test_a_click_on_the_map_opens_the_topic_and_stands_in_the_address(visit: Visit, path: str, title: str) -> None:
    page = opened(visit, path)
    page.mouse.click(*page.evaluate(PLACE, title))
    heading(page, title)
    visit.settle()
    assert f"topic={title.replace(' ', '+')}" in page.url
    visit.open(page.url.removeprefix(f"{visit.url}/"))
    heading(page, title)


def test_a_click_at_the_edge_of_a_box_counts_and_one_between_the_boxes_does_not(visit: Visit) -> None:
    page = opened(visit, "deep-learning")
    x, y = page.evaluate(PLACE, "Convolution")
    page.mouse.click(x + 75, y - 18)
    heading(page, "Convolution")
    visit.settle()
    x, y = page.evaluate(PLACE, "Receptive field")
    page.mouse.click(x, y + 31)
    visit.settle()
    heading(page, "Convolution")


def test_back_shows_the_topic_before(visit: Visit) -> None:
    page = opened(visit, "deep-learning?topic=Dropout")
    page.mouse.click(*page.evaluate(PLACE, "Back-propagation"))
    heading(page, "Back-propagation")
    visit.settle()
    page.go_back()
    heading(page, "Dropout")


def test_a_topic_leads_to_its_live_page_set_up_for_it_which_counts_as_learnt(visit: Visit) -> None:
    page = opened(visit, "deep-learning?topic=Back-propagation")
    page.get_by_role("button", name=re.compile("See it live")).click()
    expect(page.get_by_role("heading", name="CNN", exact=True)).to_be_visible(timeout=20_000)
    visit.settle()
    assert "view=Health" in page.url
    expect(page.get_by_role("tab", name="Health")).to_have_attribute("aria-selected", "true")
    page.wait_for_function("() => /explorer_learnt_[0-9a-f]{8}=back-propagation/.test(document.cookie)")


def test_what_was_learnt_is_still_known_at_the_next_visit_with_the_same_browser(visit: Visit) -> None:
    page = opened(visit, "deep-learning")
    page.get_by_text("I know this").click()
    expect(page.get_by_text("I know 1 of")).to_be_visible()
    page.wait_for_function("() => /explorer_learnt_[0-9a-f]{8}=perceptron/.test(document.cookie)")
    opened(visit, "deep-learning")
    expect(page.get_by_text("I know 1 of")).to_be_visible()
    opened(visit, "machine-learning")
    expect(page.get_by_text("I know 0 of")).to_be_visible()


def test_a_path_is_asked_for_with_the_keyboard_alone(visit: Visit) -> None:
    page = opened(visit, "deep-learning")
    page.get_by_role("combobox", name=re.compile("Goal")).focus()
    page.keyboard.type("gru")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"Your path to GRU: \d+ topics"))).to_be_visible()
    visit.settle()
    numbers = page.locator(".st-key-roadmap .textpoint text").filter(has_text=re.compile(r"^\d+$"))
    told = page.get_by_text(re.compile(r"Your path to GRU")).inner_text()
    assert str(numbers.count()) in told


@pytest.mark.parametrize("path", ["deep-learning", "machine-learning"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 390, 1440])
def test_every_label_fits_its_box_and_nothing_scrolls_sideways(
    browser: Browser, dashboard: Dashboard, path: str, theme: str, width: int
) -> None:
    visitor = Visit(browser, dashboard.url, width, theme)
    page = opened(visitor, path)
    found = page.evaluate(OVERFLOW)
    assert found["over"] == []
    assert found["seen"] == len(load({p.replace("_", "-"): p for p in ROADMAPS}[path]).topics)
    assert beyond(page) <= 2
    assert not visitor.complaints
    visitor.close()


@pytest.mark.parametrize("name", ROADMAPS)
def test_on_a_phone_the_longest_equations_do_not_make_the_page_scroll_sideways(
    browser: Browser, dashboard: Dashboard, name: str
) -> None:
    visitor = Visit(browser, dashboard.url, 360)
    topics = sorted(load(name).topics.values(), key=lambda topic: -max(map(len, topic.equation.split(r"\\"))))
    for topic in topics[:3]:
        page = visitor.open(f"{name.replace('_', '-')}?topic={topic.title.replace(' ', '+')}")
        heading(page, topic.title)
        assert beyond(page) <= 2, topic.id
    assert not visitor.complaints
    visitor.close()


def test_the_dashboards_own_typesetter_accepts_every_formula(visit: Visit) -> None:
    page = visit.open("deep-learning")
    script = next((Path(streamlit.__file__).parent / "static/static/js").glob("katex.*.js")).name
    formulas = {
        f"{topic.id}: {formula}": formula
        for name in ROADMAPS
        for topic in load(name).topics.values()
        for formula in (
            typeset(topic.equation),
            *re.findall(r"\$(.+?)\$", f"{topic.what}{topic.when}{topic.wrong}", re.DOTALL),
        )
    }
    faults = page.evaluate(
        """async ([script, formulas]) => {
          const katex = (await import(`/static/js/${script}`)).default;
          const faults = [];
          for (const [place, formula] of Object.entries(formulas)) {
            try { katex.renderToString(formula, {throwOnError: true, strict: 'error'}); }
            catch (error) { faults.push(`${place}: ${error}`); }
          }
          return faults;
        }""",
        [script, formulas],
    )
    assert len(formulas) > 150
    assert faults == []


def test_on_a_phone_a_finger_moves_the_map_a_tap_chooses_and_the_topic_stays_in_sight_below(
    browser: Browser, dashboard: Dashboard
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{dashboard.url}/deep-learning")
    page.wait_for_function(DRAWN, timeout=30_000)
    x, y = page.evaluate(PLACE, "Momentum")
    before = page.evaluate(SCROLLED)
    finger = context.new_cdp_session(page)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for moved in range(20, 220, 20):
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - moved}]})
        page.wait_for_timeout(20)
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function(f"before => ({SCROLLED})() > before + 100", arg=before)
    heading(page, "The perceptron")  # moving is no choosing
    page.wait_for_timeout(500)
    page.touchscreen.tap(*page.evaluate(PLACE, "Back-propagation"))
    heading(page, "Back-propagation")
    panel = page.locator('[data-testid="stColumn"]', has=page.locator(".st-key-topic-panel")).last.bounding_box()
    assert panel is not None
    assert panel["y"] + panel["height"] <= 845
    assert panel["height"] <= 0.4 * 844
    context.close()
