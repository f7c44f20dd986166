"""What all tests share."""

import os
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any

import pytest
import torch
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

torch.set_num_threads(1)  # as a worker does: two threads on busy cores wait for each other

# a busy machine is no fault of the code: examples have no time limit
settings.register_profile("explorer", deadline=None, max_examples=40, database=None)
settings.load_profile("explorer")


BROWSER = "tests/browser/"
ASIDE = 5  # the niceness of what runs beside a browser: a page is tried as on a machine that has time for it


class _OneBrowser(LoadScopeScheduling):  # type: ignore[misc]
    """Two processes share the files; all that need the one dashboard and the one browser go to the same."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _OneBrowser:
    """Who runs what."""
    return _OneBrowser(config, log)


def _contracts(items: list[pytest.Item]) -> Iterator[tuple[int, list[pytest.Item]]]:
    """The cases of each test that is marked ``sample``, and how many of them are quick."""
    marked = [(item, mark.args[0]) for item in items if (mark := item.get_closest_marker("sample"))]
    for (_, number), cases in groupby(marked, key=lambda one: (one[0].nodeid.partition("[")[0], one[1])):
        yield number, [case for case, _ in cases]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of a contract's cases only a sample is quick. The browser's tests wait most, so they begin first."""
    for number, cases in _contracts(items):
        quick = {round(place * (len(cases) - 1) / (number - 1)) for place in range(number)}
        for place, case in enumerate(cases):
            if place not in quick:
                case.add_marker("slow")
    items.sort(key=lambda item: not item.nodeid.startswith(BROWSER))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """One of two processes has the browser's tests; the other one gives way to it."""
    if os.environ.get("PYTEST_XDIST_WORKER") and not item.nodeid.startswith(BROWSER):
        os.setpriority(os.PRIO_PROCESS, 0, ASIDE)


@pytest.fixture(autouse=True, scope="session")
def _nothing_of_ones_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Empty folders: what the person who runs the tests has trained and uploaded is no part of them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("RUNS", "UPLOADS"):
            patch.setenv(f"EXPLORER_{name}", str(tmp_path_factory.mktemp(name.lower())))
        yield


@pytest.fixture(scope="session")
def components_of_packages() -> Iterator[None]:
    """Each AppTest asks every installed package for components, 0.2 s of work with one outcome: ask once."""
    from streamlit.components.v2 import manifest_scanner  # only here: most tests need no Streamlit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield
