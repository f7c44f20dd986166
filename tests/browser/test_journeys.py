"""The main journeys, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.ui.views import RUN_VIEWS, SEQUENCE_VIEWS
from tests.browser.conftest import CHART, Dashboard, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ALL_DRAWN = """() => {
  const charts = [...document.querySelectorAll('.explorer-chart')].filter(e => e.offsetParent);
  return charts.length > 0 && charts.every(e => e.querySelector('.main-svg'));
}"""


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def button(page: Page, name: str) -> None:
    """Press a button of the page; Streamlit's own header has a Stop of its own while a script runs."""
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=name, exact=True).click()


def wait_for_status(page: Page, word: str, seconds: float = 60) -> None:
    expect(page.locator(".stMarkdownBadge", has_text=word)).to_be_visible(timeout=seconds * 1000)


def choose_many_epochs(visit: Visit) -> None:
    """Prepare a run that lasts longer than any test looks at it."""
    epochs = visit.page.get_by_test_id("stSidebar").get_by_role("textbox", name=re.compile("^Epochs")).first
    visit.page.get_by_test_id("stSidebar").get_by_text("Training", exact=True).click()
    epochs.fill("500")
    epochs.press("Enter")
    visit.settle()


def begin_long_run(visit: Visit) -> None:
    """Train the page's network for longer than any test looks at it."""
    choose_many_epochs(visit)
    button(visit.page, "Train")


AS_ONE = r"""() => {
  const said = document.body.innerText;
  const [panel, views] = [/step\s+([\d,]+)\s+of/, /channel \d+ at step ([\d,]+)/].map(words => said.match(words)?.[1]);
  return panel && panel === views;
}"""


def step_shown(page: Page) -> int:
    """The step that the large feature map says it belongs to, once it has caught up with the panel."""
    page.wait_for_function(AS_ONE)
    text = page.get_by_text(re.compile(r"channel \d+ at step [\d,]+")).first.inner_text()
    found = re.search(r"at step ([\d,]+)", text)
    assert found
    return int(found[1].replace(",", ""))


def test_three_clicks_lead_from_the_front_door_to_a_trained_network_and_its_feature_maps(visit: Visit) -> None:
    page = visit.open()
    page.locator(".st-key-tiles").get_by_role("link", name="CNN", exact=True).click()
    visit.settle()
    expect(page.get_by_role("heading", name="CNN", exact=True)).to_be_visible()
    page.wait_for_function(ALL_DRAWN)
    expect(page.get_by_text("block1.activation", exact=False).first).to_be_visible()


@pytest.mark.parametrize("name", [view.name for view in RUN_VIEWS])
def test_every_view_of_the_shipped_run_draws_its_charts(visit: Visit, name: str) -> None:
    page = visit.open("cnn")
    tab(page, name)
    visit.settle()
    page.wait_for_function(ALL_DRAWN)
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_test_id("stAlert").count() == 0


@pytest.mark.parametrize("page_name", ["rnn", "lstm"])
def test_every_view_of_the_shipped_recurrent_runs_draws_its_charts(visit: Visit, page_name: str) -> None:
    page = visit.open(page_name)
    for name in (view.name for view in SEQUENCE_VIEWS):
        tab(page, name)
        visit.settle()
        if page.get_by_test_id("stAlert").count() == 0:  # a plain RNN has no gates, which its view says
            page.wait_for_function(ALL_DRAWN)
        assert page.get_by_test_id("stException").count() == 0, name


def test_a_click_on_an_unrolled_cell_chooses_its_time_step(visit: Visit) -> None:
    page = visit.open("lstm")
    page.wait_for_function(ALL_DRAWN)
    place = page.evaluate(
        """() => {
          const chart = document.querySelector('[class*="st-key-unrolled"] .js-plotly-plot');
          chart.scrollIntoView({block: 'center'});
          const cells = chart._fullData[0], {xaxis, yaxis} = chart._fullLayout;
          const box = chart.getBoundingClientRect();
          const x = box.left + xaxis._offset + xaxis.c2p(xaxis._categories.map(String).indexOf('49'));
          return [x, box.top + yaxis._offset + yaxis.d2p(cells.y[0])];
        }"""
    )
    page.mouse.click(*place)
    expect(page).to_have_url(re.compile("time=49"), timeout=10_000)
    expect(page.get_by_text("unit 0 at step 49", exact=False).first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_scrolls_sideways(browser: Browser, dashboard: Dashboard, width: int, theme: str) -> None:
    visitor = Visit(browser, dashboard.url, width, theme)
    for path in ("", "cnn", "rnn", "lstm", "closing-thoughts"):
        page = visitor.open(path)
        beyond = page.evaluate(
            """() => {
              const main = document.querySelector('[data-testid="stMain"]');
              return main.scrollWidth - main.clientWidth;
            }"""
        )
        assert beyond <= 2, path
    assert not visitor.complaints
    visitor.close()


def test_a_click_on_a_map_enlarges_it(visit: Visit) -> None:
    page = visit.open("cnn")
    page.wait_for_function(ALL_DRAWN)
    # the fourth tile of the first row, by the chart's own axes
    place = page.evaluate(
        f"""() => {{
          const chart = ({CHART})('block1.convolution');
          chart.scrollIntoView({{block: 'center'}});
          const numbers = chart._fullData[1], {{xaxis, yaxis}} = chart._fullLayout;
          const box = chart.getBoundingClientRect();
          const x = box.left + xaxis._offset + xaxis.d2p(numbers.x[3]);
          return [x, box.top + yaxis._offset + yaxis.d2p(numbers.y[3] + 3)];
        }}"""
    )
    page.mouse.click(*place)
    expect(page.get_by_text("block1.convolution, channel 3")).to_be_visible()


def test_the_training_step_slider_moves_every_view_and_stands_in_the_address(visit: Visit) -> None:
    page = visit.open("cnn")
    page.get_by_role("slider", name="Training step").focus()
    page.keyboard.press("Home")
    visit.settle()
    expect(page.get_by_text("channel 0 at step 0", exact=False).first).to_be_visible()
    page.keyboard.press("End")
    visit.settle()
    page.keyboard.press("Home")
    visit.settle()
    assert "step=0" in page.url
    address = page.url
    visit.open()
    page.goto(address)
    visit.settle()
    expect(page.get_by_text("channel 0 at step 0", exact=False).first).to_be_visible()


def test_another_run_is_shown_at_its_own_last_step(visit: Visit) -> None:
    page = visit.open("lstm?step=0")
    page.get_by_role("combobox", name="Run", exact=True).click()
    page.get_by_role("option", name="digit rows · LSTM · example run").click()
    page.wait_for_url("**/lstm?run=*")
    visit.settle()
    slider = page.get_by_role("slider", name="Training step")
    assert slider.input_value() == slider.get_attribute("max")
    assert "step=" not in page.url


def test_a_run_is_trained_paused_stepped_steered_and_stopped_and_a_second_tab_and_a_reload_see_the_same(
    visit: Visit, browser: Browser, dashboard: Dashboard
) -> None:
    page = visit.open("cnn")
    begin_long_run(visit)
    wait_for_status(page, "training")
    expect(page.get_by_text("block1.activation", exact=False).first).to_be_visible(timeout=20_000)
    button(page, "Pause")
    wait_for_status(page, "paused")
    visit.settle()
    before = step_shown(page)
    button(page, "Step")
    expect(page.get_by_text(f"channel 0 at step {before + 1:,}")).to_be_visible(timeout=10_000)
    second = Visit(browser, dashboard.url)
    other = second.open(page.url.removeprefix(f"{dashboard.url}/"))
    wait_for_status(other, "paused")
    assert step_shown(other) == before + 1
    second.close()
    page.reload()
    visit.settle()
    wait_for_status(page, "paused")
    button(page, "Resume")
    wait_for_status(page, "training")
    button(page, "Stop")
    wait_for_status(page, "stopped")
    button(page, "Resume")
    wait_for_status(page, "training")
    button(page, "Stop")
    wait_for_status(page, "stopped")


def test_a_run_that_was_begun_stays_chosen_in_a_browser_that_is_too_busy_to_draw_it(visit: Visit) -> None:
    page = visit.open("cnn")
    choose_many_epochs(visit)
    page.evaluate(
        """() => {
          const end = performance.now() + 3000;
          const spin = () => {
            const begun = performance.now();
            while (performance.now() - begun < 300);
            if (performance.now() < end) setTimeout(spin);
          };
          [...document.querySelectorAll('button')].find(e => e.innerText.trim().endsWith('Train')).click();
          spin();
        }"""
    )
    page.wait_for_timeout(4500)
    wait_for_status(page, "training")
    button(page, "Stop")
    wait_for_status(page, "stopped")


def test_a_live_chart_is_redrawn_in_place_and_keeps_its_zoom(visit: Visit) -> None:
    page = visit.open("cnn")
    begin_long_run(visit)
    wait_for_status(page, "training")
    page.wait_for_function(ALL_DRAWN)
    # before the first update there is a sentence where the curve will be, without an axis to zoom
    page.wait_for_function("() => document.querySelector('.js-plotly-plot')._fullLayout.xaxis.range[1] === 20000")
    box = page.evaluate(
        """() => {
          const chart = document.querySelector('.js-plotly-plot');
          globalThis.watched = {chart, blanks: 0, redraws: 0};
          new MutationObserver(() => {
            if (!chart.isConnected || !chart.querySelector('.main-svg')) watched.blanks += 1;
          }).observe(document.body, {childList: true, subtree: true});
          const plot = chart.querySelector('.nsewdrag').getBoundingClientRect();
          return [plot.left, plot.top, plot.width, plot.height];
        }"""
    )
    left, top, width, height = box
    page.mouse.move(left + 0.1 * width, top + 0.5 * height)
    page.mouse.down()
    page.mouse.move(left + 0.3 * width, top + 0.5 * height, steps=5)
    page.mouse.up()
    page.wait_for_function("() => watched.chart._fullLayout.xaxis.range[1] < 20000")
    zoomed = page.evaluate(
        "() => { watched.chart.on('plotly_afterplot', () => { watched.redraws += 1; });"
        " return watched.chart._fullLayout.xaxis.range; }"
    )
    assert zoomed[1] - zoomed[0] < 0.5 * 20000
    page.wait_for_function("() => watched.redraws >= 4", timeout=30_000)
    assert page.evaluate("() => watched.blanks") == 0
    assert page.evaluate("() => watched.chart.isConnected && watched.chart._fullLayout.xaxis.range") == zoomed
    page.evaluate(
        """() => {
          watched.tops = [];
          const frame = () => {
            watched.tops.push(document.querySelector('[role=tablist]').getBoundingClientRect().top);
            requestAnimationFrame(frame);
          };
          frame();
        }"""
    )
    button(page, "Stop")
    wait_for_status(page, "stopped")
    visit.settle()
    tops = page.evaluate("() => watched.tops")
    assert max(tops) - min(tops) < 60  # the line about the newest step goes, and nothing below jumps


def test_the_next_run_opens_to_its_layers_and_to_the_data_it_will_learn_from(visit: Visit) -> None:
    page = visit.open("cnn")
    page.get_by_test_id("stSidebar").get_by_role("combobox", name=re.compile("Data set")).click()
    page.get_by_role("option", name="Folder of pictures").click()
    visit.settle()
    page.get_by_text("Next run:").click()
    expect(page.get_by_text(re.compile("200 examples of 32x32 pixels"))).to_be_visible()
    expect(page.get_by_text("The receptive field is the height and width", exact=False)).to_be_visible()
    page.wait_for_function(ALL_DRAWN)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_memory_stays_flat_without_a_collection_after_every_rerun(visit: Visit, dashboard: Dashboard) -> None:
    page = visit.open("cnn")
    page.wait_for_function(ALL_DRAWN)
    page.get_by_role("slider", name="Training step").focus()

    def sweep() -> None:
        for key in ["Home", *["ArrowRight"] * 23]:
            page.keyboard.press(key)
            page.wait_for_timeout(120)
        visit.settle()

    sweep()  # fills the caches
    before = dashboard.memory()
    sweep()
    sweep()
    assert dashboard.memory() - before < 40  # MB; a leak of one rerun's figures and protobufs would be more


def test_an_impossible_network_is_refused_with_what_to_choose_instead(visit: Visit) -> None:
    page = visit.open("cnn")
    page.get_by_test_id("stSidebar").get_by_text("Architecture").click()
    page.get_by_test_id("stSidebar").get_by_text("Block 1", exact=True).click()
    kernel = page.get_by_role("slider", name=re.compile("^Kernel size")).first
    kernel.focus()
    page.keyboard.press("End")
    expect(page.get_by_text(re.compile("does not fit the 8x8 input.*choose")).first).to_be_visible(timeout=15_000)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
