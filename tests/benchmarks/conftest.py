"""The dashboard and the browser of the browser tests, to be timed."""

from tests.browser.conftest import browser, dashboard, visit

__all__ = ["browser", "dashboard", "visit"]
