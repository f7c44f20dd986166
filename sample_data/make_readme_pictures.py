"""Take the README's pictures from the running dashboard: ``python sample_data/make_readme_pictures.py``.

Needs the test extra (Playwright) and a Chromium, as the browser tests do.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
TARGET = Path(__file__).parent / "readme"
DRAWN = "() => [...document.querySelectorAll('.explorer-chart')].every(e => e.querySelector('.main-svg'))"


def main() -> None:
    """Start the dashboard with no runs of its own, and photograph the CNN page."""
    with socket.socket() as probe, tempfile.TemporaryDirectory() as runs:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true", "--server.port"]
        server = subprocess.Popen(
            [*command, str(port)], cwd=ROOT, env={**os.environ, "EXPLORER_RUNS": runs}, start_new_session=True
        )
        try:
            _photograph(f"http://127.0.0.1:{port}")
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(20)


def _photograph(url: str) -> None:
    _wait(url)
    TARGET.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 1500})
        page.goto(f"{url}/cnn")
        page.wait_for_selector(".main-svg", timeout=60_000)
        page.wait_for_timeout(3000)
        page.wait_for_function(DRAWN)
        page.screenshot(path=TARGET / "cnn.png")
        browser.close()


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the dashboard did not start")


if __name__ == "__main__":
    main()
