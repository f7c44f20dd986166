"""Who may import whom, read from the imports themselves."""

import ast
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "explorer"

# room -> the rooms of ours it may import besides itself
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "in_html": set(),
    "lazy": set(),
    "bounded_files": {"errors"},
    "places": {"bounded_files"},
    "config": {"bounded_files", "errors"},
    "datasets": {"bounded_files", "config", "errors", "places"},
    "models": {"bounded_files", "config", "errors", "places", "datasets.splits", "datasets.files", "datasets.names"},
    "inspection": {"errors", "in_html", "models"},
    "training": {"bounded_files", "config", "errors", "in_html", "lazy", "places", "datasets", "models"},
    "figures": {"errors"},
    "learn": {"errors"},
    "ui": {"config", "errors", "places", "datasets", "models", "training", "inspection", "figures", "learn"},
    "command": {"bounded_files", "config", "errors", "training"},
    "__main__": {"bounded_files", "command", "config", "errors", "places", "datasets", "models", "training"},
    "__init__": {"lazy", "training", "inspection", "figures"},
}
# libraries that only some rooms may import at all
OUTSIDE: dict[str, set[str]] = {"streamlit": {"ui"}, "plotly": {"ui", "figures"}}
NO_TORCH = ("__init__", "figures", "config", "errors", "in_html", "lazy", "places", "bounded_files", "learn")


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The full names of all modules a file imports, late imports included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def may_import(room: str, name: str) -> bool:
    inner = name.removeprefix("explorer.")
    return inner.split(".")[0] == room or any(
        inner == allowed or inner.startswith(f"{allowed}.") for allowed in ALLOWED[room]
    )


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_its_room_may(path: Path) -> None:
    room = room_of(path)
    for name in imported(path):
        top = name.split(".")[0]
        if top == "explorer":
            assert may_import(room, name), f"{path.relative_to(ROOT)} must not import {name}"
        assert room in OUTSIDE.get(top, {room}), f"{path.relative_to(ROOT)} must not import {top}"
        assert not (top == "torch" and room in NO_TORCH), f"{path.relative_to(ROOT)} must not import torch"


def test_the_supervisor_does_not_import_torch() -> None:
    for name in ("supervisor.py", "launchers.py", "submit.py", "control.py", "files.py", "lock.py", "state.py"):
        names = imported(PACKAGE / "training" / name)
        assert not {found for found in names if found.split(".")[0] == "torch"}


def test_the_entry_imports_the_dashboard_and_where_it_lies_alone() -> None:
    ours = {name for name in imported(ROOT / "app.py") if name.startswith("explorer")}
    assert ours
    assert all(name.startswith(("explorer.ui", "explorer.places")) for name in ours)


def test_there_is_no_circle_of_imports() -> None:
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in sources()
    }
    graph = {
        module: {other for name in imported(path) for other in modules if name == other or name.startswith(f"{other}.")}
        for module, path in modules.items()
    }
    # a module and the packages that contain it are loaded together: only the deepest name counts
    deepest = {
        module: {other for other in others if not any(third.startswith(f"{other}.") for third in others)} - {module}
        for module, others in graph.items()
    }
    imports = nx.DiGraph(deepest)
    assert nx.is_directed_acyclic_graph(imports), nx.find_cycle(imports)


def test_the_navigation_does_not_make_the_first_page_wait_for_torch() -> None:
    tree = ast.parse((ROOT / "explorer/ui/main.py").read_text())
    imports = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    code = "\n".join([*imports, "import sys", "assert 'torch' not in sys.modules"])
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)
