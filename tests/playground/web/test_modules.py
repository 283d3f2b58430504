"""The modules of the chat page: their folders are layers, and imports go down."""

import re
from graphlib import TopologicalSorter
from pathlib import Path

from tests.playground.web.conftest import WEB

JS = WEB / "js"
MAIN = JS / "main.js"
LAYERS = ("core", "timeline", "forms", "composer", "sidebar", "panel", "main.js")  # from the bottom up
IMPORT = re.compile(r"""\b(?:import|from)\s*\(?\s*["'`]([^"'`]+)["'`]""")  # static and dynamic


def imported(module: Path) -> list[Path]:
    """The modules that a module imports, at once or later."""
    return [(module.parent / name).resolve() for name in IMPORT.findall(module.read_text())]


def layer(module: Path) -> int:
    """The layer of a module, from the bottom."""
    return LAYERS.index(module.relative_to(JS).parts[0])


def test_imports_go_down() -> None:
    """A module imports from its own folder and from folders below; `main.js` is on top."""
    assert not [
        f"{module.relative_to(JS)} imports {other.relative_to(JS)}"
        for module in JS.rglob("*.js")
        for other in imported(module)
        if layer(other) > layer(module)
    ]


def test_no_circles_between_modules() -> None:
    """The modules can be put in an order in which each imports only earlier ones."""
    modules = {module: imported(module) for module in JS.rglob("*.js")}
    assert len([*TopologicalSorter(modules).static_order()]) == len(modules)


def test_every_module_is_used() -> None:
    """From `main.js` imports lead to every file, and to no file that is absent."""
    reached, found = {MAIN}, [MAIN]
    while found:
        new = set(imported(found.pop())) - reached
        reached |= new
        found += new
    assert reached == set(JS.rglob("*.js"))
