"""Rules of the pages' code, read from the code itself: where choices are kept, what caches hash, how floors lie."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from explorer.ui.address.settings import SETTINGS
from explorer.ui.address.visit import NOTES
from explorer.ui.view import ViewName

UI = Path(__file__).parents[2] / "explorer" / "ui"
FILES = sorted(UI.rglob("*.py"))
MOST_FLOORS = 7


def name_of(path: Path) -> str:
    return str(path.relative_to(UI))


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(tree(path))


def imports(path: Path) -> set[str]:
    """The modules that a file imports, late imports included."""
    found: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


each_file = pytest.mark.parametrize("path", FILES, ids=name_of)


# ── choices ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@each_file
def test_choices_are_settings_and_notes(path: Path) -> None:
    if path.is_relative_to(UI / "address") or path.name == "widgets.py":
        return
    attributes = [node for node in nodes(path) if isinstance(node, ast.Attribute)]
    touched = [node.lineno for node in attributes if node.attr in ("session_state", "query_params")]
    bound = [node.value.lineno for node in nodes(path) if isinstance(node, ast.keyword) and node.arg == "bind"]
    assert not touched, "settings (address/settings.py) and notes (address/visit.py) keep what a visitor chose"
    assert not bound, "widgets.py binds widgets to the address"


def test_every_setting_and_every_note_has_a_name_of_its_own_and_a_meaning() -> None:
    names = [name for setting in SETTINGS for name in (setting.name, *setting.once_called)]
    assert len(names) == len(set(names))
    keys = [note.key for note in NOTES]
    assert len(keys) == len(set(keys))
    assert not set(names) & set(keys)
    assert all([*(setting.meaning for setting in SETTINGS), *(note.meaning for note in NOTES)])


@each_file
def test_a_view_is_called_by_its_name_in_the_registry(path: Path) -> None:
    if path.name == "view.py":
        return
    bare = [
        constant
        for node in nodes(path)
        for constant in compared_or_kept(node)
        if isinstance(constant, ast.Constant) and constant.value in set(ViewName)
    ]
    assert not bare, [f"line {constant.lineno}: {constant.value!r}" for constant in bare]


def compared_or_kept(node: ast.AST) -> list[ast.expr | None]:
    """The expressions of a comparison or a dictionary, and the arguments of a method called ``set``."""
    if isinstance(node, ast.Compare):
        return [node.left, *node.comparators]
    if isinstance(node, ast.Dict):
        return [*node.keys, *node.values]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "set":
        return [*node.args]
    return []


# ── caches ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@each_file
def test_only_the_cache_module_uses_the_caches_of_streamlit(path: Path) -> None:
    used = [node for node in nodes(path) if isinstance(node, ast.Attribute) and node.attr.startswith("cache_")]
    assert not used or path == UI / "cache.py"


def cached(path: Path) -> list[ast.FunctionDef]:
    return [
        node
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") in ("kept", "held")
    ]


@each_file
def test_a_cached_function_uses_every_argument_that_it_is_hashed_by(path: Path) -> None:
    for function in cached(path):
        used = {node.id for line in function.body for node in ast.walk(line) if isinstance(node, ast.Name)}
        for argument in function.args.args:
            assert argument.arg in used, f"{function.name} hashes {argument.arg} and does not use it"
            assert not argument.arg.startswith("_"), f"{function.name} does not hash {argument.arg}"


def test_there_are_cached_functions_to_read() -> None:
    assert sum(len(cached(path)) for path in FILES) > 20


# ── floors ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def room(path: Path) -> str:
    """The folder of a file within ui, or the file itself where it lies in none."""
    return path.relative_to(UI).parts[0].removesuffix(".py")


def rooms() -> dict[str, set[str]]:
    """The rooms of ui that each room imports."""
    found: dict[str, set[str]] = {room(path): set() for path in FILES}
    for path in FILES:
        for name in imported_rooms(path):
            found[room(path)].add(name)
    return {name: others - {name} for name, others in found.items()}


def imported_rooms(path: Path) -> set[str]:
    known = {room(file) for file in FILES}
    return {name.split(".")[2] for name in imports(path) if name.startswith("explorer.ui.")} & known


def test_the_rooms_lie_on_at_most_seven_floors_and_in_no_circle() -> None:
    below = rooms()
    floors: dict[str, int] = {}

    def floor(name: str, way: tuple[str, ...]) -> int:
        assert name not in way, " → ".join((*way, name))
        if name not in floors:
            floors[name] = 1 + max((floor(other, (*way, name)) for other in below[name]), default=0)
        return floors[name]

    assert max(floor(name, ()) for name in below) <= MOST_FLOORS


@each_file
def test_a_module_that_needs_neither_streamlit_nor_a_page_lives_below(path: Path) -> None:
    if path.name in ("__init__.py", "view.py", "server.py", "assets.py"):
        return
    assert any(name.split(".")[0] == "streamlit" or name.startswith("explorer.ui.") for name in imports(path))


def test_every_component_of_the_pages_has_a_name_of_its_own() -> None:
    names = [
        str(node.args[0].value)
        for path in FILES
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) in ("component", "mounted", "mounted_beside")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ]
    assert len(names) >= 6  # the charts, the player, the canvas, the link …
    assert len(names) == len(set(names))


def test_a_component_returns_nothing_or_what_ends_it() -> None:
    """Whatever its script returns is called when it leaves the page."""
    scripts = [path for path in UI.rglob("*") if path.suffix in (".py", ".js")]
    assert [path.name for path in scripts if re.search(r"export default \(.*\) => [^{]", path.read_text("utf-8"))] == []


def test_the_style_of_the_pages_has_the_colours_of_the_theme() -> None:
    theme = tomllib.loads((UI.parents[1] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    style = (UI / "style.css").read_text(encoding="utf-8")
    found = dict(re.findall(r"--explorer-(\w+): light-dark\((#\w+, #\w+)\);", style))
    wanted = {"primary": "primaryColor", "ground": "backgroundColor", "line": "borderColor"}
    assert found == {name: f"{theme['light'][key]}, {theme['dark'][key]}" for name, key in wanted.items()}


INSIDE_PARENTHESES = re.compile(r"\([^()]*\)")
SELECTORS = re.compile(r"(?:^|[{};])\s*([^{};@]+?)\s*\{", re.MULTILINE)


def selectors(style: str) -> Iterator[str]:
    """The selectors of a style; what :has() asks stands as ":has"."""
    style = re.sub(r"/\*.*?\*/", "", style, flags=re.DOTALL).replace("{{", "{").replace("}}", "}")
    while INSIDE_PARENTHESES.search(style):
        style = INSIDE_PARENTHESES.sub("", style)
    for found in SELECTORS.findall(style):
        yield from (" ".join(one.split()) for one in found.split(","))


@pytest.mark.parametrize("path", [*sorted(UI.rglob("*.css")), UI / "roadmap" / "page.py"], ids=lambda path: path.name)
def test_no_style_hangs_on_what_an_element_around_it_holds(path: Path) -> None:
    """After ``:has(...)`` nothing follows: each new element on the page would have the browser style all of it anew."""
    found = list(selectors(path.read_text(encoding="utf-8")))
    assert found
    assert [one for one in found if re.search(r":has\S*[ >+~]", one)] == []
    assert [one for one in found if re.search(r"(?:^|[ >+~]):has", one)] == []  # nor is every element asked
