"""What a visitor may do; nothing else decides it.

A run is steered by its owner, whom the browser's cookie names. A run without a known owner (from the command line, or
of an older version) is steered from the command line, and on a page where the server is one person's alone: it listens
on this machine only, and no proxy hands visitors on. Everybody may look at every run.

A visitor reads the samples, their own uploads, and what the folders in EXPLORER_FILES hold (``os.pathsep`` between
them): whoever starts the server chooses these. The command line runs as its person, and reads what they may read.
"""

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

import streamlit as st

from explorer.config import Part, PretrainedModel, RunConfig
from explorer.datasets import own_uploads
from explorer.datasets.files import places
from explorer.datasets.own_uploads import WEIGHTS
from explorer.errors import ExplorerError
from explorer.models.entries import is_path
from explorer.models.own_files import find
from explorer.places import SAMPLE_DATA, runs_root, uploads_root
from explorer.training.examples import ships
from explorer.training.run import Run
from explorer.ui.address.visitor import is_visitor, visitor

HANDED_ON = ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via")  # what a proxy adds to a request


# ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def why_not_steer(run: Run) -> str:
    """The reason why the visitor may not pause, step, stop, resume or re-rate a run; empty where they may."""
    if _belongs_to_visitor(run):
        return ""
    if is_visitor(run.owner):
        return "Another visitor trains this run, and only they can steer it. Train one of your own with these settings."
    return f"This run was started from the command line, and is steered there: explorer stop or resume {run.id}"


def mine(run: Run) -> bool:
    """True if a run is the visitor's own; the examples that ship are nobody's."""
    return not ships(run) and _belongs_to_visitor(run)


def _belongs_to_visitor(run: Run) -> bool:
    return run.owner == visitor() or (not is_visitor(run.owner) and alone())


def check_steering(run: Run) -> None:
    """Refuse to steer another's run.

    Raises:
        ExplorerError: with the reason.
    """
    reason = why_not_steer(run)
    if reason:
        raise ExplorerError(reason)


def alone() -> bool:
    """True if the server is one person's: it listens on this machine only, and no proxy handed the request on."""
    return is_loopback(str(st.get_option("server.address") or "")) and comes_from_here(st.context.headers)


def comes_from_here(headers: Mapping[str, str]) -> bool:
    """True if a request's headers name this machine and no proxy."""
    host = headers.get("Host", "localhost").rsplit(":", 1)[0] if headers.get("Host") else "localhost"
    return is_loopback(host.strip("[]")) and not any(headers.get(name) for name in HANDED_ON)


def is_loopback(host: str) -> bool:
    """True if an address or a name stands for this machine alone."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def check_files(config: RunConfig) -> None:
    """Refuse a configuration that names a file which the visitor may not read.

    Raises:
        ExplorerError: with the sentence of :func:`check_path`.
    """
    for part in (config.dataset, config.model):
        for path in files_of(part):
            check_path(path)


def files_of(part: Part) -> list[str]:
    """The files and folders that a part of a configuration names."""
    named = [getattr(part, name) for name in upload_fields(type(part))]
    if isinstance(part, PretrainedModel) and is_path(part.weights):
        named.append(str(find(part.weights).absolute()))
    return named


def upload_fields(part: type[Part]) -> list[str]:
    """The fields of a part of a configuration that name a file or folder which can be uploaded."""
    return [name for name, field in part.model_fields.items() if _takes_upload(field)]


def check_unused(upload: str) -> None:
    """Refuse to delete an upload that a training still reads.

    Raises:
        ExplorerError: with the run's name.
    """
    kept = (uploads_root() / upload).resolve()
    for run in Run.list(runs_root()):
        if run.config is None or run.status not in ("queued", "running", "paused"):
            continue
        read = [*files_of(run.config.dataset), *files_of(run.config.model)]
        if any(place.resolve() == kept for path in read for place in places(path)):
            raise ExplorerError(f"The run {run.id} reads {upload}; stop it first, or wait until it is finished.")


def check_path(path: str) -> None:
    """Refuse a file or folder that the visitor may not read; whether it exists is not told.

    Raises:
        ExplorerError: where it is none of the visitor's files.
    """
    try:
        found = [candidate for candidate in places(path) if candidate.exists()]
        meant = [next(filter(Path.is_file, found), None), next(filter(Path.is_dir, found), None)]
        allowed = bool(found) and all(_may_read(one.resolve()) for one in meant if one is not None)
    except (OSError, ValueError):  # no path at all, or a part of it is closed to the server too
        allowed = False
    if not allowed:
        raise ExplorerError(
            f"{path[:200]!r} is no file or folder that you may read here: choose a sample or one of your uploads, or "
            "upload it. Whoever starts the server can allow more folders with EXPLORER_FILES."
        )


def _may_read(file: Path) -> bool:
    uploads = uploads_root().resolve()
    if file.is_relative_to(uploads):
        return _is_own_upload(file.relative_to(uploads))
    chosen = filter(None, os.environ.get("EXPLORER_FILES", "").split(os.pathsep))
    folders = [SAMPLE_DATA, *(Path(folder).expanduser() for folder in chosen)]
    return any(file.is_relative_to(folder.resolve()) for folder in folders)


def _is_own_upload(inside: Path) -> bool:
    names = [parent.as_posix() for parent in (inside, *inside.parents) if parent.parts]
    if not names or inside.parts[0].startswith(".") or inside == Path(WEIGHTS):  # those of many, or whose they are
        return False
    return any(own_uploads.belongs(name, visitor()) for name in names) or (
        alone() and not any(own_uploads.has_owner(name) for name in names)
    )


def _takes_upload(field: object) -> bool:
    extra = getattr(field, "json_schema_extra", None)
    form = extra.get("form") if isinstance(extra, dict) else None
    return isinstance(form, dict) and bool(form["upload"])
