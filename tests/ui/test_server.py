"""The web server around the pages."""

import asyncio
from pathlib import Path

import plotly
import pytest
from streamlit import config

from explorer.errors import ExplorerError
from explorer.ui import server
from explorer.ui.chart.assets import PLOTLY_SCRIPT
from tests.event_loop import result_of

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def started_from_the_projects_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_plotlys_own_script_comes_from_the_installed_package() -> None:
    beginning = PLOTLY_SCRIPT.read_text(encoding="utf-8")[:300]
    assert f"plotly.js v{plotly.offline.get_plotlyjs_version()}" in beginning


def test_the_collection_after_every_rerun_is_still_an_option_of_streamlit_and_is_off() -> None:
    options = config.get_config_options(force_reparse=True)
    assert options["runner.postScriptGC"].value is False


def test_no_message_is_left_out_because_the_browser_is_believed_to_have_it() -> None:
    assert config.get_config_options(force_reparse=True)["global.minCachedMessageSize"].value > 1e9


def test_the_dashboard_listens_on_this_machine_alone_and_reports_to_nobody() -> None:
    options = config.get_config_options(force_reparse=True)
    assert options["server.address"].value == "127.0.0.1"
    assert options["browser.gatherUsageStats"].value is False


def test_a_supervisor_that_cannot_be_woken_now_is_woken_later(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Path] = []

    def wake(root: Path) -> None:
        calls.append(root)
        if len(calls) == 1:
            raise ExplorerError(".wake cannot be written: No space left on device.")

    async def two_calls() -> None:
        task = asyncio.create_task(server._stay_awake())
        while len(calls) < 2:
            await asyncio.sleep(0.01)
        task.cancel()

    monkeypatch.setattr(server, "wake", wake)
    monkeypatch.setattr(server, "WAKE_EVERY", 0.0)
    result_of(asyncio.wait_for(two_calls(), 60))
