"""The container's files, read and tried as far as it goes without a container engine."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from explorer.places import cache_root, runs_root, uploads_root
from tests.dockerfile import ROOT, copied, environment, ignored, stages
from tests.training.processes import end_processes, wait_for
from tests.wheel import ELSEWHERE, Installed, installed

BUILD, LAST = stages()
SET = environment(LAST)
[COMMAND] = [line.argument for line in LAST if line.name == "CMD"]
[HEALTH] = [line.argument for line in LAST if line.name == "HEALTHCHECK"]


def argument(name: str) -> str:
    """The argument of the only instruction of that name in the last stage."""
    [found] = [line.argument for line in LAST if line.name == name]
    return found


# ── read ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_build_sees_what_it_copies_and_nothing_else_of_the_clone() -> None:
    _, let_in = ignored()
    assert set(copied(BUILD)) == let_in
    assert all((ROOT / source).exists() for source in let_in)
    assert copied(LAST) == []


def test_what_the_last_stage_takes_over_is_made_by_the_first() -> None:
    [taken] = [line.words() for line in LAST if line.name == "COPY"]
    assert taken[0] == f"--from={BUILD[0].argument.rpartition(' AS ')[2]}"
    assert f"python -m venv {taken[1]}" in [line.argument for line in BUILD if line.name == "RUN"]
    assert taken[1] == taken[2], "a virtual environment cannot be moved"
    assert SET["PATH"].split(":")[0] == environment(BUILD)["PATH"].split(":")[0] == f"{taken[1]}/bin"


def test_it_runs_as_a_user_who_is_not_root_and_owns_the_volumes_alone() -> None:
    user = argument("USER")
    [made] = [line.words() for line in LAST if line.name == "RUN"]
    assert user not in ("root", "0")
    assert made[made.index("useradd") : made.index("&&")][-1] == user
    owned = made[made.index("install") :]
    assert owned[owned.index("--owner") + 1] == user
    assert [word for word in owned if word.startswith("/")] == json.loads(argument("VOLUME"))


def test_runs_uploads_and_downloads_lie_in_the_volumes(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in SET.items():
        monkeypatch.setenv(variable, value)
    assert [runs_root(), uploads_root(), cache_root()] == [Path(place) for place in json.loads(argument("VOLUME"))]
    assert Path(SET["TORCH_HOME"]).is_relative_to(cache_root())


def test_every_place_names_the_same_port_and_the_host_opens_it_to_itself_alone() -> None:
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    [(address, outside, inside)] = re.findall(r'"([\d.]+):(\d+):(\d+)"', compose)
    assert SET["STREAMLIT_SERVER_PORT"] == argument("EXPOSE") == outside == inside == "8501"
    assert address == "127.0.0.1"
    assert SET["STREAMLIT_SERVER_ADDRESS"] == "0.0.0.0"


def test_compose_keeps_what_the_volumes_hold() -> None:
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    kept = re.findall(r"^      - (\w+):(/\S+)$", compose, flags=re.MULTILINE)
    assert [place for _, place in kept] == json.loads(argument("VOLUME"))
    declared = compose.partition("\nvolumes:\n")[2]
    assert re.findall(r"^  (\w+):$", declared, flags=re.MULTILINE) == [name for name, _ in kept]


def test_the_python_is_one_that_the_package_is_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [version] = re.findall(r"^ARG PYTHON=(.+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert f"Programming Language :: Python :: {version}" in project["classifiers"]
    assert [stage[0].argument.split()[0] for stage in (BUILD, LAST)] == ["python:${PYTHON}-slim"] * 2


def test_no_index_is_named_and_torch_comes_from_the_one_that_whoever_builds_names() -> None:
    [declared] = [line.argument for line in BUILD if line.name == "ARG"]
    assert declared == 'TORCH_INDEX=""'
    steps = [line.argument for line in BUILD if line.name == "RUN" and "TORCH_INDEX" in line.argument]
    for index, expected in (("", ""), ("https://there", "install --index-url https://there torch torchvision\n")):
        pip = "pip() { echo $*; }; "
        said = subprocess.run(
            ["sh", "-c", pip + steps[0]], env={"TORCH_INDEX": index}, capture_output=True, text=True, check=True
        )
        assert said.stdout == expected


# ── tried ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return installed(tmp_path_factory.mktemp("wheel"))


@pytest.mark.slow
def test_from_what_the_build_copies_the_whole_wheel_is_made(package: Installed, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    anywhere, _ = ignored()
    for name in copied(BUILD):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns(*anywhere))
        else:
            shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=source, check=True, timeout=300)
    [made] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(made) as here, zipfile.ZipFile(package.wheel) as elsewhere:
        assert sorted(here.namelist()) == sorted(elsewhere.namelist())


@pytest.mark.slow
def test_its_command_starts_a_server_that_its_health_check_finds(package: Installed) -> None:
    [script] = json.loads(COMMAND)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    # its variables, but for the places that a test may use
    here = {"STREAMLIT_SERVER_ADDRESS": "127.0.0.1", "STREAMLIT_SERVER_PORT": port}
    kept = {name: value for name, value in SET.items() if name.startswith("STREAMLIT_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    variables = {**package.environment(), **kept, **here, "PATH": path}
    check = HEALTH.partition(" CMD ")[2]

    def healthy() -> bool:
        return subprocess.run(["sh", "-c", check], env=variables, capture_output=True, check=False).returncode == 0

    assert not healthy()
    command = str(package.home / "bin" / script)
    server = subprocess.Popen([command], cwd=ELSEWHERE, env=variables, stdout=subprocess.DEVNULL)
    try:
        wait_for(healthy)
    finally:
        server.terminate()
        server.wait(20)
        end_processes(Path(variables["EXPLORER_RUNS"]))
