"""Tasks of the web server besides running scripts: warm torch, wake the supervisor, name visitors, complete pages."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware

from explorer.errors import ExplorerError
from explorer.places import runs_root
from explorer.training.submit import look_after, wake
from explorer.ui.address.visitor import COOKIE, cookie, new_cookie

WAKE_EVERY = 120.0  # seconds
HEAD = Path(__file__).with_name("first_paint.html").read_bytes()
END_OF_HEAD = b"</head>"
LOOK_EVERY = 1.0  # seconds: a run waits no longer until the place of a killed supervisor is taken


@asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """Start what training needs and load the heavy imports, without keeping the first visitor waiting for either."""
    awake = asyncio.create_task(_stay_awake())
    threading.Thread(target=_warm, name="warm-torch", daemon=True).start()
    yield
    awake.cancel()


async def _stay_awake() -> None:
    """Keep the supervisor ready: left alone, it ends after some minutes, and a cold start takes seconds."""
    while True:
        await _attempt(wake)
        for _ in range(round(WAKE_EVERY / LOOK_EVERY)):
            await asyncio.sleep(LOOK_EVERY)
            await _attempt(look_after)


async def _attempt(action: Callable[[Path], None]) -> None:
    try:
        await asyncio.to_thread(action, runs_root())
    except (ExplorerError, OSError) as error:  # a full disk, or a folder that may not be written: it may pass
        print(f"The supervisor cannot be woken: {error}", flush=True)


def _warm() -> None:
    """Import torch before it is asked for, on one thread, and take what is loaded out of every later collection."""
    import sklearn.manifold  # noqa: F401, of the view Embeddings: a second
    import torch

    import explorer.inspection  # noqa: F401

    torch.set_num_threads(1)  # training processes need the cores: two busy pools collapse
    gc.collect()
    gc.freeze()


def _asks_for_page(scope: Any) -> bool:
    return scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", "")


class VisitorCookie:
    """Answers a browser's first question for a page with a cookie, so that the visitor's runs stay theirs."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, and add the cookie to the answer where it is missing."""
        if not _asks_for_page(scope) or f"{cookie(COOKIE)}=" in Headers(scope=scope).get("cookie", ""):
            await self.app(scope, receive, send)
            return

        async def send_with_cookie(message: Any) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", new_cookie())
            await send(message)

        await self.app(scope, receive, send_with_cookie)


class FirstPaint:
    """Puts ``first_paint.html`` at the end of the head of every page."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on; an answer in HTML that was asked for as a page is completed."""
        if not _asks_for_page(scope):
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


MIDDLEWARE = [Middleware(VisitorCookie), Middleware(FirstPaint)]
