"""Registering commands: what is kept, and what is refused as Discord refuses it."""

from typing import Any

import discord
import pytest
from discord import app_commands

from playground.discord_server import DiscordServer
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.raw import Rest

Command = dict[str, Any]


def command(name: str = "draw", **more: Any) -> Command:
    """A correct command, unless `more` makes it wrong."""
    return {"name": name, "description": "Draw something", **more}


def option(name: str = "prompt", **more: Any) -> Command:
    """A correct string option, unless `more` makes it wrong."""
    return {"type": 3, "name": name, "description": "What to draw", **more}


@app_commands.command(description="Draw")
@app_commands.describe(prompt="What")
async def draw(interaction: discord.Interaction[Any], prompt: str) -> None:
    """A correct command."""
    await interaction.response.send_message(prompt)


async def test_sync_registers_globally_and_per_guild(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """The tree's commands are listed with ids that survive a second sync."""
    guild = discord.Object(int(discord_server.world.guild.id))
    async with run_bot(discord_server, draw) as bot:
        first = await bot.tree.fetch_commands()
        again = await bot.tree.sync()
        assert [each.id for each in first] == [each.id for each in again]
        bot.tree.copy_global_to(guild=guild)
        await bot.tree.sync(guild=guild)
        assert [each.name for each in await bot.tree.fetch_commands(guild=guild)] == ["draw"]
        assert (await bot.tree.fetch_command(first[0].id)).options[0].name == "prompt"
        await first[0].edit(description="Paint")
        assert (await bot.tree.fetch_command(first[0].id)).description == "Paint"
        await first[0].delete()
        assert await bot.tree.fetch_commands() == []


async def test_a_bad_command_fails_the_sync(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """discord.py raises what it would raise on Discord, with the path of the mistake."""

    @app_commands.command(name="long", description="x" * 101)
    async def too_long(_interaction: discord.Interaction[Any]) -> None: ...

    async with run_bot(discord_server) as bot:
        bot.tree.add_command(too_long)
        with pytest.raises(app_commands.CommandSyncFailure, match="Must be between 1 and 100 in length"):
            await bot.tree.sync()


LONG_CHOICES = [{"name": f"{n}{'n' * 90}", "value": "v" * 100} for n in range(25)]
WRONG = [
    (command("Draw"), ("name",), "APPLICATION_COMMAND_INVALID_NAME"),
    (command("dr aw"), ("name",), "APPLICATION_COMMAND_INVALID_NAME"),
    (command(""), ("name",), "BASE_TYPE_BAD_LENGTH"),
    (command("x" * 33), ("name",), "BASE_TYPE_BAD_LENGTH"),
    (command(7), ("name",), "STRING_TYPE_CONVERT"),  # pyright: ignore[reportArgumentType]
    ({"name": "draw"}, ("description",), "BASE_TYPE_REQUIRED"),
    (command(description="x" * 101), ("description",), "BASE_TYPE_BAD_LENGTH"),
    (command(type=9), ("type",), "BASE_TYPE_CHOICES"),
    ({"description": "x"}, ("name",), "BASE_TYPE_REQUIRED"),
    (command(type=3), ("description",), "APPLICATION_COMMAND_CONTEXT_MENU_INVALID"),
    (command(options="x"), ("options",), "LIST_TYPE_CONVERT"),
    (command(options=[3]), ("options", "0"), "MODEL_TYPE_CONVERT"),
    (command(options=[option(f"o{n}") for n in range(26)]), ("options",), "BASE_TYPE_BAD_LENGTH"),
    (command(options=[option("Prompt")]), ("options", "0", "name"), "APPLICATION_COMMAND_INVALID_NAME"),
    (command(options=[{"type": 3, "name": "x"}]), ("options", "0", "description"), "BASE_TYPE_REQUIRED"),
    (command(options=[option(type=12)]), ("options", "0", "type"), "BASE_TYPE_CHOICES"),
    (
        command(options=[option("a"), option("b", required=True)]),
        ("options", "1"),
        "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
    ),
    (
        command(options=[option("a"), option("a")]),
        ("options", "1", "name"),
        "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATE",
    ),
    (
        command(options=[option(choices=[{"name": f"c{n}", "value": "x"} for n in range(26)])]),
        ("options", "0", "choices"),
        "BASE_TYPE_BAD_LENGTH",
    ),
    (
        command(options=[option(choices=[{"name": "c", "value": 1}])]),
        ("options", "0", "choices", "0", "value"),
        "STRING_TYPE_CONVERT",
    ),
    (
        command(options=[option(choices=[{"name": "c", "value": "x"}] * 2)]),
        ("options", "0", "choices", "1", "name"),
        "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_DUPLICATE",
    ),
    (
        command(options=[option(autocomplete=True, choices=[{"name": "c", "value": "x"}])]),
        ("options", "0"),
        "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE",
    ),
    (
        command(options=[option(type=6, autocomplete=True)]),
        ("options", "0"),
        "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID",
    ),
    (
        command(options=[option("a"), option("b", type=1)]),
        ("options",),
        "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
    ),
    (
        command(options=[option("a", type=2, options=[option("b")])]),
        ("options", "0", "options"),
        "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
    ),
    (
        command(options=[option(f"o{n}", choices=LONG_CHOICES) for n in range(2)]),
        (),
        "APPLICATION_COMMAND_TOO_LARGE",
    ),
]


@pytest.mark.parametrize(("body", "path", "code"), WRONG)
async def test_wrong_commands_are_refused(rest: Rest, body: Command, path: tuple[str, ...], code: str) -> None:
    """400 with code 50035 and the mistake at its place, alone or in a list."""
    alone = await rest("POST", rest.commands, body)
    assert (alone.status, alone.code) == (400, 50035)
    assert alone.error(*path) == code
    listed = await rest("PUT", rest.commands, [command("fine"), body])
    assert listed.error("1", *path) == code
    assert (await rest("GET", rest.commands)).body == []


async def test_too_many_commands(rest: Rest) -> None:
    """A hundred slash commands and fifteen message commands at most; no name twice."""
    many = [command(f"c{n}") for n in range(101)]
    assert (await rest("PUT", rest.commands, many)).code == 30032
    menus = [{"name": f"Menu {n}", "type": 3} for n in range(16)]
    assert (await rest("PUT", rest.commands, menus)).code == 30032
    twice = await rest("PUT", rest.commands, [command(), command()])
    assert twice.error("1") == "APPLICATION_COMMANDS_DUPLICATE_NAME"
    assert (await rest("PUT", rest.commands, many[:100])).status == 200
    assert (await rest("POST", rest.commands, command("one-more"))).code == 30032
    assert (await rest("POST", rest.commands, command("c5"))).status == 200


async def test_foreign_places_are_refused(rest: Rest, discord_server: DiscordServer) -> None:
    """Commands of other applications, guilds and ids are not there."""
    application = discord_server.world.bot["id"]
    assert (await rest("GET", "/applications/1/commands")).code == 20012
    assert (await rest("GET", f"/applications/{application}/guilds/1/commands")).code == 50001
    assert (await rest("GET", f"{rest.commands}/1")).code == 10063
    assert (await rest("DELETE", f"{rest.commands}/1")).code == 10063
    assert (await rest("PUT", rest.commands, {"name": "x"})).error() == "LIST_TYPE_CONVERT"
