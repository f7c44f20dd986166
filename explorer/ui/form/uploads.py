"""Uploads: a file uploader and the visitor's own uploads, beside the field that names a file."""

from typing import Any

import streamlit as st

from explorer.config import DecimalSign, Encoding, Part, Separator, SeriesData
from explorer.datasets import own_uploads
from explorer.datasets.measurements import columns
from explorer.datasets.tables import Written
from explorer.datasets.uploads import UPLOADS
from explorer.errors import ExplorerError
from explorer.places import uploads_root
from explorer.ui.address.visit import Note, field_of_form
from explorer.ui.address.visitor import visitor
from explorer.ui.cache import kept
from explorer.ui.form import own_list, preview
from explorer.ui.form.own_list import Named
from explorer.ui.rights import check_path, upload_fields


def offer(kind: str, path_key: str) -> None:
    """Draw a file uploader and the visitor's uploads; one that is stored or chosen is named by the field's value.

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
        if kept.understood:
            st.info(f"{kept.understood} Then upload it again.", icon=":material/info:")
        preview.left_out(kept.left_out)
    _list(kind, path_key)


def refused(part: type[Part], key: str) -> str:
    """The reason why the last upload for a data set was refused; empty where it was not.

    Args:
        part: the class of the data set.
        key: the prefix of its form's widgets.
    """
    faults = [_fault(f"{key}.{name}.upload").get() for name in upload_fields(part)]
    return next(filter(None, faults), "")


def _list(kind: str, path_key: str) -> None:
    """Draw the visitor's uploads of a kind, to choose one again or to delete it."""
    mine = {upload.name: upload for upload in own_uploads.of(visitor()) if upload.kind == kind}
    field = field_of_form(path_key)

    def use(name: str) -> None:
        _fault(f"{path_key}.upload").forget()
        field.set(name)

    own_list.draw(
        mine,
        Named(path_key, field.get(), use, field.forget),  # forgotten, it names the data set's own first file
        "Your uploads for this",
        "Runs that were trained on {name} stay, but can no longer show their data.",
    )


def _keep(kind: str, path_key: str) -> None:
    key = f"{path_key}.upload"
    _fault(key).forget()
    _kept(key).forget()
    file = field_of_form(key).get()
    if file is None:  # removed from the widget; the stored file stays
        return
    try:
        kept = UPLOADS[kind].keep(file.getvalue(), file.name)
        own_uploads.note(visitor(), kept.name, kind)
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
    known = _columns_to_read(path, encoding, separator, decimal)
    column, others = field_of_form(f"{key}.column"), field_of_form(f"{key}.also_read")
    if column.noted and column.get() not in ("", *known):  # of the file before
        column.forget()
    target = column.get() or (known[-1] if known else "")
    free = tuple(name for name in known if name != target)
    if others.noted and not set(others.get()) <= set(free):
        others.set([name for name in others.get() if name in free])
    return {"column": ("", *known), "also_read": free}


def _columns_to_read(path: str, encoding: Encoding, separator: Separator, decimal: DecimalSign) -> tuple[str, ...]:
    try:
        check_path(path)
    except ExplorerError:  # said where the configuration is checked
        return ()
    return _columns(path, encoding, separator, decimal)


@kept(8, seconds=60)
def _columns(path: str, encoding: Encoding, separator: Separator, decimal: DecimalSign) -> tuple[str, ...]:
    """The columns of a file, read again after a minute, since the file may change."""
    return columns(path, Written(encoding, separator, decimal))
