"""The head of the page's own HTML gets what lets it appear at once; every other answer stays as it is."""

from typing import Any

import pytest

from explorer.ui.server import HEAD, FirstPaint
from tests.event_loop import result_of

PAGE = b"<html><head><title>x</title></head><body></body></html>"


def answer(parts: list[bytes], kind: str, accept: str, **more: str) -> tuple[dict[str, str], bytes, dict[str, str]]:
    """The headers and the body that reach a browser, and the headers of the question that reached the server."""
    sent: list[Any] = []
    asked: dict[str, str] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.update({name.decode(): value.decode() for name, value in scope["headers"]})
        length = str(sum(map(len, parts)))
        headers = {"content-type": kind, "content-length": length, **more}
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        for number, part in enumerate(parts):
            await send({"type": "http.response.body", "body": part, "more_body": number < len(parts) - 1})

    async def note(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(b"accept", accept.encode()), (b"accept-encoding", b"gzip, br")]}
    result_of(FirstPaint(app)(scope, None, note))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return headers, b"".join(message["body"] for message in sent[1:]), asked


@pytest.mark.parametrize("parts", [[PAGE], [PAGE[:20], PAGE[20:28], PAGE[28:]]], ids=["whole", "in pieces"])
def test_a_page_gets_the_style_at_the_end_of_its_head_and_its_true_length(parts: list[bytes]) -> None:
    headers, body, asked = answer(parts, "text/html; charset=utf-8", "text/html,*/*")
    assert body == b"<html><head><title>x</title>" + HEAD + b"</head><body></body></html>"
    assert headers["content-length"] == str(len(body))
    assert asked["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    ("kind", "accept", "more"),
    [
        ("text/javascript", "text/html,*/*", {}),
        ("text/html", "*/*", {}),
        ("text/html", "text/html", {"content-encoding": "gzip"}),
    ],
    ids=["a script", "not asked for as a page", "compressed"],
)
def test_every_other_answer_is_passed_on_as_it_is(kind: str, accept: str, more: dict[str, str]) -> None:
    headers, body, _ = answer([PAGE], kind, accept, **more)
    assert body == PAGE
    assert headers["content-length"] == str(len(PAGE))
