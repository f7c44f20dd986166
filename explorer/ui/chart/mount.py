"""Parts of a page that run in the browser: each carries little, and the browser fetches its script once."""

from pathlib import Path
from typing import Any

import streamlit as st

from explorer.ui.chart.assets import in_browser


def mounted_beside(name: str, module: str, *, styled: bool = False) -> Any:
    """A component whose elements, script and style lie beside a module and bear its name; the page's own style holds.

    The script imports the assets from the folder whose address it writes as ``__FOLDER__``.

    Args:
        name: of the component, unlike all others'.
        module: the module's ``__file__``.
        styled: whether there is a style of its own.
    """

    def read(ending: str) -> str:
        return Path(module).with_suffix(ending).read_text(encoding="utf-8")

    style = read(".css") if styled else None
    return st.components.v2.component(
        name, html=read(".html"), css=style, js=in_browser(read(".js")), isolate_styles=False
    )


def mounted(name: str, *, html: str, script: str, css: str = "") -> Any:
    """A component of the page.

    It reports ``failed`` where its script cannot be fetched.

    Args:
        name: of the component, unlike all others'.
        html: the file with its elements, in this folder.
        script: the file whose default export draws it, served to the browser.
        css: the file with its style, which holds for this component alone; "" where the page's own style holds.
    """

    def read(file: str) -> str:
        return Path(__file__).with_name(file).read_text(encoding="utf-8")

    return st.components.v2.component(
        name,
        html=read(html),
        css=read(css) if css else None,
        js=in_browser(read("mount.js")).replace("__SCRIPT__", script),
        isolate_styles=bool(css),
    )
