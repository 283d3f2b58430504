"""What every library's bot does in the local Discord: commands, components, forms, menus."""

import logging
from collections.abc import AsyncIterator

import pytest

from playground.discord_server import DiscordServer, media, texts
from tests.playground.discord_server.discord_js import discord_js
from tests.playground.discord_server.hikari_bot import hikari_bot

EPHEMERAL, LOADING, V2 = 1 << 6, 1 << 7, 1 << 15
LIBRARIES = {"hikari": hikari_bot, "discord.js": discord_js}


@pytest.fixture(params=["hikari", pytest.param("discord.js", marks=pytest.mark.process)], autouse=True)
async def bot(
    request: pytest.FixtureRequest, patient_server: DiscordServer, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[None]:
    """A bot that is logged in, written with either library."""
    async with LIBRARIES[request.param](patient_server):
        yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_choice_and_typing(patient_server: DiscordServer) -> None:
    """An option with choices is answered at once; one with autocomplete offers the bot's choices."""
    mia, general = patient_server.member("mia"), patient_server.world.channel("general")
    outcome = await mia.slash(general, "paint", colour="b")
    assert outcome.message is not None
    assert outcome.message["content"] == "painted b"
    assert await mia.autocomplete(general, "draw", "prompt", "fo") == [{"name": "fofo", "value": "fofo"}]


async def test_defer_edit_follow_up_and_components(patient_server: DiscordServer) -> None:
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


async def test_an_answer_for_one_member(patient_server: DiscordServer) -> None:
    """Others do not see it."""
    mia, general = patient_server.member("mia"), patient_server.world.channel("general")
    message = (await mia.slash(general, "whisper")).message
    assert message is not None
    assert (message["content"], message["flags"] & EPHEMERAL) == ("psst", EPHEMERAL)
    assert not patient_server.member("max").sees(message)


async def test_components_v2(patient_server: DiscordServer) -> None:
    """A container with a picture is shown, and its button changes it."""
    mia, general = patient_server.member("mia"), patient_server.world.channel("general")
    message = (await mia.slash(general, "panel")).message
    assert message is not None
    assert (texts(message), message["flags"] & V2) == ("a panel", V2)
    assert (media(message)[0]["description"], media(message)[0]["width"]) == ("a red fox", 40)
    pressed = (await mia.press(message, label="Press")).message
    assert pressed is not None
    assert (texts(pressed), media(pressed)) == ("a pressed panel", [])


async def test_a_form(patient_server: DiscordServer) -> None:
    """It is shown, filled in and answered."""
    mia, general = patient_server.member("mia"), patient_server.world.channel("general")
    modal = (await mia.slash(general, "form")).modal
    assert modal is not None
    message = (await mia.submit(modal, {"wish": "a fox"})).message
    assert message is not None
    assert message["content"] == "your wish: a fox"


async def test_a_message_menu_and_direct_messages(patient_server: DiscordServer) -> None:
    """The bot reads the message that was chosen, in a direct message too."""
    mia, general = patient_server.member("mia"), patient_server.world.channel("general")
    for channel in (general, mia.dm):
        message = (await mia.context(mia.send(channel, "hello"), "Repeat")).message
        assert message is not None
        assert message["content"] == "mia wrote: hello"
