"""Every internal link of every page and text, followed in a real browser: it shows what it names."""

import re
from urllib.parse import unquote_plus, urlsplit

import pytest
from playwright.sync_api import Page, expect

from explorer.learn import address, load
from explorer.ui.address import topics
from explorer.ui.address.pages import PLACES
from tests.browser.conftest import Visit
from tests.browser.test_journeys import ALL_DRAWN
from tests.internal_links import links_of_texts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LINKS = """() => [...document.querySelectorAll('[data-testid="stMain"] a[href]')].map(link => link.href)"""
OF_TEXTS = sorted({unquote_plus(place) for place in links_of_texts().values()})


def shows_what_it_names(visit: Visit, place: str) -> None:
    """Open a place as "cnn?view=Kernels", and look for its page, its view, its topic and its run."""
    name, settings = address(place)
    page = visit.open(place, seconds=120)  # the first network of torchvision takes longest
    assert page.get_by_test_id("stException").count() == 0, place
    assert page.get_by_text("Page not found").count() == 0, place
    expect(page.locator("h1")).to_have_text("Deep Learning Explorer" if not name else PLACES[name].title)
    assert page.get_by_test_id("stToast").count() == 0, place  # nothing that the page could not show
    if "view" in settings:
        chosen = page.locator('[data-testid="stMain"] [role="tab"][aria-selected="true"]').first
        expect(chosen).to_have_text(settings["view"])
    if "topic" in settings:
        roadmap = load(name.replace("-", "_"))
        named = topics.read(roadmap, settings["topic"])
        assert named is not None, place
        expect(page.locator(".st-key-topic-panel h3")).to_have_text(roadmap.topics[named].title)
    if "run" in settings:
        assert f"run={settings['run']}" in page.url, place


@pytest.mark.parametrize("place", OF_TEXTS)
def test_a_link_of_a_text_opens_what_it_names(visit: Visit, place: str) -> None:
    shows_what_it_names(visit, place)


def links_of_page(page: Page, url: str) -> list[str]:
    """The internal places that a page links to."""
    hrefs = [link for link in page.evaluate(LINKS) if link.startswith(url)]
    return sorted({unquote_plus(f"{urlsplit(link).path}?{urlsplit(link).query}".strip("/?")) for link in hrefs})


@pytest.mark.parametrize("path", PLACES)
def test_a_link_of_a_page_opens_what_it_names(visit: Visit, path: str) -> None:
    page = visit.open(path)
    page.wait_for_function(ALL_DRAWN)
    places = links_of_page(page, visit.url)
    assert len(places) >= (7 if path in ("", "closing-thoughts") else 0)
    for place in sorted({*places} - {*OF_TEXTS}):  # those of texts are followed above
        shows_what_it_names(visit, place)


def test_the_card_of_a_chart_leads_to_its_topic(visit: Visit) -> None:
    page = visit.open("lstm?view=Cell")
    page.wait_for_function(ALL_DRAWN)
    figure = page.locator(".explorer-figure", has=page.locator(".explorer-name", has_text="LSTM cell"))
    figure.locator(".explorer-ask").click()
    page.get_by_role("link", name="More on the roadmap").click()
    expect(page.locator(".st-key-topic-panel h3")).to_have_text("LSTM", timeout=20_000)
    expect(page).to_have_url(re.compile("topic=LSTM$"))
