"""A bot written with hikari in the local Discord: login, files, refusals."""

import logging
from collections.abc import AsyncIterator

import hikari
import pytest

from playground.discord_server import DiscordServer
from tests.playground.discord_server.hikari_bot import HikariBot, hikari_bot
from tests.playground.discord_server.sample_bot import picture


@pytest.fixture
async def bot(patient_server: DiscordServer, caplog: pytest.LogCaptureFixture) -> AsyncIterator[HikariBot]:
    """A bot that is logged in and understands everything it hears."""
    async with hikari_bot(patient_server) as bot:
        yield bot
    errors = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert errors == []


async def test_login_and_registration(patient_server: DiscordServer, bot: HikariBot) -> None:
    """hikari knows the server and itself, and its commands are Discord's."""
    assert bot.get_me() is not None
    guild = bot.cache.get_guild(int(patient_server.world.guild.id))
    assert guild is not None
    assert {channel.name for channel in guild.get_channels().values()} == {
        "general", "art", "after-dark", "lounge", "showcase",
    }  # fmt: skip
    registered = await bot.rest.fetch_application_commands(int(patient_server.world.bot["id"]))
    assert {command.name for command in registered} == {"paint", "draw", "whisper", "panel", "form", "Repeat"}


async def test_files_are_read_back(patient_server: DiscordServer, bot: HikariBot) -> None:
    """What the bot sends to a channel it can fetch again, edit, and delete."""
    general = patient_server.world.channel("general")
    sent = await bot.rest.create_message(int(general.id), "a file", attachment=hikari.Bytes(picture(), "fox.png"))
    assert await sent.attachments[0].read() == picture()
    assert (await sent.edit("changed", attachment=None)).attachments == []
    await sent.delete()
    with pytest.raises(hikari.NotFoundError):
        await bot.rest.fetch_message(int(general.id), sent.id)


async def test_refusals_are_hikaris_own_errors(patient_server: DiscordServer, bot: HikariBot) -> None:
    """Too long a text is a BadRequestError with Discord's code and the place of the problem."""
    general = int(patient_server.world.channel("general").id)
    with pytest.raises(hikari.BadRequestError) as caught:
        await bot.rest.create_message(general, "x" * 2001)
    assert (caught.value.code, caught.value.message) == (50035, "Invalid Form Body")
    assert caught.value.errors is not None
    assert caught.value.errors["content"]["_errors"][0]["code"] == "BASE_TYPE_MAX_LENGTH"  # type: ignore[index]
    with pytest.raises(hikari.ForbiddenError):
        await bot.rest.edit_message(general, int(patient_server.member("mia").send(
            patient_server.world.channel("general"), "mine")["id"]), "yours")  # fmt: skip
