"""Every cog registers complete commands within Discord's limits, with useful descriptions."""

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
from bot.services.prompt import option_descriptions
from playground.discord_server.interactions.options import ATTACHMENT, STRING
from playground.discord_server.state.registered_commands import CHAT_INPUT
from tests.playground.discord_spec import discord_spec
from tests.support.stage import OPERATOR, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

COGS = Path(__file__).parents[2] / "cogs"
Json = dict[str, Any]
NAME = re.compile(r"[-_\w]{1,32}")
EMPTY_DESCRIPTIONS = {"", "…", "no description", "description"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot with all commands, the operator's included."""
    async with Stage(tmp_path_factory.mktemp("bot"), **OPERATOR) as stage:
        yield stage


def slash_commands(stage: Stage) -> list[Json]:
    """The registered slash commands."""
    return [
        command for command in registered_commands(stage) if command["type"] == discord.AppCommandType.chat_input.value
    ]


def registered_commands(stage: Stage) -> list[Json]:
    """All registered commands: the global ones, and the operator's in one server."""
    syncs = [
        entry for entry in stage.discord.request_log if entry.method == "PUT" and entry.route.endswith("/commands")
    ]
    assert len(syncs) == 2
    return [command for sync in syncs for command in sync.body]


def with_paths(commands: list[Json]) -> Iterator[tuple[str, Json]]:
    """Every command, subcommand and option with its path."""
    for command in commands:
        yield command["name"], command
        for path, option in with_paths(command.get("options") or []):
            yield f"{command['name']} {path}", option


@pytest.mark.parametrize("name", cog_names())
async def test_every_file_is_an_extension(name: str) -> None:
    """Every file has a docstring and the `setup` coroutine that discord.py calls."""
    module = ast.parse((COGS / f"{name.removeprefix('cogs.')}.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(module)
    assert "setup" in {part.name for part in module.body if isinstance(part, ast.AsyncFunctionDef)}


async def test_every_file_is_loaded(stage: Stage) -> None:
    """Every file in cogs/ is loaded as an extension, and nothing else is."""
    files = {f"cogs.{path.stem}" for path in COGS.glob("*.py") if path.stem != "__init__"}
    assert set(stage.bot.extensions) == set(cog_names()) == files


async def test_every_picture_can_be_given_by_its_address(stage: Stage) -> None:
    """Members without Attach Files can't fill attachment options: each has an address option or a flag beside it."""
    flags = option_descriptions()
    commands = [(each["name"], each.get("options") or []) for each in slash_commands(stage)]
    attached = [
        (name, option, options) for name, options in commands for option in options if option["type"] == ATTACHMENT
    ]
    assert {name for name, *_ in attached} >= {"blend", "edit", "imagine", "video"}
    for name, option, options in attached:
        addresses = {each["name"] for each in options if each["type"] == STRING and not each.get("required")}
        typed = name == "imagine" and option["name"] in flags
        assert not option.get("required"), f"/{name} {option['name']}"
        assert typed or f"{option['name'].rstrip('12345')}_url" in addresses, f"/{name} {option['name']}"


async def test_file_is_named_after_its_command(stage: Stage) -> None:
    """The file of a slash command has its name; a context menu command is in the file of a command."""
    own = stage.bot.tree.get_commands(guild=discord.Object(OPERATOR["operator_guild_id"]))
    for command in [*stage.bot.tree.get_commands(), *own]:
        if isinstance(command, app_commands.ContextMenu):
            assert command.module in cog_names()
        else:
            assert command.module == f"cogs.{command.name}"


async def test_context_menu_commands_are_named(stage: Stage) -> None:
    """There are at most five context menu commands, with names of at most 32 characters."""
    names = [command["name"] for command in registered_commands(stage) if command["type"] != CHAT_INPUT]
    assert len(names) <= 5
    assert all(1 <= len(name) <= 32 and name[0].isupper() for name in names)


async def test_everything_is_named_and_described(stage: Stage) -> None:
    """Names are lower case; descriptions have two words or more and differ from the name."""
    commands = [command for command in slash_commands(stage) if command.get("type", CHAT_INPUT) == CHAT_INPUT]
    for path, item in with_paths(commands):
        name, text = item["name"], item["description"]
        assert NAME.fullmatch(name), path
        assert name == name.lower(), path
        assert 1 <= len(text) <= 100, path
        assert text.casefold() not in EMPTY_DESCRIPTIONS | {name.casefold()}, path
        assert len(text.split()) >= 2, path
        assert text[0].isupper() or text[0].isdigit(), path


async def test_context_menu_names_are_readable(stage: Stage) -> None:
    """Context menu commands have a readable name; Discord allows five of each type."""
    menus = [command for command in registered_commands(stage) if command not in slash_commands(stage)]
    assert len(menus) <= 10
    for command in menus:
        assert 3 <= len(command["name"]) <= 32
        assert command["name"][0].isupper()


async def test_options_are_within_their_limits(stage: Stage) -> None:
    """Options keep Discord's limits: 25 options and choices, required first, valid ranges, choices or autocomplete."""
    for path, item in with_paths(slash_commands(stage)):
        options = item.get("options") or []
        assert len(options) <= 25, path
        required = [bool(option.get("required")) for option in options]
        assert required == sorted(required, reverse=True), path
        choices = item.get("choices") or []
        assert len(choices) <= 25, path
        assert all(1 <= len(choice["name"]) <= 100 for choice in choices), path
        assert not (choices and item.get("autocomplete")), path
        assert item.get("min_value", 0) <= item.get("max_value", 2**53) <= 2**53, path


async def test_commands_stay_within_their_size(stage: Stage) -> None:
    """Names, descriptions and values of a command have at most 8000 characters together."""
    commands = slash_commands(stage)
    assert len(commands) <= 100
    for command in commands:
        parts = [*with_paths([command])]
        size = sum(len(item["name"]) + len(item.get("description") or "") for _, item in parts)
        size += sum(
            len(each["name"]) + len(str(each["value"])) for _, item in parts for each in item.get("choices") or []
        )
        assert size <= 8000, command["name"]


async def test_registration_follows_the_specification(stage: Stage) -> None:
    """The registered commands match Discord's OpenAPI specification."""
    sync = [entry for entry in stage.discord.request_log if entry.route.endswith("/commands")]
    assert discord_spec().complaints(sync) == []
