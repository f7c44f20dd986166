"""The installed dashboard at the root of a host, below a prefix of its own, and behind a proxy that takes one away."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Visit, served
from tests.browser.test_journeys import ALL_DRAWN
from tests.proxy import stripping
from tests.wheel import ELSEWHERE, Installed, installed

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return installed(tmp_path_factory.mktemp("wheel"))


@contextmanager
def reached(package: Installed, way: str) -> Iterator[str]:
    """The address of the installed dashboard, as a browser has to write it."""
    base = "" if way == "proxy" else way
    log = package.home / "server.log"
    with served([package.command, "dashboard"], ELSEWHERE, package.environment(), log, base) as dashboard:
        if way == "proxy":
            with stripping("/user/lab", int(dashboard.url.rpartition(":")[2])) as outside:
                yield f"http://127.0.0.1:{outside}/user/lab"
        else:
            yield dashboard.url


@pytest.mark.parametrize("way", ["", "lab/dle", "proxy"])
def test_every_chart_is_ours_and_clicks_cards_links_and_cookies_work(
    browser: Browser, package: Installed, way: str
) -> None:
    with reached(package, way) as address:
        prefix = re.sub(r"^https?://[^/]+", "", address)
        visitor = Visit(browser, address)
        page = visitor.open("cnn")
        page.wait_for_function(ALL_DRAWN)
        assert page.locator(".explorer-chart .main-svg").count() >= 15
        assert page.get_by_test_id("stPlotlyChart").count() == 0

        page.get_by_label(re.compile("^What this shows: block1.convolution")).click()
        card = page.locator(".explorer-card:popover-open")
        expect(card).to_contain_text("feature map", ignore_case=True)
        topic = card.get_by_role("link", name="More on the roadmap")
        assert topic.evaluate("link => new URL(link.href).pathname") == f"{prefix}/deep-learning"
        page.keyboard.press("Escape")

        page.get_by_role("tab", name="Kernels", exact=True).click()
        visitor.settle()
        page.wait_for_function(ALL_DRAWN)
        assert "view=Kernels" in page.url
        assert page.url.startswith(f"{address}/cnn")
        page.go_back()
        visitor.settle()
        expect(page.get_by_role("tab", name="Feature maps", exact=True)).to_have_attribute("aria-selected", "true")

        page.get_by_label("One recorded step back").click()
        expect(page.locator(".st-key-bar .explorer-player")).to_have_attribute("data-step", "2240")
        expect(page).to_have_url(re.compile("step=2240"))

        visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy link").click()
        expect(page.get_by_text("Copied")).to_be_visible()
        link = page.evaluate("() => navigator.clipboard.readText()")
        assert link.startswith(f"{address}/cnn?")
        page.goto(link)
        visitor.settle()
        expect(page.locator(".st-key-bar .explorer-player")).to_have_attribute("data-step", "2240")

        cookies = {cookie["name"]: cookie["path"] for cookie in visitor.context.cookies(f"{address}/cnn")}
        [given] = [path for name, path in cookies.items() if name.startswith("explorer_visitor_")]
        assert given == (prefix or "/")
        page = visitor.open()
        expect(page.get_by_role("link", name=re.compile("^Pick up where you left off: CNN"))).to_be_visible()
        assert not visitor.complaints
        visitor.close()


def test_two_dashboards_at_two_ports_of_a_host_keep_what_a_visitor_did_apart(
    browser: Browser, package: Installed, tmp_path: Path
) -> None:
    environments = [package.environment() | {"EXPLORER_RUNS": str(tmp_path / name)} for name in ("one", "other")]
    command = [package.command, "dashboard"]
    with (
        served(command, ELSEWHERE, environments[0], tmp_path / "one.log") as one,
        served(command, ELSEWHERE, environments[1], tmp_path / "other.log") as other,
    ):
        visitor = Visit(browser, one.url)
        visitor.open("deep-learning?known=perceptron")
        visitor.page.wait_for_function("() => document.cookie.includes('=perceptron')")
        visitor.url = other.url
        page = visitor.open("deep-learning")
        expect(page.get_by_text("I know 0 of")).to_be_visible()
        page = visitor.open("cnn")
        page.wait_for_function("() => document.cookie.includes('=cnn')")
        visitor.url = one.url
        page = visitor.open()
        expect(page.get_by_role("link", name="Pick up where you left off: Deep Learning")).to_be_visible()
        names = {cookie["name"] for cookie in visitor.context.cookies()}
        assert len([name for name in names if name.startswith("explorer_visitor_")]) == 2
        visitor.close()
