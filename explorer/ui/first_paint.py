"""A style and a script in the head of the page's own HTML, so that the page appears once it stands."""

from pathlib import Path
from typing import Any

from starlette.datastructures import Headers, MutableHeaders

HEAD = Path(__file__).with_name("first_paint.html").read_bytes()
END_OF_HEAD = b"</head>"


class FirstPaint:
    """Puts ``first_paint.html`` at the end of the head of every page."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on; an answer in HTML that was asked for as a page is completed."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        if "text/html" not in headers.get("accept", ""):
            await self.app(scope, receive, send)
            return
        plain = MutableHeaders(scope={**scope, "headers": list(scope["headers"])})
        plain["accept-encoding"] = "identity"  # a compressed page could not be completed
        begun: list[Any] = []
        body = bytearray()

        async def complete(message: Any) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
                return
            if begun and not _is_page(begun[0]):
                await send(begun.pop())
            if not begun:
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body", False):
                return
            whole = bytes(body).replace(END_OF_HEAD, HEAD + END_OF_HEAD, 1)
            start = begun.pop()
            MutableHeaders(scope=start)["content-length"] = str(len(whole))
            await send(start)
            await send({**message, "body": whole})

        await self.app({**scope, "headers": plain.raw}, receive, complete)


def _is_page(start: Any) -> bool:
    headers = Headers(raw=start["headers"])
    found = "text/html" in headers.get("content-type", "") and "content-encoding" not in headers
    return start["status"] == 200 and found
