"""The visitor's browser as the camera: it draws the frames of a film and sends them, so that no server needs one."""

import base64
import binascii
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui.address.visit import CAMERA
from explorer.ui.chart.assets import FOLDER, base_path
from explorer.ui.film.reel import Film

PNG = "data:image/png;base64,"


def _mount() -> Any:
    def read(name: str) -> str:
        return Path(__file__).with_name(name).read_text(encoding="utf-8")

    script = read("camera.js").replace("__FOLDER__", f"{base_path()}{FOLDER}")
    return st.components.v2.component("explorer_camera", html=read("camera.html"), js=script, isolate_styles=False)


_component = _mount()


def record(film: Film, taken: Callable[[list[bytes]], None], failed: Callable[[str], None]) -> None:
    """Have the browser draw every frame, with its progress where this is called.

    Args:
        film: what is drawn.
        taken: called with the frames, each a PNG, before the page is drawn again.
        failed: called with the reason where there are none.
    """
    _component(
        data=film.to_json().encode(),
        key=CAMERA.key,
        on_taken_change=partial(_taken, len(film.steps), taken, failed),
        on_failed_change=partial(_failed, failed),
    )


def _taken(count: int, taken: Callable[[list[bytes]], None], failed: Callable[[str], None]) -> None:
    try:
        taken(frames_of((CAMERA.get() or {}).get("taken"), count))
    except ExplorerError as error:
        failed(str(error))


def _failed(failed: Callable[[str], None]) -> None:
    reason = (CAMERA.get() or {}).get("failed")
    if reason:
        failed(f"The browser could not draw the film: {str(reason)[:300]}")


def frames_of(sent: object, count: int) -> list[bytes]:
    """The frames that a browser sent.

    Raises:
        ExplorerError: where there are not as many as steps, or one is no PNG in base64.
    """
    frames = sent.get("frames") if isinstance(sent, dict) else None
    if not isinstance(frames, list) or len(frames) != count:
        found = len(frames) if isinstance(frames, list) else 0
        raise ExplorerError(f"The browser sent {found} frames for {count} steps; make the film again.")
    return [_decoded(frame) for frame in frames]


def _decoded(frame: object) -> bytes:
    if not isinstance(frame, str) or not frame.startswith(PNG):
        raise ExplorerError("The browser sent a frame that is no PNG; make the film again.")
    try:
        return base64.b64decode(frame.removeprefix(PNG), validate=True)
    except binascii.Error as error:
        raise ExplorerError(f"The browser sent a damaged frame: {error}. Make the film again.") from error
