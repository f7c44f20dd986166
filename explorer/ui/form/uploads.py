"""Uploads: a file uploader beside the field that names a file."""

from typing import Any

import streamlit as st

from explorer.config import DecimalSign, Encoding, Separator, SeriesData
from explorer.datasets.files import uploads_root
from explorer.datasets.measurements import columns
from explorer.datasets.tables import Written
from explorer.datasets.uploads import UPLOADS
from explorer.errors import ExplorerError
from explorer.ui.address.visit import Note, field_of_form
from explorer.ui.cache import kept
from explorer.ui.form import preview


def offer(kind: str, path_key: str) -> None:
    """Draw a file uploader; once a file is stored, the field behind ``path_key`` names it.

    Args:
        kind: one of ``UPLOADS``.
        path_key: of the text field.
    """
    upload, key = UPLOADS[kind], f"{path_key}.upload"
    st.file_uploader(
        f"Upload {upload.what}",
        type=list(upload.endings),
        key=key,
        max_upload_size=upload.megabytes,
        on_change=_keep,
        args=(kind, path_key),
        help=f"At most {upload.megabytes} MB; stored in {uploads_root()}, on the machine that runs the explorer.",
    )
    fault, kept = _fault(key).get(), _kept(key).get()
    if fault:
        st.error(fault, icon=":material/block:")
    elif kept and kept.name == field_of_form(path_key).get():
        st.caption(f"Stored as {kept.name}: {kept.what}.")
        preview.left_out(kept.left_out)


def _keep(kind: str, path_key: str) -> None:
    key = f"{path_key}.upload"
    _fault(key).forget()
    _kept(key).forget()
    file = field_of_form(key).get()
    if file is None:  # removed from the widget; the stored file stays
        return
    try:
        kept = UPLOADS[kind].keep(file.getvalue(), file.name)
    except ExplorerError as error:
        _fault(key).set(str(error))
        return
    _kept(key).set(kept)
    field_of_form(path_key).set(kept.name)


def _fault(key: str) -> Note[Any]:
    return field_of_form(f"{key}.fault")


def _kept(key: str) -> Note[Any]:
    return field_of_form(f"{key}.kept")


def choices(dataset: str, key: str) -> dict[str, tuple[str, ...]]:
    """The choices that a file offers: for a series, its numeric columns.

    Args:
        dataset: the name of the data set.
        key: the prefix of its form's widgets.
    """
    if dataset != "series":
        return {}
    usual = SeriesData()
    path, encoding, separator, decimal = (
        field_of_form(f"{key}.{name}").get() or getattr(usual, name)
        for name in ("path", "encoding", "separator", "decimal_sign")
    )
    known = _columns(path, encoding, separator, decimal)
    column, others = field_of_form(f"{key}.column"), field_of_form(f"{key}.also_read")
    if column.noted and column.get() not in ("", *known):  # of the file before
        column.forget()
    target = column.get() or (known[-1] if known else "")
    free = tuple(name for name in known if name != target)
    if others.noted and not set(others.get()) <= set(free):
        others.set([name for name in others.get() if name in free])
    return {"column": ("", *known), "also_read": free}


@kept(8, seconds=60)
def _columns(path: str, encoding: Encoding, separator: Separator, decimal: DecimalSign) -> tuple[str, ...]:
    """The columns of a file, read again after a minute, since the file may change."""
    return columns(path, Written(encoding, separator, decimal))
