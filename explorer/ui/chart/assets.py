"""Files that charts fetch in the browser, each once: Plotly's script and our own; and the labels of charts."""

import hashlib
from pathlib import Path

import plotly
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from explorer.errors import ExplorerError

PLOTLY_SCRIPT = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
FILES = {"plotly.min.js": PLOTLY_SCRIPT} | {
    path.name: path for path in sorted(Path(__file__).parent.iterdir()) if path.suffix in (".js", ".css")
}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


def _version() -> str:
    """Differs where a file does, so that a browser may keep what it has."""
    found = hashlib.sha256(plotly.__version__.encode())
    for path in FILES.values():
        if path is not PLOTLY_SCRIPT:
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


FOLDER = f"/explorer-assets/{_version()}/"  # the scripts find each other, and the words, beside them


def routes() -> list[BaseRoute]:
    """The addresses served beside the pages, below whatever prefix these have (``server.baseUrlPath``)."""
    return [
        Route(f"{prefix}{FOLDER}{place}", answer)
        for prefix in ("", "/{prefix:path}")
        for place, answer in (("about/{name}", _about), ("{name}", _file))
    ]


def in_browser(text: str) -> str:
    """A script whose ``__FOLDER__`` is an expression for the folder of these files, as the browser reaches it.

    A proxy may serve the dashboard below a prefix that the server does not know. The browser knows it: Streamlit's own
    script lies two folders below it.
    """
    own = '[...document.scripts].find((one) => one.src.includes("/static/js/")).src'
    return text.replace("__FOLDER__", f'new URL("../..{FOLDER}", {own}).href')


async def _file(request: Request) -> Response:
    path = FILES.get(request.path_params["name"])
    if path is None:
        return PlainTextResponse(f"Served are {', '.join(FILES)}.", status_code=404)
    return FileResponse(path, media_type="text/css" if path.suffix == ".css" else "text/javascript", headers=FOR_EVER)


def _about(request: Request) -> Response:  # not async: drawing a formula takes some 50 ms, in a thread
    from explorer.learn.cards import card

    try:
        return HTMLResponse(card(request.path_params["name"]))
    except ExplorerError as error:
        return PlainTextResponse(str(error), status_code=404)
