"""docs/api-coverage.md tells the truth: nothing of the API is left out, and all that it names is there."""

import ast
import inspect
import re
from collections import Counter
from collections.abc import Iterable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.imaginepro import ImagineProClient
from bot.settings.unpublished_endpoints import UnpublishedCall
from playground.imaginepro import PATHS
from playground.imaginepro.api.endpoints import ENDPOINTS
from tests.support.coverage_table import Row, codes, commands_without_call, rows
from tests.support.stage import OPERATOR, Stage

TESTS = Path(__file__).parent
REFERENCE = Path(__file__).parents[2] / "shared" / "imaginepro"
ROWS = rows()
# It fetches a file from an address that a job's record names, and asks the API nothing.
NO_CALL = {"download"}


def each(cells: Iterable[set[str]]) -> set[str]:
    """All of them together."""
    return set().union(*cells)


def reference(name: str) -> str:
    """A file of the API's reference, which lies beside the repository where there is one."""
    file = REFERENCE / name
    if not file.is_file():
        pytest.skip(f"no reference of the image API at ../shared/imaginepro/{name}")
    return file.read_text(encoding="utf-8")


def same_path(call: str) -> str:
    """The call with the table's one name for ids."""
    return call.replace("{messageId}", "{id}")


def test_every_row_is_complete() -> None:
    """Each entry stands there once, with all its cells."""
    assert ROWS
    assert [entry for entry, count in Counter(row.entry for row in ROWS).items() if count > 1] == []
    cells = ("entry", "call", "client", "discord", "simulator", "test", "credits")
    assert [(row.entry, cell) for row in ROWS for cell in cells if not getattr(row, cell)] == []


def test_calls_are_those_of_the_simulator() -> None:
    """The simulated API serves every call of the table, and nothing that the table does not name."""
    served = {f"{endpoint.method} {path}" for endpoint in ENDPOINTS for path in endpoint.paths}
    named = each(row.calls for row in ROWS)
    assert {"not served": named - served, "not named": served - named} == {"not served": set(), "not named": set()}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.entry)
def test_handlers_are_those_of_the_calls(row: Row) -> None:
    """The handler that a row names is the one that answers all of its calls."""
    [written] = codes(row.simulator)
    module, name = written.split(".")
    handler = getattr(import_module(f"playground.imaginepro.api.{module}"), name)
    for endpoint in ENDPOINTS:
        if {f"{endpoint.method} {path}" for path in endpoint.paths} & row.calls:
            answers = endpoint.handler
            assert handler is (answers.func if isinstance(answers, partial) else answers), endpoint.paths


def test_methods_are_those_of_the_client() -> None:
    """Every method that asks the API something is named, and every named one exists."""
    public = {
        name
        for name, method in inspect.getmembers(ImagineProClient, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    named = each(codes(row.client) for row in ROWS)
    found = {"no such method": named - public, "not named": public - named - NO_CALL}
    assert found == {"no such method": set(), "not named": set()}


def test_settings_are_those_of_the_unpublished_calls() -> None:
    """Each has a row, whose call is the one that the simulator serves for the setting."""
    with_setting = {setting: row.calls for row in ROWS for setting in codes(row.setting)}
    assert with_setting.keys() == {call.value for call in UnpublishedCall}
    assert with_setting == {setting: {call} for setting, call in PATHS.items()}


@pytest.mark.asyncio
async def test_commands_are_those_of_the_bot(tmp_path: Path) -> None:
    """Members and the operator can use every command of the table, and the page names every command there is."""
    async with Stage(tmp_path, **OPERATOR) as stage:
        own = stage.bot.tree.get_commands(guild=discord.Object(OPERATOR["operator_guild_id"]))
        there = each(_typed(command) for command in [*stage.bot.tree.get_commands(), *own])
    named = each(row.commands for row in ROWS)
    found = {"no such command": named - there, "not named": there - named - commands_without_call()}
    assert found == {"no such command": set(), "not named": set()}


def _typed(command: Any) -> set[str]:
    if isinstance(command, app_commands.Group):
        return {f"/{inner.qualified_name}" for inner in command.commands}
    if isinstance(command, app_commands.ContextMenu):
        return {f"Apps → {command.name}"}
    return {f"/{command.name}"}


def test_tests_exist() -> None:
    """Each row names a test of a command, button or menu, which pytest would collect."""
    named = each(codes(row.test) for row in ROWS)
    assert sorted(name for name in named if not _is_there(name)) == []


def _is_there(name: str) -> bool:
    path, _, function = name.partition("::")
    file = TESTS / path
    if not path.startswith(("cogs/", "end_to_end/")) or not file.is_file():
        return False
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return function in {part.name for part in tree.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_nothing_of_the_reference_is_missing() -> None:
    """Every operation of the specification and every entry of the navigation has its row."""
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    specification = yaml.safe_load(reference("openapi.yaml"))
    methods = {"get", "post", "put", "delete", "patch"}
    calls = {
        same_path(f"{method.upper()} {path}")
        for path, operations in specification["paths"].items()
        for method in operations
        if method in methods
    }
    entries = {entry.removeprefix("(newer)").strip() for entry in specification["x-navCoverage"]} - {""}
    missing = {
        "calls": calls - each(row.calls for row in ROWS),
        "entries": {entry for entry in entries if not any(_stands_for(row.entry, entry) for row in ROWS)},
    }
    assert missing == {"calls": set(), "entries": set()}


def _stands_for(row: str, entry: str) -> bool:
    """A row may tell two calls of one entry apart by a word in brackets."""
    return row == entry or re.fullmatch(rf"{re.escape(entry)} \(\w+\)", row) is not None


def test_no_call_of_the_notes_is_missing() -> None:
    """The notes' table of endpoints names no path that is not here."""
    section = reference("notes.md").partition("## 3. Endpoint table")[2].partition("## 4.")[0]
    table = "\n".join(line for line in section.splitlines() if line.startswith("|"))
    paths = {same_path(path) for path in re.findall(r"`(/(?!api/)[^`]+)`", table)}
    assert paths
    assert paths - {call.partition(" ")[2] for call in each(row.calls for row in ROWS)} == set()
