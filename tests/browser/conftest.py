"""A dashboard of its own, and a real browser that looks at it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
QUIET = """() => {
  const app = document.querySelector('[data-testid="stApp"]');
  return app && app.getAttribute('data-test-script-state') === 'notRunning'
    && !document.querySelector('[data-testid="stSkeleton"], [data-testid="stSpinner"]');
}"""

# a chart's drawing, by the beginning of its title
CHART = """(title) => [...document.querySelectorAll('.explorer-figure')]
  .find(e => e.querySelector('.explorer-name').textContent.startsWith(title)).querySelector('.js-plotly-plot')"""


class Dashboard(NamedTuple):
    url: str
    runs: Path
    log: Path
    process: int

    def memory(self) -> float:
        """Resident memory of the server, in MB."""
        status = Path(f"/proc/{self.process}/status").read_text()
        return next(int(line.split()[1]) / 1000 for line in status.splitlines() if line.startswith("VmRSS"))


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """The dashboard as ``streamlit run app.py`` starts it, with an empty folder for its runs."""
    place = tmp_path_factory.mktemp("dashboard")
    environment = {**os.environ, "EXPLORER_RUNS": str(place / "runs"), "EXPLORER_DATA": str(place / "data")}
    with served(
        [sys.executable, "-m", "streamlit", "run", "app.py"], ROOT, environment, place / "server.log"
    ) as running:
        yield running


@contextmanager
def served(
    command: list[str], folder: Path, environment: dict[str, str], log_file: Path, base: str = ""
) -> Iterator[Dashboard]:
    """The dashboard as a command starts it, on a port of its own.

    Args:
        command: a program and its arguments.
        folder: where it is started.
        environment: its variables; EXPLORER_RUNS is among them.
        log_file: where it writes.
        base: the path below which it serves, as "lab/dle".
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    options = ["--server.headless", "true", "--server.port", port, "--server.baseUrlPath", base]
    with log_file.open("w") as log:
        server = subprocess.Popen(
            [*command, *options], cwd=folder, env=environment, stdout=log, stderr=log, process_group=0
        )
    url = f"http://127.0.0.1:{port}/{base}".rstrip("/")
    running = Dashboard(url, Path(environment["EXPLORER_RUNS"]), log_file, server.pid)
    try:
        _wait_until_healthy(running, server)
        yield running
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)
        _end_processes_of(running.runs)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, else Playwright's own; skipped only where neither exists and CI is not set."""
    with sync_playwright() as driver:
        chromium = shutil.which("chromium") or driver.chromium.executable_path
        if not Path(chromium).exists():
            if os.environ.get("CI"):
                pytest.fail("continuous integration needs a browser")
            pytest.skip("no browser here: install chromium, or run `playwright install chromium`")
        opened = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        yield opened
        opened.close()


class Visit:
    """One visitor's page, and everything its console complained about."""

    def __init__(
        self,
        browser: Browser,
        url: str,
        width: int = 1440,
        theme: str = "light",
        *,
        height: int = 900,
        scale: float = 1,
    ) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            device_scale_factor=scale,
        )
        self.page: Page = self.context.new_page()
        self.url = url
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, text: str) -> None:
        # on a page's own address Streamlit first tries its service paths beneath that page
        if "Failed to load resource" not in text:
            self.complaints.append(text)

    def open(self, path: str = "", seconds: float = 30) -> Page:
        self.page.goto(f"{self.url}/{path}")
        self.settle(seconds)
        return self.page

    def settle(self, seconds: float = 30) -> None:
        """Wait until the script has been quiet for a quarter of a second."""
        end = time.monotonic() + seconds
        quiet_since = None
        while time.monotonic() < end:
            if not self.page.evaluate(QUIET):
                quiet_since = None
            elif quiet_since is None:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > 0.25:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"the page was not quiet within {seconds} s")

    def close(self) -> None:
        self.context.close()


@pytest.fixture
def visit(browser: Browser, dashboard: Dashboard) -> Iterator[Visit]:
    """A visitor at a desk, in the light theme; leaving checks that the console stayed silent."""
    visitor = Visit(browser, dashboard.url)
    yield visitor
    complaints = visitor.complaints
    visitor.close()
    assert not complaints


def _wait_until_healthy(running: Dashboard, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(f"{running.url}/_stcore/health", timeout=1).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the dashboard did not start:\n{running.log.read_text()}")


def _end_processes_of(runs: Path) -> None:
    """The supervisor outlives the server on purpose; the one of this test must not outlive the test."""
    for command_line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = command_line.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(runs) in words and "supervisor" in words:
            os.kill(int(command_line.parent.name), signal.SIGTERM)
