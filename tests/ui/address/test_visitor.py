"""The visitor's name: it stays with the browser, and tells nothing of the cookie's secret."""

import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import streamlit as st

from explorer.ui.address.visitor import COOKIE, cookie, is_visitor, new_cookie, visitor
from explorer.ui.server import VisitorCookie
from tests.event_loop import result_of


@pytest.mark.parametrize("visit", [1, 2])
def test_a_browser_with_the_cookie_is_the_same_visitor_each_time(monkeypatch: pytest.MonkeyPatch, visit: int) -> None:
    secret = "0123456789abcdef" * 2
    monkeypatch.setattr(st, "context", SimpleNamespace(cookies={cookie(COOKIE): secret}))
    expected = "v" + hashlib.sha256(secret.encode()).hexdigest()[:16]
    assert visitor() == expected
    assert is_visitor(expected)


@pytest.mark.parametrize("owner", ["local", "", "3f2a9c0d1e4b", "v0123456789abcdeg", "v0123456789abcdef0"])
def test_other_owners_are_no_visitors(owner: str) -> None:
    assert not is_visitor(owner)


def test_two_new_cookies_are_two_visitors_and_no_script_reads_them() -> None:
    assert new_cookie() != new_cookie()
    assert "HttpOnly" in new_cookie()


def test_dashboards_with_folders_of_their_own_share_no_cookie_though_browsers_send_it_to_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: dict[str, str] = {}
    visitors = set()
    monkeypatch.setattr(st, "context", SimpleNamespace(cookies=sent))
    monkeypatch.setattr(st, "session_state", {})
    for folder in ("one", "other"):
        monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / folder))
        name, _, secret = new_cookie().split(";")[0].partition("=")
        assert name not in sent
        sent[name] = secret
        visitors.add(visitor())
        assert answered(accept="text/html", cookie="; ".join(f"{name}={value}" for name, value in sent.items())) == []
    assert len(visitors) == 2


def test_a_cookie_belongs_to_the_address_that_the_browser_sees() -> None:
    assert "path=" not in new_cookie().lower()  # then it is the page's own folder, whatever a proxy puts before it


def answered(**headers: str) -> list[str]:
    """The cookies that the server sets in its answer to a request."""
    sent: list[Any] = []

    async def page(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})

    async def note(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(name.encode(), value.encode()) for name, value in headers.items()]}
    result_of(VisitorCookie(page)(scope, None, note))
    return [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]


def test_a_browser_without_the_cookie_gets_one_with_the_page_and_keeps_it() -> None:
    (given,) = answered(accept="text/html,*/*")
    assert given.startswith(f"{cookie(COOKIE)}=")
    assert answered(accept="text/html", cookie=f"other=1; {given.split(';')[0]}") == []
    assert answered(accept="image/png") == []
