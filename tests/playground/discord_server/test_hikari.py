"""A bot written with hikari in the local Discord: commands, components, forms, files, refusals."""

import logging
from collections.abc import AsyncIterator

import hikari
import pytest

from playground.discord_server import DiscordServer, media, texts
from tests.playground.discord_server.hikari_bot import HikariBot, hikari_bot
from tests.playground.discord_server.sample_bot import picture

EPHEMERAL, LOADING, V2 = 1 << 6, 1 << 7, 1 << 15


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
    assert {channel.name for channel in guild.get_channels().values()} == {"general", "art", "after-dark"}
    registered = await bot.rest.fetch_application_commands(int(patient_server.world.bot["id"]))
    assert {command.name for command in registered} == {"paint", "draw", "whisper", "panel", "form", "Repeat"}


async def test_a_choice_and_typing(patient_server: DiscordServer, bot: HikariBot) -> None:
    """An option with choices is answered at once; one with autocomplete offers what the bot makes of it."""
    mia, general = patient_server.member("mia"), patient_server.world.channel("general")
    outcome = await mia.slash(general, "paint", colour="b")
    assert outcome.message is not None
    assert outcome.message["content"] == "painted b"
    assert await mia.autocomplete(general, "draw", "prompt", "fo") == [{"name": "fofo", "value": "fofo"}]


async def test_defer_edit_follow_up_and_components(patient_server: DiscordServer, bot: HikariBot) -> None:
    """A deferred answer is edited, a picture follows it, a button and a menu change it."""
    mia, general = patient_server.member("mia"), patient_server.world.channel("general")
    outcome = await mia.slash(general, "draw", prompt="a fox")
    more = await outcome.wait_for(lambda message: message["attachments"])
    assert (more["content"], more["attachments"][0]["filename"], more["attachments"][0]["width"]) == (
        "one more", "fox.png", 40,
    )  # fmt: skip
    drawn = await outcome.wait_for(lambda message: message["content"] == "drawn a fox")
    assert general.versions(drawn["id"])[0]["flags"] == LOADING
    for act, text in ((mia.press(drawn, label="Again"), "again"), (mia.choose(drawn, "size", ["l"]), "size l")):
        changed = (await act).message
        assert changed is not None
        assert (changed["id"], changed["content"]) == (drawn["id"], text)


async def test_an_answer_for_one_member(patient_server: DiscordServer, bot: HikariBot) -> None:
    """Others do not see it."""
    mia, general = patient_server.member("mia"), patient_server.world.channel("general")
    message = (await mia.slash(general, "whisper")).message
    assert message is not None
    assert (message["content"], message["flags"] & EPHEMERAL) == ("psst", EPHEMERAL)
    assert not patient_server.member("max").sees(message)


async def test_components_v2(patient_server: DiscordServer, bot: HikariBot) -> None:
    """A container with a picture is shown, and its button changes it."""
    mia, general = patient_server.member("mia"), patient_server.world.channel("general")
    message = (await mia.slash(general, "panel")).message
    assert message is not None
    assert (texts(message), message["flags"] & V2) == ("a panel", V2)
    assert (media(message)[0]["description"], media(message)[0]["width"]) == ("a red fox", 40)
    pressed = (await mia.press(message, label="Press")).message
    assert pressed is not None
    assert (texts(pressed), media(pressed)) == ("a pressed panel", [])


async def test_a_form(patient_server: DiscordServer, bot: HikariBot) -> None:
    """It is shown, filled in and answered."""
    mia, general = patient_server.member("mia"), patient_server.world.channel("general")
    modal = (await mia.slash(general, "form")).modal
    assert modal is not None
    message = (await mia.submit(modal, {"wish": "a fox"})).message
    assert message is not None
    assert message["content"] == "your wish: a fox"


async def test_a_message_menu_and_direct_messages(patient_server: DiscordServer, bot: HikariBot) -> None:
    """The bot reads the message that was chosen, in a direct message too."""
    mia, general = patient_server.member("mia"), patient_server.world.channel("general")
    for channel in (general, mia.dm):
        message = (await mia.context(mia.send(channel, "hello"), "Repeat")).message
        assert message is not None
        assert message["content"] == "mia wrote: hello"


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
