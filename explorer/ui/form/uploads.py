"""Own files through the page: an upload beside the field that names a file."""

import streamlit as st

from explorer.config import SeriesData
from explorer.datasets.files import uploads_root
from explorer.datasets.series import columns
from explorer.datasets.uploads import UPLOADS
from explorer.errors import ExplorerError


def offer(kind: str, path_key: str) -> None:
    """A place to drop a file; once it is kept, the field behind ``path_key`` names it.

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
        help=f"At most {upload.megabytes} MB; kept in {uploads_root()}, on the machine that shows this page.",
    )
    fault, kept = st.session_state.get(f"{key}.fault"), st.session_state.get(f"{key}.kept")
    if fault:
        st.error(fault, icon=":material/block:")
    elif kept and kept.name == st.session_state.get(path_key):
        st.caption(f"Kept as {kept.name}: {kept.what}.")


def _keep(kind: str, path_key: str) -> None:
    key = f"{path_key}.upload"
    for outcome in ("fault", "kept"):
        st.session_state.pop(f"{key}.{outcome}", None)
    file = st.session_state[key]
    if file is None:  # taken away again; what was kept stays
        return
    try:
        kept = UPLOADS[kind].keep(file.getvalue(), file.name)
    except ExplorerError as error:
        st.session_state[f"{key}.fault"] = str(error)
        return
    st.session_state[f"{key}.kept"], st.session_state[path_key] = kept, kept.name


def choices(dataset: str, key: str) -> dict[str, tuple[str, ...]]:
    """What can be chosen in the file that a form names: of a series, its columns of numbers.

    Args:
        dataset: the name of the data set.
        key: the prefix of its form's widgets.
    """
    if dataset != "series":
        return {}
    path = str(st.session_state.get(f"{key}.path", SeriesData().path))
    options = ("", *_columns(path))
    if st.session_state.get(f"{key}.column", "") not in options:  # of the file before
        del st.session_state[f"{key}.column"]
    return {"column": options}


@st.cache_data(max_entries=8, ttl=60, show_spinner=False)
def _columns(path: str) -> tuple[str, ...]:
    """The columns of a file, read again after a minute: at a path of one's own it may change."""
    return columns(path)
