"""Registering commands: what is kept, and what is refused as Discord refuses it."""

from typing import Any

import discord
import pytest
from discord import app_commands

from playground.discord_server import DiscordServer
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.raw_clients import Rest

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
    *[
        ({**command(), field: {"de": value}}, (field, "de"), code)
        for field, value, code in (
            ("name_localizations", "Malen", "APPLICATION_COMMAND_INVALID_NAME"),
            ("name_localizations", "x" * 33, "BASE_TYPE_BAD_LENGTH"),
            ("description_localizations", "", "BASE_TYPE_BAD_LENGTH"),
            ("description_localizations", 5, "STRING_TYPE_CONVERT"),
        )
    ],
    (command(name_localizations={"xx": "malen"}), ("name_localizations", "xx"), "BASE_TYPE_CHOICES"),
    (command(name_localizations=["de"]), ("name_localizations",), "DICT_TYPE_CONVERT"),
    (
        command(options=[option(name_localizations={"de": "Wort"})]),
        ("options", "0", "name_localizations", "de"),
        "APPLICATION_COMMAND_INVALID_NAME",
    ),
    (
        command(options=[option(choices=[{"name": "c", "value": "x", "name_localizations": {"de": ""}}])]),
        ("options", "0", "choices", "0", "name_localizations", "de"),
        "BASE_TYPE_BAD_LENGTH",
    ),
    (command(default_member_permissions=1 << 54), ("default_member_permissions",), "NUMBER_TYPE_COERCE"),
    (command(default_member_permissions="admin"), ("default_member_permissions",), "NUMBER_TYPE_COERCE"),
    (command(contexts=[]), ("contexts",), "BASE_TYPE_BAD_LENGTH"),
    (command(contexts=[0, 0]), ("contexts", "1"), "SET_TYPE_ALREADY_CONTAINS_VALUE"),
    (command(contexts=[3]), ("contexts", "0"), "BASE_TYPE_CHOICES"),
    (command(integration_types=[1, 1]), ("integration_types", "1"), "SET_TYPE_ALREADY_CONTAINS_VALUE"),
    (command(options=[option(type=7, channel_types=[6])]), ("options", "0", "channel_types", "0"), "BASE_TYPE_CHOICES"),
    (command(options=[option(min_length=6, max_length=5)]), ("options", "0", "max_length"), "NUMBER_TYPE_MIN"),
    (command(options=[option(max_length=0)]), ("options", "0", "max_length"), "NUMBER_TYPE_MIN"),
    (command(options=[option(type=4, min_value=1.5)]), ("options", "0", "min_value"), "NUMBER_TYPE_COERCE"),
    (command(options=[option(type=10, min_value=2, max_value=1.5)]), ("options", "0", "max_value"), "NUMBER_TYPE_MIN"),
    (
        command(options=[option(type=4, choices=[{"name": "c", "value": 2**53}])]),
        ("options", "0", "choices", "0", "value"),
        "NUMBER_TYPE_MAX",
    ),
    (
        command(options=[option("a", type=1, options=[option("b", type=1)])]),
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


async def test_translations_count_by_the_longest(rest: Rest) -> None:
    """A command may say more than 8000 characters, as long as no language does."""
    choices = [{"name": f"{n}{'n' * 60}", "value": f"{n}{'v' * 90}"} for n in range(25)]
    translated = [{**each, "name_localizations": {"de": "d" * 50, "fr": "f" * 60}} for each in choices]
    options = [option(f"o{n}", choices=translated) for n in range(2)]
    assert (await rest("POST", rest.commands, command(options=options))).status == 201
    longer = [{**each, "name_localizations": {"de": "d" * 80}} for each in choices]
    refused = await rest("POST", rest.commands, command(options=[option(f"o{n}", choices=longer) for n in range(2)]))
    assert refused.error() == "APPLICATION_COMMAND_TOO_LARGE"


async def test_a_command_can_t_be_renamed_to_another_s_name(rest: Rest) -> None:
    """It keeps its own, and a name of another kind of command is free."""
    await rest("POST", rest.commands, command("draw"))
    paint = (await rest("POST", rest.commands, command("paint"))).body
    await rest("POST", rest.commands, {"name": "look", "type": 3})
    path = f"{rest.commands}/{paint['id']}"
    assert (await rest("PATCH", path, {"name": "draw"})).error("name") == "APPLICATION_COMMANDS_DUPLICATE_NAME"
    assert (await rest("PATCH", path, {"name": "paint"})).status == 200
    assert (await rest("PATCH", path, {"name": "look"})).status == 200


async def test_two_hundred_new_commands_a_day(rest: Rest, discord_server: DiscordServer) -> None:
    """More are refused until a day has passed; those that are there may be changed."""
    first, second = ([command(f"{half}{n}") for n in range(100)] for half in "ab")
    for many in (first, second, second):
        assert (await rest("PUT", rest.commands, many)).status == 200
    refused = [await rest("PUT", rest.commands, [command("c")]), await rest("POST", rest.commands, menu("c"))]
    assert [(each.status, each.code) for each in refused] == [(400, 30034)] * 2
    discord_server.clock.advance(24 * 3600)
    assert (await rest("PUT", rest.commands, [command("c")])).status == 200


def menu(name: str) -> Command:
    """A command of a message's menu."""
    return {"name": name, "type": 3}


async def test_entry_point_of_an_activity(rest: Rest, discord_server: DiscordServer) -> None:
    """A list without it is refused as a whole; it stays with its id when it is listed, and is deleted by itself."""
    commands = discord_server.core.commands
    launch = commands.enable_activities()
    assert (await rest("GET", "/applications/@me")).body["flags"] == 1 << 17
    refused = await rest("PUT", rest.commands, [command()])
    assert (refused.status, refused.code) == (400, 50240)
    assert commands.all_of(None) == [launch]
    body = {key: launch[key] for key in ("name", "description", "type", "handler")}
    listed = (await rest("PUT", rest.commands, [command(), body])).body
    assert listed[1] == launch | {"version": listed[1]["version"]}
    assert (await rest("POST", rest.commands, {**body, "name": "another"})).code == 30032
    assert (await rest("POST", rest.commands, command(handler=1))).error("handler")
    assert (await rest("DELETE", f"{rest.commands}/{launch['id']}")).status == 204
    assert (await rest("PUT", rest.commands, [command()])).status == 200


async def test_foreign_places_are_refused(rest: Rest, discord_server: DiscordServer) -> None:
    """Commands of other applications, guilds and ids are not there."""
    application = discord_server.world.bot["id"]
    assert (await rest("GET", "/applications/1/commands")).code == 20012
    assert (await rest("GET", f"/applications/{application}/guilds/1/commands")).code == 50001
    assert (await rest("GET", f"{rest.commands}/1")).code == 10063
    assert (await rest("DELETE", f"{rest.commands}/1")).code == 10063
    assert (await rest("PUT", rest.commands, {"name": "x"})).error() == "LIST_TYPE_CONVERT"
