"""A bot written with hikari in the local Discord: zlib-stream, RESUME, commands, components, forms, limits."""

import asyncio
import logging
from collections.abc import AsyncIterator

import hikari
import pytest

from playground.discord_server import DiscordServer, Limits, media, texts
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


@pytest.fixture
def anyone(caplog: pytest.LogCaptureFixture, patient_server: DiscordServer) -> DiscordServer:
    """The server, for tests in which hikari complains of a line that breaks."""
    caplog.set_level(logging.CRITICAL, logger="hikari")
    return patient_server


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
    assert (await sent.edit("changed", attachments=[])).attachments == []
    await sent.delete()
    with pytest.raises(hikari.NotFoundError):
        await bot.rest.fetch_message(int(general.id), sent.id)


async def test_a_dropped_line_is_resumed(anyone: DiscordServer) -> None:
    """What a member does while the line is down reaches the bot after RESUME."""
    mia, general = anyone.member("mia"), anyone.world.channel("general")
    async with hikari_bot(anyone) as bot:
        session = anyone.core.gateway.sessions[0]
        resumed = bot.next(hikari.ShardResumedEvent)
        await asyncio.sleep(0)
        await anyone.faults.drop_gateway()
        outcome = await mia.slash(general, "paint", colour="r")
        assert outcome.state == "acknowledged"
        await resumed
        assert anyone.core.gateway.sessions == [session]


async def test_a_lost_session_is_begun_anew(anyone: DiscordServer) -> None:
    """RESUME is refused, and hikari identifies again."""
    async with hikari_bot(anyone) as bot:
        before = anyone.core.gateway.sessions[0].id
        ready = bot.next(hikari.ShardReadyEvent)
        await asyncio.sleep(0)
        await anyone.faults.drop_gateway(resumable=False)
        await ready
        assert [session.id for session in anyone.core.gateway.sessions] != [before]


async def test_op_7_is_followed(anyone: DiscordServer) -> None:
    """Asked to reconnect, hikari comes back with the same session."""
    async with hikari_bot(anyone) as bot:
        session = anyone.core.gateway.sessions[0]
        resumed = bot.next(hikari.ShardResumedEvent)
        await asyncio.sleep(0)
        anyone.faults.ask_to_reconnect()
        await resumed
        assert anyone.core.gateway.sessions == [session]


async def test_a_dead_line_is_noticed(anyone: DiscordServer) -> None:
    """Heartbeats without an answer make hikari resume over a new line."""
    anyone.core.gateway.heartbeat = 1.0
    async with hikari_bot(anyone) as bot:
        resumed = bot.next(hikari.ShardResumedEvent)
        await asyncio.sleep(0)
        anyone.faults.hold_acks()
        await resumed
        anyone.faults.hold_acks(False)
        assert (await anyone.member("mia").slash(anyone.world.channel("general"), "whisper")).state == "acknowledged"


async def test_limits_are_waited_out(anyone: DiscordServer) -> None:
    """A 429 for the route and one for everything are tried again, and so is what hikari itself holds back."""
    async with hikari_bot(anyone) as bot:
        general = int(anyone.world.channel("general").id)
        for everywhere in (False, True):
            anyone.faults.rate_limit_next("/channels/{channel_id}/messages", 0.2, everywhere=everywhere)
            assert (await bot.rest.create_message(general, "at last")).content == "at last"
    assert [entry.status for entry in anyone.journal.of("/messages", "POST")] == [429, 200, 429, 200]


async def test_the_headers_of_a_limit_are_understood() -> None:
    """hikari paces itself by them: more messages than the bucket holds, and not one of them refused."""
    async with DiscordServer(limits=Limits()) as server, hikari_bot(server) as bot:
        general = int(server.world.channel("general").id)
        await asyncio.gather(*(bot.rest.create_message(general, str(number)) for number in range(7)))
        assert [entry.status for entry in server.journal.of("/messages", "POST")] == [200] * 7


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


async def test_shards_and_tokens(anyone: DiscordServer) -> None:
    """/gateway/bot says how many shards to start; a wrong token is refused."""
    async with DiscordServer(limits=Limits.lifted(), shards=3) as server, hikari_bot(server) as bot:
        assert sorted(bot.shards) == [0, 1, 2]
        start = (await bot.rest.fetch_gateway_bot_info()).session_start_limit
        assert (start.total, start.max_concurrency) == (1000, 16)
        assert [session.shard for session in server.core.gateway.sessions] == [(0, 3), (1, 3), (2, 3)]
    anyone.token += "x"
    with pytest.raises(hikari.UnauthorizedError):
        async with hikari_bot(anyone):
            pass
