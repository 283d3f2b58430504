"""A walk over all cogs: what they register is complete, within Discord's rules and says something."""

import ast
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import discord
import pytest
import pytest_asyncio
from discord import app_commands

from bot.client.bot import cog_names
from playground.discord_server.state.registered_commands import CHAT_INPUT
from tests.playground.discord_spec import discord_spec
from tests.support.stage import OPERATOR, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

COGS = Path(__file__).parents[2] / "cogs"
Json = dict[str, Any]
NAME = re.compile(r"[-_\w]{1,32}")
SAYS_NOTHING = {"", "…", "no description", "description"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot with every command there is."""
    async with Stage(tmp_path_factory.mktemp("bot"), **OPERATOR) as stage:
        yield stage


def registered(stage: Stage) -> list[Json]:
    """The slash commands as Discord was told of them."""
    return [command for command in synced(stage) if command["type"] == discord.AppCommandType.chat_input.value]


def synced(stage: Stage) -> list[Json]:
    """All commands as Discord was told of them: everybody's, and the operator's in one server."""
    syncs = [
        entry for entry in stage.discord.request_log if entry.method == "PUT" and entry.route.endswith("/commands")
    ]
    assert len(syncs) == 2
    return [command for sync in syncs for command in sync.body]


def described(commands: list[Json]) -> Iterator[tuple[str, Json]]:
    """Every command, subcommand and option, with the path to it."""
    for command in commands:
        yield command["name"], command
        for path, option in described(command.get("options") or []):
            yield f"{command['name']} {path}", option


@pytest.mark.parametrize("name", cog_names())
async def test_every_file_is_an_extension(name: str) -> None:
    """It says what it is for, and has the coroutine that discord.py calls."""
    module = ast.parse((COGS / f"{name.removeprefix('cogs.')}.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(module)
    assert "setup" in {part.name for part in module.body if isinstance(part, ast.AsyncFunctionDef)}


async def test_every_file_is_loaded(stage: Stage) -> None:
    """No cog is left out, and none is there without a file."""
    files = {f"cogs.{path.stem}" for path in COGS.glob("*.py") if path.stem != "__init__"}
    assert set(stage.bot.extensions) == set(cog_names()) == files


async def test_file_is_named_after_its_command(stage: Stage) -> None:
    """Whoever looks for /imagine opens cogs/imagine.py; an entry of a message's menu lives beside a command."""
    own = stage.bot.tree.get_commands(guild=discord.Object(OPERATOR["operator_guild_id"]))
    for command in [*stage.bot.tree.get_commands(), *own]:
        if isinstance(command, app_commands.ContextMenu):
            assert command.module in cog_names()
        else:
            assert command.module == f"cogs.{command.name}"


async def test_entries_of_menus_are_named(stage: Stage) -> None:
    """They have a name of a few words, and Discord allows five of them."""
    names = [command["name"] for command in synced(stage) if command["type"] != CHAT_INPUT]
    assert len(names) <= 5
    assert all(1 <= len(name) <= 32 and name[0].isupper() for name in names)


async def test_everything_is_named_and_described(stage: Stage) -> None:
    """Names are lower case words; descriptions are sentences that tell more than the name."""
    commands = [command for command in registered(stage) if command.get("type", CHAT_INPUT) == CHAT_INPUT]
    for path, thing in described(commands):
        name, text = thing["name"], thing["description"]
        assert NAME.fullmatch(name), path
        assert name == name.lower(), path
        assert 1 <= len(text) <= 100, path
        assert text.casefold() not in SAYS_NOTHING | {name.casefold()}, path
        assert len(text.split()) >= 2, path
        assert text[0].isupper() or text[0].isdigit(), path


async def test_menu_commands_say_what_they_do(stage: Stage) -> None:
    """A command of a context menu has a name and nothing else; Discord allows five of a kind."""
    menus = [command for command in synced(stage) if command not in registered(stage)]
    assert len(menus) <= 10
    for command in menus:
        assert 3 <= len(command["name"]) <= 32
        assert command["name"][0].isupper()


async def test_options_are_within_their_limits(stage: Stage) -> None:
    """At most 25 options and choices, required ones first, sensible ranges, a list or suggestions but not both."""
    for path, thing in described(registered(stage)):
        options = thing.get("options") or []
        assert len(options) <= 25, path
        required = [bool(option.get("required")) for option in options]
        assert required == sorted(required, reverse=True), path
        choices = thing.get("choices") or []
        assert len(choices) <= 25, path
        assert all(1 <= len(choice["name"]) <= 100 for choice in choices), path
        assert not (choices and thing.get("autocomplete")), path
        assert thing.get("min_value", 0) <= thing.get("max_value", 2**53) <= 2**53, path


async def test_commands_stay_within_their_size(stage: Stage) -> None:
    """All names, descriptions and values of a command together have at most 8000 characters."""
    commands = registered(stage)
    assert len(commands) <= 100
    for command in commands:
        parts = [*described([command])]
        size = sum(len(thing["name"]) + len(thing.get("description") or "") for _, thing in parts)
        size += sum(
            len(each["name"]) + len(str(each["value"])) for _, thing in parts for each in thing.get("choices") or []
        )
        assert size <= 8000, command["name"]


async def test_registration_follows_the_specification(stage: Stage) -> None:
    """Discord's own description of its API accepts the list of commands."""
    sync = [entry for entry in stage.discord.request_log if entry.route.endswith("/commands")]
    assert discord_spec().complaints(sync) == []
