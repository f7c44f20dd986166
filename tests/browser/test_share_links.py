"""Addresses in a real browser: Back and Forward go through what was chosen, and a copied link shows it again."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Dashboard, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ENTRIES = "() => history.length"
FIGURES = "() => [...document.querySelectorAll('.js-plotly-plot')].map(one => JSON.stringify(one.data))"


def place(page: Page) -> tuple[str, dict[str, str]]:
    """The page and the settings in the address."""
    address = urlsplit(page.url)
    return address.path.strip("/"), {name: values[-1] for name, values in parse_qs(address.query).items()}


def go_to(visit: Visit, title: str) -> None:
    visit.page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
    expect(visit.page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=20_000)
    visit.settle()


def open_tab(visit: Visit, name: str) -> None:
    visit.page.get_by_role("tab", name=name, exact=True).click()
    visit.settle()


def tab_is_open(visit: Visit, name: str) -> None:
    expect(visit.page.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")


def back(visit: Visit) -> tuple[str, dict[str, str]]:
    visit.page.go_back()
    visit.page.wait_for_timeout(300)
    visit.settle()
    return place(visit.page)


def forward(visit: Visit) -> tuple[str, dict[str, str]]:
    visit.page.go_forward()
    visit.page.wait_for_timeout(300)
    visit.settle()
    return place(visit.page)


def move_step(visit: Visit, times: int = 1) -> None:
    visit.page.get_by_role("slider", name="Training step").focus()
    for _ in range(times):
        visit.page.keyboard.press("ArrowLeft")
    visit.settle()


def test_back_and_forward_go_through_pages_tabs_and_steps_one_choice_at_a_time(visit: Visit) -> None:
    page = visit.open()
    go_to(visit, "CNN")
    assert place(page) == ("cnn", {})
    open_tab(visit, "Kernels")
    move_step(visit, 3)  # keys that follow each other are one choice
    stepped = place(page)
    assert stepped[1].keys() == {"view", "step"}
    open_tab(visit, "Health")
    states = [("", {}), ("cnn", {}), ("cnn", {"view": "Kernels"}), stepped, ("cnn", {**stepped[1], "view": "Health"})]
    assert place(page) == states[-1]
    for state in reversed(states[:-1]):
        assert back(visit) == state
    expect(page.get_by_role("heading", name="Deep Learning Explorer")).to_be_visible()
    for state in states[1:]:
        assert forward(visit) == state
    tab_is_open(visit, "Health")
    assert back(visit) == stepped
    tab_is_open(visit, "Kernels")
    step = stepped[1]["step"]
    expect(page.get_by_role("slider", name="Training step")).to_have_attribute("aria-valuetext", step)


def test_back_to_another_page_shows_what_was_open_there(visit: Visit) -> None:
    visit.open("cnn?step=0&view=Kernels")
    go_to(visit, "RNN")
    open_tab(visit, "States")
    go_to(visit, "LSTM")
    assert back(visit) == ("rnn", {"view": "States"})
    tab_is_open(visit, "States")
    assert back(visit) == ("rnn", {})
    tab_is_open(visit, "Cell")
    assert back(visit) == ("cnn", {"step": "0", "view": "Kernels"})
    tab_is_open(visit, "Kernels")
    assert forward(visit) == ("rnn", {})


def test_one_step_back_from_a_live_page_leads_to_the_roadmap_and_its_topic(visit: Visit) -> None:
    page = visit.open("deep-learning?topic=Momentum")
    page.get_by_role("button", name=re.compile("Set it up on")).click()
    expect(page.get_by_role("heading", name="CNN", exact=True)).to_be_visible(timeout=20_000)
    visit.settle()
    name, settings = place(page)
    assert name == "cnn"
    assert '"optimizer":"sgd"' in settings["config"]
    assert back(visit) == ("deep-learning", {"topic": "Momentum", "known": "Momentum"})
    expect(page.locator(".st-key-topic-panel h3")).to_have_text("Momentum")
    assert forward(visit) == (name, settings)


def test_a_topic_whose_live_page_was_opened_stays_known_on_the_way_back(visit: Visit) -> None:
    page = visit.open("deep-learning?topic=Recurrent+networks&known=LSTM&goal=Attention")
    page.get_by_role("button", name=re.compile("See it live")).click()
    expect(page.get_by_role("heading", name="RNN", exact=True)).to_be_visible(timeout=20_000)
    visit.settle()
    back(visit)
    visit.settle()
    expect(page.get_by_role("button", name="I know 2 of")).to_be_visible()
    expect(page.get_by_role("switch", name="I know this")).to_be_checked()
    expect(page.locator(".st-key-topic-panel")).to_contain_text("4 topics")


def test_opening_a_page_adds_a_single_entry_and_back_leads_to_the_page_before(visit: Visit) -> None:
    page = visit.open()
    names = ["cnn", "pretrained", "deep-learning", "rnn", "lstm", "closing-thoughts"]
    for name in names:
        before = page.evaluate(ENTRIES)
        page.get_by_test_id("stSidebarNav").locator(f'a[href$="/{name}"]').click()
        page.wait_for_url(f"**/{name}*")
        visit.settle()
        assert page.evaluate(ENTRIES) == before + 1, name
    for name in [*reversed(names[:-1]), ""]:
        assert back(visit)[0] == name


def test_what_was_changed_in_the_form_is_taken_back_and_brought_again(visit: Visit) -> None:
    page = visit.open("cnn")
    page.get_by_test_id("stSidebar").get_by_text("Training", exact=True).click()
    page.get_by_role("slider", name="Epochs").focus()
    page.keyboard.press("ArrowLeft")
    changed = page.get_by_text("Epochs 60 → 59")
    expect(changed).to_be_visible()
    visit.settle()
    back(visit)
    expect(changed).to_have_count(0)
    _, settings = forward(visit)
    expect(changed).to_be_visible()
    assert '"epochs":59' in settings["config"]


@pytest.fixture
def copying(browser: Browser, dashboard: Dashboard) -> Iterator[Visit]:
    """A visitor whose browser lets the page write to the clipboard."""
    visitor = Visit(browser, dashboard.url)
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield visitor
    complaints = visitor.complaints
    visitor.close()
    assert not complaints


def test_a_copied_link_shows_the_same_run_step_and_probe_to_somebody_else(
    copying: Visit, browser: Browser, dashboard: Dashboard
) -> None:
    page = copying.open("cnn?view=Predictions&image=7")
    move_step(copying)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")
    other = Visit(browser, dashboard.url)
    shown = other.open(link.removeprefix(f"{dashboard.url}/"))
    assert place(shown) == ("cnn", {**place(page)[1], "run": "cnn-on-digits"})
    entries = shown.evaluate(ENTRIES)
    assert entries == 2  # an empty tab's, and this
    drawn = page.evaluate(FIGURES)
    assert len(drawn) > 1  # the probabilities and the confusion matrix
    shown.wait_for_function(f"drawn => JSON.stringify(({FIGURES})()) === JSON.stringify(drawn)", arg=drawn)
    tab_is_open(other, "Predictions")
    other.close()


def test_an_address_that_asks_for_nonsense_shows_the_page_and_says_so(visit: Visit) -> None:
    page = visit.open("cnn?view=Nonsense&layer=nowhere")
    expect(page.get_by_text("Nonsense")).to_be_visible()
    expect(page.get_by_text("nowhere")).to_be_visible()
    tab_is_open(visit, "Feature maps")
