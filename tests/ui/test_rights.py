"""What a visitor may do: whose runs they steer, and which files of the server they read."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.config import (
    DatasetConfig,
    ImageFolderData,
    ModelConfig,
    Part,
    PretrainedModel,
    RunConfig,
    SeriesData,
    TextData,
    members,
)
from explorer.datasets import own_uploads
from explorer.errors import ExplorerError
from explorer.training.examples import SHIPPED
from explorer.training.run import Run
from explorer.training.state import RunState, write_state
from explorer.ui import rights
from explorer.ui.form import questions
from tests.training.processes import small_config

ME, OTHER = "v0123456789abcdef", "vfedcba9876543210"


@pytest.fixture(autouse=True)
def me(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rights, "visitor", lambda: ME)
    monkeypatch.setenv("EXPLORER_UPLOADS", str(tmp_path / "uploads"))
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "runs"))
    monkeypatch.delenv("EXPLORER_FILES", raising=False)
    (tmp_path / "uploads").mkdir()


@pytest.fixture
def set_alone(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    return lambda alone: monkeypatch.setattr(rights, "alone", lambda: alone)


# ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("owner", "alone", "said"),
    [
        (ME, False, ""),
        (ME, True, ""),
        (OTHER, False, "Another visitor trains this run"),
        (OTHER, True, "Another visitor trains this run"),  # two browsers of one machine may be two persons
        ("local", False, "from the command line"),
        ("local", True, ""),  # the one person of a laptop
        ("3f2a9c0d1e4b", False, "from the command line"),  # an owner as older versions named one
        ("3f2a9c0d1e4b", True, ""),
    ],
)
def test_a_run_is_steered_by_its_owner_and_one_without_by_whoever_is_alone(
    tmp_path: Path, set_alone: Callable[[bool], None], owner: str, alone: bool, said: str
) -> None:
    set_alone(alone)
    run = Run.create(tmp_path / "runs", small_config(), owner)
    reason = rights.why_not_steer(run)
    assert said in reason
    assert bool(reason) == bool(said)
    if said:
        with pytest.raises(ExplorerError, match=said):
            rights.check_steering(run)
    else:
        rights.check_steering(run)


@pytest.mark.parametrize(
    ("owner", "alone", "expected"),
    [
        (ME, False, True),
        (ME, True, True),
        (OTHER, False, False),
        (OTHER, True, False),
        ("local", False, False),
        ("local", True, True),
        ("3f2a9c0d1e4b", False, False),
        ("3f2a9c0d1e4b", True, True),
    ],
)
def test_a_run_is_its_owners_and_one_without_belongs_to_whoever_is_alone(
    tmp_path: Path, set_alone: Callable[[bool], None], owner: str, alone: bool, expected: bool
) -> None:
    set_alone(alone)
    assert rights.mine(Run.create(tmp_path / "runs", small_config(), owner)) is expected


@pytest.mark.parametrize("alone", [False, True])
def test_no_example_is_anybodys_own(set_alone: Callable[[bool], None], alone: bool) -> None:
    set_alone(alone)
    examples = Run.list(SHIPPED)
    assert examples
    assert not any(rights.mine(run) for run in examples)


@pytest.mark.parametrize(
    ("headers", "here"),
    [
        ({}, True),
        ({"Host": "localhost:8501"}, True),
        ({"Host": "127.0.0.1:8501"}, True),
        ({"Host": "[::1]:8501"}, True),
        ({"Host": "explorer.example.org"}, False),
        ({"Host": "10.0.0.7:8501"}, False),
        ({"Host": "localhost:8501", "X-Forwarded-For": "203.0.113.9"}, False),
        ({"Host": "localhost:8501", "Forwarded": "for=203.0.113.9"}, False),
    ],
)
def test_a_request_through_a_proxy_does_not_come_from_the_one_person_of_a_laptop(
    headers: dict[str, str], here: bool
) -> None:
    assert rights.comes_from_here(headers) is here


@pytest.mark.parametrize(
    ("address", "alone"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("", False), ("host.lan", False)],
)
def test_only_a_server_that_listens_on_this_machine_is_one_persons(address: str, alone: bool) -> None:
    assert rights.is_loopback(address) is alone


# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def reading(kind: type[Part], path: str) -> RunConfig:
    if kind is PretrainedModel:
        return RunConfig.model_validate(
            {"dataset": {"name": "shapes"}, "model": {"name": "pretrained", "weights": path}}
        )
    name = kind.model_fields["name"].default
    return RunConfig.model_construct(dataset=kind.model_validate({"name": name, "path": path}))


KINDS: list[type[Part]] = [TextData, SeriesData, ImageFolderData, PretrainedModel]
ENDING: dict[type[Part], str] = {TextData: ".txt", SeriesData: ".csv", ImageFolderData: "", PretrainedModel: ".pth"}


def made(folder: Path, kind: type[Part], name: str = "secret") -> Path:
    path = folder / f"{name}{ENDING[kind]}"
    if kind is ImageFolderData:
        path.mkdir(parents=True)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("secret")
    return path


def refused(config: RunConfig) -> str:
    with pytest.raises(ExplorerError, match="that you may read here") as error:
        rights.check_files(config)
    return str(error.value)


def test_every_field_that_names_a_file_is_known_to_the_rights() -> None:
    parts = [*members(DatasetConfig), *members(ModelConfig)]
    naming = {part for part in parts for name in part.model_fields if name in ("path", "weights", "folder", "file")}
    assert naming == set(KINDS)
    for kind in KINDS:
        config = reading(kind, "/nowhere/file.pth")
        part = config.model if kind is PretrainedModel else config.dataset
        assert rights.files_of(part) == ["/nowhere/file.pth"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_the_server_is_refused_in_the_same_words_as_one_that_does_not_exist(
    tmp_path: Path, kind: type[Part]
) -> None:
    secret = made(tmp_path / "home", kind)
    told = refused(reading(kind, str(secret)))
    missing = refused(reading(kind, str(secret.with_stem("nothing"))))
    assert told.replace("secret", "nothing") == missing
    assert "EXPLORER_FILES" in told


@pytest.mark.parametrize(
    "path",
    [
        "/etc/services",
        "../../../../../../etc/services",
        "../uploads/theirs.txt",
        "~root/.profile",
        "~/.profile",
        "theirs.txt",
        "link.txt",
        ".owners",
        f".owners/{OTHER}/theirs.txt",
        "weights",
        "x" * 5000,
        "a\0b",
    ],
)
def test_no_way_of_writing_a_path_leads_to_anothers_file(
    tmp_path: Path, set_alone: Callable[[bool], None], path: str
) -> None:
    uploads = tmp_path / "uploads"
    (uploads / "theirs.txt").write_text("theirs")
    (uploads / "weights").mkdir()
    own_uploads.note(OTHER, "theirs.txt", "text")
    (uploads / "link.txt").symlink_to("/etc/services")
    own_uploads.note(ME, "link.txt", "text")
    for alone in (True, False):
        set_alone(alone)
        refused(reading(TextData, path))


@pytest.mark.parametrize("kind", KINDS)
def test_a_visitors_own_upload_and_a_chosen_folder_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_alone: Callable[[bool], None], kind: type[Part]
) -> None:
    set_alone(False)
    upload = made(tmp_path / "uploads", kind, "mine")
    name = str(upload) if kind is PretrainedModel else upload.name  # weights are named by their path
    refused(reading(kind, name))
    own_uploads.note(ME, upload.name, "some")
    rights.check_files(reading(kind, name))
    outside = made(tmp_path / "allowed" / "deep", kind)
    refused(reading(kind, str(outside)))
    monkeypatch.setenv("EXPLORER_FILES", os.pathsep.join([str(tmp_path / "none"), str(tmp_path / "allowed")]))
    rights.check_files(reading(kind, str(outside)))
    refused(reading(kind, str(made(tmp_path / "allowed-too", kind))))


def test_the_samples_are_everybodys_and_an_upload_without_an_owner_is_the_laptops(
    tmp_path: Path, set_alone: Callable[[bool], None]
) -> None:
    (tmp_path / "uploads" / "old.txt").write_text("of an older version")
    for alone in (True, False):
        set_alone(alone)
        for kind in (TextData, SeriesData, ImageFolderData, PretrainedModel):
            rights.check_files(
                RunConfig.model_construct(dataset=kind()) if kind is not PretrainedModel else RunConfig()
            )
        if alone:
            rights.check_files(reading(TextData, "old.txt"))
        else:
            refused(reading(TextData, "old.txt"))


def test_an_upload_that_a_training_reads_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / "uploads" / "mine.txt").write_text("mine")
    config = RunConfig.model_validate({"dataset": {"name": "text", "path": "mine.txt"}, "model": {"name": "lstm"}})
    run = Run.create(tmp_path / "runs", config, OTHER)
    (tmp_path / "uploads" / "weights").mkdir()
    (tmp_path / "uploads" / "weights" / "mine.pth").write_text("mine")
    pretrained = Run.create(tmp_path / "runs", reading(PretrainedModel, "mine.pth"), OTHER)
    rights.check_unused("mine.txt")
    rights.check_unused("weights/mine.pth")
    for one in (run, pretrained):
        write_state(one.path, RunState(status="queued"))
    with pytest.raises(ExplorerError, match=f"{run.id} reads mine.txt"):
        rights.check_unused("mine.txt")
    rights.check_unused("other.txt")
    with pytest.raises(ExplorerError, match=f"{pretrained.id} reads weights/mine.pth"):
        rights.check_unused("weights/mine.pth")
    rights.check_unused("weights/other.pth")
    write_state(run.path, RunState(status="paused", parked=True))  # its data are read again when it goes on
    with pytest.raises(ExplorerError, match=f"{run.id} reads mine.txt"):
        rights.check_unused("mine.txt")


@pytest.mark.parametrize(
    ("dataset", "name", "content"),
    [("text", "own.txt", "Grüße aus Köln.\n" * 99), ("series", "own.csv", "day;value\n1;2,001\n2;3,002\n" * 9)],
)
def test_a_file_that_may_not_be_read_is_never_previewed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: str, name: str, content: str
) -> None:
    secret = tmp_path / "home" / name
    secret.parent.mkdir()
    secret.write_bytes(content.encode("cp1252"))
    asked: list[object] = []
    monkeypatch.setattr(questions, "_question", lambda *given: asked.append(given))
    part = TextData if dataset == "text" else SeriesData
    questions.ask({**part().model_dump(), "path": str(secret)}, "lstm")
    assert not asked
    questions.ask({**part().model_dump(), "path": part().path}, "lstm")
    assert len(asked) == 1
