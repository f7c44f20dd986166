"""Cause and effect on one screen: step, probe, answer and picture together, and training played like a film."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.training.run import Run
from tests.browser.conftest import Dashboard, Visit
from tests.browser.test_journeys import ALL_DRAWN, begin_long_run, button, wait_for_status

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCREENS: dict[str, tuple[float, ...]] = {
    "a desk": (1440, 900),
    "a laptop": (1280, 720),
    "a projector at 150 %": (1280, 720, 1.5),
}
PAGES = ("cnn", "pretrained", "rnn", "lstm")
# the share of each that is seen: within the window, and not under the bar
SEEN = """() => {
  const bar = document.querySelector('.st-key-bar').getBoundingClientRect();
  const seen = (element, top) => {
    const box = element.getBoundingClientRect();
    return Math.max(0, Math.min(box.bottom, innerHeight) - Math.max(box.top, top)) / Math.max(1, box.height);
  };
  const panel = document.querySelector('[data-testid="stMain"] [role="tabpanel"]:not([hidden])');
  const pictures = [...panel.querySelectorAll('.js-plotly-plot')];
  return {
    step: seen(document.querySelector('.explorer-player-slider'), 0),
    probe: seen(document.querySelector('.st-key-bar_probe'), 0),
    answer: seen(document.querySelector('.explorer-answer'), 0),
    first: seen(pictures[0], 0),
    best: Math.max(...pictures.map(one => seen(one, bar.bottom))),
  };
}"""


@pytest.fixture(params=list(SCREENS.values()), ids=list(SCREENS))
def screen(request: pytest.FixtureRequest, browser: Browser, dashboard: Dashboard) -> Iterator[Visit]:
    width, height, *scale = request.param
    visitor = Visit(browser, dashboard.url, width, height=height, scale=scale[0] if scale else 1)
    yield visitor
    visitor.close()
    assert not visitor.complaints


@pytest.mark.parametrize("path", PAGES)
def test_step_probe_answer_and_picture_stand_on_one_screen_and_stay_while_scrolling(screen: Visit, path: str) -> None:
    page = screen.open(path)
    page.wait_for_function(ALL_DRAWN)
    for scrolled in (0, 300):
        page.evaluate(f"document.querySelector('[data-testid=stMain]').scrollTo(0, {scrolled})")
        page.wait_for_timeout(300)
        seen = page.evaluate(SEEN)
        assert min(seen["step"], seen["probe"], seen["answer"]) > 0.95, (scrolled, seen)
        assert (seen["best"] if scrolled else seen["first"]) >= 0.6, (scrolled, seen)


def test_on_a_phone_the_bar_is_one_line(browser: Browser, dashboard: Dashboard) -> None:
    visitor = Visit(browser, dashboard.url, 390)
    page = visitor.open("cnn")
    page.wait_for_function(ALL_DRAWN)
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 900)")
    page.wait_for_timeout(300)
    seen = page.evaluate(SEEN)
    assert min(seen["step"], seen["probe"], seen["answer"]) > 0.95, seen
    ends = """['.st-key-bar', '[data-testid=stHeader]'].map(
      one => document.querySelector(one).getBoundingClientRect().bottom)"""
    bottom, header = page.evaluate(ends)
    assert bottom - header <= 90  # pixels
    visitor.close()


@pytest.mark.parametrize("path", [*PAGES, "lstm?run=lstm-on-reverse"])
def test_on_a_phone_what_chooses_the_probe_ends_above_the_line_that_stays(
    browser: Browser, dashboard: Dashboard, path: str
) -> None:
    visitor = Visit(browser, dashboard.url, 390)
    page = visitor.open(path)
    page.wait_for_function(ALL_DRAWN)
    chosen_to, line_from = page.evaluate(
        """() => [
          ['.st-key-bar_choose *', 'bottom'], ['.st-key-bar .explorer-player', 'top'],
        ].map(([which, end]) =>
          Math.max(...[...document.querySelectorAll(which)].map(one => one.getBoundingClientRect()[end])))"""
    )
    assert chosen_to <= line_from
    visitor.close()


# every frame: charts without a drawing, charts that were taken away, and the steps that were shown
FILM = """() => {
  globalThis.film = {blank: 0, removed: 0, steps: [], began: performance.now()};
  const holds = n => n.querySelector && (n.matches('.explorer-chart') || n.querySelector('.explorer-chart'));
  new MutationObserver(all => all.forEach(m => m.removedNodes.forEach(n => { if (holds(n)) film.removed++; })))
    .observe(document.body, {childList: true, subtree: true});
  const look = () => {
    const charts = [...document.querySelectorAll('.explorer-chart')].filter(e => e.offsetParent);
    if (charts.some(e => !e.querySelector('.main-svg'))) film.blank++;
    const step = Number(document.querySelector('.explorer-player').dataset.step);
    if (film.steps.at(-1) !== step) film.steps.push(step);
    requestAnimationFrame(look);
  };
  look();
}"""


def player(page: Page, name: str) -> None:
    page.locator(".st-key-bar .explorer-player").get_by_role("button", name=name, exact=True).click()


def step_of(page: Page) -> int:
    return int(page.locator(".st-key-bar .explorer-player").get_attribute("data-step") or -1)


def wait_for_step(page: Page, step: int, seconds: float = 20) -> None:
    expect(page.locator(".st-key-bar .explorer-player")).to_have_attribute(
        "data-step", str(step), timeout=seconds * 1000
    )


def test_play_shows_every_recorded_step_in_turn_without_a_blank_frame(visit: Visit) -> None:
    page = visit.open("cnn?step=0")
    page.wait_for_function(ALL_DRAWN)
    recorded = Run.open("sample_data/runs/cnn-on-digits").steps
    page.get_by_label("Playback speed, recorded steps a second").select_option("8")
    page.evaluate(FILM)
    player(page, "Play the training")
    wait_for_step(page, recorded[-1], seconds=60)
    film = page.evaluate("film")
    assert film["steps"] == recorded
    assert (film["blank"], film["removed"]) == (0, 0)
    expect(page.locator(".st-key-bar .explorer-player").get_by_role("button", name="Play the training")).to_be_visible()
    visit.settle()
    expect(page.get_by_text(f"channel 0 at step {recorded[-1]:,}").first).to_be_visible()


def test_the_answer_changes_as_the_network_learns(visit: Visit) -> None:
    page = visit.open("cnn?step=0")
    page.wait_for_function(ALL_DRAWN)
    before = page.locator(".explorer-answer").inner_text()
    page.get_by_role("slider", name="Training step").focus()
    page.keyboard.press("End")
    wait_for_step(page, 2400)
    visit.settle()
    assert page.locator(".explorer-answer").inner_text() != before
    expect(page.locator(".explorer-verdict")).to_contain_text("right")


def test_a_click_on_the_strip_goes_to_the_step_below_it(visit: Visit) -> None:
    page = visit.open("cnn")
    page.wait_for_function(ALL_DRAWN)
    strip = page.locator(".explorer-player-strip")
    box = strip.bounding_box()
    assert box
    recorded = Run.open("sample_data/runs/cnn-on-digits").steps
    place = 5
    strip.click(position={"x": box["width"] * place / (len(recorded) - 1), "y": box["height"] / 2})
    wait_for_step(page, recorded[place])
    visit.settle()
    # the slider's thumb stands below the place that was clicked
    slider = page.get_by_role("slider", name="Training step")
    at = page.evaluate("document.querySelector('.explorer-player-strip line').getBoundingClientRect().x")
    assert slider.get_attribute("aria-valuetext") == str(recorded[place])
    middle = slider.evaluate(
        """one => { const thumb = 16, box = one.getBoundingClientRect();
          return box.x + thumb / 2 + (box.width - thumb) * one.value / one.max; }"""
    )
    assert abs(at - middle) <= 2


def test_presenting_hides_the_forms_and_is_moved_by_keys(visit: Visit) -> None:
    page = visit.open("cnn?present=1&step=0")
    page.wait_for_function(ALL_DRAWN)
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(page.locator(".explorer-reading").first).to_be_hidden()
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_hidden()
    page.locator("body").press("ArrowRight")
    wait_for_step(page, 1)
    page.locator("body").press("ArrowRight")
    wait_for_step(page, 2)
    page.locator("body").press("ArrowLeft")
    wait_for_step(page, 1)
    page.locator("body").press(" ")
    page.wait_for_function("Number(document.querySelector('.st-key-bar .explorer-player').dataset.step) >= 4")
    page.locator("body").press(" ")
    expect(page.locator(".st-key-bar .explorer-player")).to_have_attribute("data-playing", "false")
    assert "present=1" in page.url
    page.get_by_role("switch", name="Present").or_(page.get_by_role("checkbox", name="Present")).first.press(" ")
    expect(page.get_by_test_id("stSidebar")).to_be_visible()


def test_two_steps_stand_side_by_side(visit: Visit) -> None:
    page = visit.open("cnn?beside=0")
    page.wait_for_function(ALL_DRAWN)
    titles = [one for one in page.locator(".explorer-name").all_inner_texts() if one.startswith("block1.convolution")]
    assert len(titles) == 2
    expect(page.get_by_text("Step 0", exact=True)).to_be_visible()
    expect(page.get_by_text("Step 2,400", exact=True)).to_be_visible()


@pytest.mark.parametrize("opened_while", ["training", "paused", "stopped"])
def test_a_second_tab_follows_whatever_the_state_it_was_opened_in(
    visit: Visit, browser: Browser, dashboard: Dashboard, opened_while: str
) -> None:
    page = visit.open("cnn")
    begin_long_run(visit)
    wait_for_status(page, "training")
    if opened_while != "training":
        button(page, "Pause" if opened_while == "paused" else "Stop")
        wait_for_status(page, opened_while)
    second = Visit(browser, dashboard.url)
    other = second.open(page.url.removeprefix(f"{dashboard.url}/"))
    wait_for_status(other, opened_while)
    if opened_while == "training":
        button(page, "Pause")
        wait_for_status(other, "paused")
    button(page, "Resume")
    wait_for_status(other, "training")
    button(page, "Stop")
    wait_for_status(other, "stopped")
    second.close()


def test_step_and_view_survive_a_visit_to_other_pages(visit: Visit) -> None:
    page = visit.open("cnn?step=64&view=Kernels")
    visit.settle()
    for name in ("LSTM", "Home", "CNN"):
        page.get_by_test_id("stSidebarNav").get_by_role("link", name=name, exact=True).click()
        visit.settle()
    wait_for_step(page, 64)
    expect(page.get_by_role("tab", name="Kernels")).to_have_attribute("aria-selected", "true")
