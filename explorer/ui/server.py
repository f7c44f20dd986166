"""What the web server does besides running scripts: serve Plotly's script, warm torch, and wake the supervisor."""

import asyncio
import gc
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import plotly
import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from explorer.errors import ExplorerError
from explorer.training.submit import runs_root, wake

WAKE_EVERY = 120.0  # seconds
PLOTLY_SCRIPT = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
PLOTLY_ROUTE = f"/explorer-assets/plotly-{plotly.__version__}.min.js"
ABOUT_ROUTE = "/explorer-assets/about/"  # and the name of a kind of chart


def routes() -> list[BaseRoute]:
    """The addresses served beside the pages."""

    async def plotly_script(request: object) -> FileResponse:
        return FileResponse(
            PLOTLY_SCRIPT,
            media_type="text/javascript",
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )

    def about_chart(request: Request) -> Response:  # not async: drawing a formula takes some 50 ms, in a thread
        from explorer.ui.about import card  # only here: whoever never asks need not wait for it

        try:
            return HTMLResponse(card(request.path_params["name"], base_path()))
        except ExplorerError as error:
            return PlainTextResponse(str(error), status_code=404)

    return [Route(PLOTLY_ROUTE, plotly_script), Route(ABOUT_ROUTE + "{name}", about_chart)]


def base_path() -> str:
    """What the addresses of all pages begin with: "", or as "/explorer" where server.baseUrlPath says so."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}" if base else ""


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
        await asyncio.to_thread(wake, runs_root())
        await asyncio.sleep(WAKE_EVERY)


def _warm() -> None:
    """Import torch before it is asked for, on one thread, and take what is loaded out of every later collection."""
    import torch

    import explorer.inspection  # noqa: F401

    torch.set_num_threads(1)  # training processes need the cores: two busy pools collapse
    gc.collect()
    gc.freeze()
