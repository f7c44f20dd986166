"""The list of a visitor's own uploads beside the field that names one: with sizes, to choose one again or to delete it.

The one list for every kind of upload: data, weights, class names.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import streamlit as st

from explorer.datasets import own_uploads
from explorer.datasets.own_uploads import OwnUpload
from explorer.errors import MEGABYTE
from explorer.ui.address.notices import attempt
from explorer.ui.address.visit import field_of_form
from explorer.ui.address.visitor import visitor
from explorer.ui.rights import check_unused


class Named(NamedTuple):
    """The field that names an upload."""

    key: str  # what the keys of the list's widgets begin with
    now: object  # its value
    use: Callable[[str], None]  # gives it another value
    reset: Callable[[], None]  # gives it its first value again


def draw(uploads: Mapping[str, OwnUpload], field: Named, what: str, after_deletion: str) -> None:
    """Draw the list; nothing where there are no uploads.

    Args:
        uploads: by the value that the field has for each.
        field: that names one of them.
        what: these uploads in words, "Your weights".
        after_deletion: what becomes of the runs that used one, with {name} for it.
    """
    if not uploads:
        return
    chosen = field_of_form(f"{field.key}.own")
    chosen.set(field.now if field.now in uploads else None)
    name = st.selectbox(
        f"{what}, {megabytes(sum(upload.size for upload in uploads.values()))}",
        list(uploads),
        index=None,
        format_func=lambda name: f"{name} · {megabytes(uploads[name].size)}",
        placeholder="Choose one to use or to delete it",
        key=chosen.key,
        on_change=_choose,
        args=(field,),
    )
    if name is not None:
        with st.popover("Delete this upload", icon=":material/delete:"):
            st.markdown(after_deletion.format(name=f"**{name}**"))
            # the name is part of the key, so that a second click finds no other upload's button
            st.button("Delete it", key=f"{field.key}.delete.{name}", on_click=_delete, args=(uploads[name], field))


def megabytes(size: int) -> str:
    """A size in megabytes: "0.32 MB"."""
    return f"{size / MEGABYTE:,.2f} MB"


def _choose(field: Named) -> None:
    name = field_of_form(f"{field.key}.own").get()
    if name is not None:
        field.use(name)


def _delete(upload: OwnUpload, field: Named) -> None:
    def delete() -> None:
        check_unused(upload.name)
        own_uploads.delete(visitor(), upload.name)
        field.reset()

    attempt(delete)
