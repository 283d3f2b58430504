"""Slash commands of a real discord.py bot, from the member's fingers to the reply."""

from typing import Any

import discord
import pytest
from discord import app_commands

from playground.discord_server import DiscordServer, Refused, Upload, media, texts
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.sample_bot import CountButton, layout, picture, picture_file

Interaction = discord.Interaction[Any]
V2 = 1 << 15


@app_commands.command(description="Draw something")
async def draw(interaction: Interaction, prompt: app_commands.Range[str, 2, 10]) -> None:
    """Defer, then show a picture with a button."""
    await interaction.response.defer(thinking=True)
    view = layout(prompt, CountButton(1), media="attachment://fox.png")
    await interaction.edit_original_response(view=view, attachments=[picture_file()])


@app_commands.command(description="Take everything")
@app_commands.choices(colour=[app_commands.Choice(name="Red", value="r"), app_commands.Choice(name="Blue", value="b")])
async def everything(  # noqa: PLR0917 one parameter for each type of option
    interaction: Interaction,
    text: str,
    colour: str,
    whole: app_commands.Range[int, 0, 1000],
    number: app_commands.Range[float, 0.5, 2.0],
    flag: bool,
    user: discord.Member,
    channel: discord.TextChannel,
    role: discord.Role,
    who: discord.Member | discord.Role,
    image: discord.Attachment,
    note: str | None = None,
) -> None:
    """Answer with what came, by type."""
    interaction.client.seen.append((text, colour, whole, number, flag, user, channel, role, who, image, note))
    await interaction.response.send_message("thanks")


class Style(app_commands.Group):
    """A group with a subcommand and an inner group."""

    inner = app_commands.Group(name="saved", description="Saved styles")

    @app_commands.command(description="Show")
    async def show(self, interaction: Interaction, name: str) -> None:
        """A subcommand."""
        await interaction.response.send_message(f"show {name}")

    @inner.command(description="Drop")
    async def drop(self, interaction: Interaction, name: str) -> None:
        """A subcommand of an inner group."""
        await interaction.response.send_message(f"drop {name}")


@app_commands.command(description="Adults only", nsfw=True)
async def adult(interaction: Interaction) -> None:
    """For age-restricted channels."""
    await interaction.response.send_message("ok")


@app_commands.command(description="Servers only")
@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
async def manage(interaction: Interaction) -> None:
    """For those who manage the server."""
    await interaction.response.send_message("ok")


async def test_defer_and_edit_with_components_v2_and_a_file(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """A deferred reply becomes text, picture and buttons, and the press of a button edits it."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, draw):
        outcome = await mia.slash(general, "draw", prompt="a red fox")
        assert outcome.state == "acknowledged"
        message = await outcome.wait_for(lambda m: not m["flags"] & 128)
        assert texts(message) == "a red fox"
        assert message["flags"] == V2
        assert message["attachments"] == []
        picture_shown = media(message)[0]
        assert (picture_shown["width"], picture_shown["description"]) == (40, "a red fox")
        assert picture_shown["url"].startswith(discord_server.url)
        assert [version["flags"] for version in general.versions(message["id"])] == [128, V2]
        pressed = await mia.press(message, label="Count 1")
        assert pressed.message is not None
        assert texts(pressed.message) == "pressed 1"


async def test_every_type_of_option(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """The bot receives every option in its own type, with the objects behind the ids."""
    mia, adam, art = discord_server.member("mia"), discord_server.member("adam"), discord_server.world.channel("art")
    role = discord_server.world.members[adam.id].roles[0]
    async with run_bot(discord_server, everything) as bot:
        given: dict[str, Any] = {
            "text": "a fox", "colour": "b", "whole": 7, "number": 1.5, "flag": True, "user": adam, "channel": art,
            "role": role, "who": role, "image": Upload("fox.png", picture()),
        }  # fmt: skip
        outcome = await mia.slash(discord_server.world.channel("general"), "everything", **given)
        assert outcome.state == "acknowledged"
        text, colour, whole, number, flag, user, channel, got_role, who, image, note = bot.seen[0]
        assert (text, colour, whole, number, flag, note) == ("a fox", "b", 7, 1.5, True, None)
        assert (user.name, user.guild_permissions.administrator) == ("adam", True)
        assert (channel.name, got_role.name, who.name) == ("art", "Admin", "Admin")
        assert (image.filename, image.content_type, image.width) == ("fox.png", "image/png", 40)
        assert await image.read() == picture()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"text": None}, "“text” is required"),
        ({"text": ""}, "“text” is required"),
        ({"text": 5}, "not possible"),
        ({"text": "x" * 6001}, "at most 6000 characters"),
        ({"colour": "green"}, "none of the choices"),
        ({"whole": 1001}, "at most 1000"),
        ({"whole": -1}, "at least 0"),
        ({"whole": "many"}, "not possible"),
        ({"whole": 1.5}, "not possible"),
        ({"number": 0.1}, "at least 0.5"),
        ({"flag": "perhaps"}, "not possible"),
        ({"user": "1"}, "not possible"),
        ({"role": "1"}, "not possible"),
        ({"channel": "1"}, "not possible"),
        ({"image": "1"}, "not possible"),
        ({"image": Upload("big.bin", b"x" * (10 * 1024 * 1024 + 1))}, "too powerful"),
        ({"other": 1}, "Unknown option: other"),
    ],
)
async def test_wrong_options_are_refused_for_the_member(
    discord_server: DiscordServer, run_bot: RunBot, wrong: dict[str, Any], sentence: str
) -> None:
    """What Discord's client would not send never reaches the bot."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, everything) as bot:
        right: dict[str, Any] = {
            "text": "a fox", "colour": "b", "whole": 7, "number": 1, "flag": True, "user": mia, "channel": general,
            "role": discord_server.world.guild.id, "who": mia, "image": Upload("fox.png", picture()),
        }  # fmt: skip
        with pytest.raises(Refused, match=sentence):
            await mia.slash(general, "everything", **{**right, **wrong})
        assert bot.seen == []


async def test_subcommands_and_groups(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Nested commands are found by their full name, which the reply remembers."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, Style(name="style", description="Styles")):
        for name, answer in {"style show": "show x", "style saved drop": "drop x"}.items():
            outcome = await mia.slash(general, name, name="x")
            assert outcome.message is not None
            assert outcome.message["content"] == answer
            assert outcome.message["interaction_metadata"]["name"] == name
        with pytest.raises(Refused, match="Unknown subcommand: hide"):
            await mia.slash(general, "style hide", name="x")
        with pytest.raises(Refused, match="Choose a subcommand"):
            await mia.slash(general, "style")


async def test_lengths_of_strings(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """min_length and max_length hold."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, draw):
        for prompt, sentence in {"x": "at least 2 characters", "x" * 11: "at most 10 characters"}.items():
            with pytest.raises(Refused, match=sentence):
                await mia.slash(general, "draw", prompt=prompt)


async def test_commands_are_only_offered_where_they_may_be_used(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Age restriction, server-only commands and permissions hold; the owner may everything."""
    mia, olivia = discord_server.member("mia"), discord_server.member("olivia")
    general, dark = (discord_server.world.channel(name) for name in ("general", "after-dark"))
    async with run_bot(discord_server, adult, manage):
        with pytest.raises(Refused, match="age-restricted"):
            await mia.slash(general, "adult")
        assert (await mia.slash(dark, "adult")).state == "acknowledged"
        with pytest.raises(Refused, match="permission"):
            await mia.slash(general, "manage")
        assert (await olivia.slash(general, "manage")).state == "acknowledged"
        with pytest.raises(Refused, match="no command “manage” here"):
            await olivia.slash(olivia.dm, "manage")
        with pytest.raises(Refused, match="no such channel"):
            await mia.slash(olivia.dm, "adult")
