"""The life of an interaction: deadlines, acknowledgements, follow-ups, ephemeral replies."""

import asyncio
from typing import Any

import discord
import pytest
from discord import app_commands

from playground.discord_server import DiscordServer
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.raw_clients import Rest
from tests.playground.discord_server.sample_bot import picture_file

Interaction = discord.Interaction[Any]


@app_commands.command(description="Keep")
async def keep(interaction: Interaction) -> None:
    """Keep the interaction for the test to answer."""
    interaction.client.seen.append(interaction)
    interaction.client.dispatch("kept", interaction)


@app_commands.command(description="Defer")
async def later(interaction: Interaction, hidden: bool = False) -> None:
    """Defer, and keep the interaction."""
    interaction.client.seen.append(interaction)
    await interaction.response.defer(thinking=True, ephemeral=hidden)


async def test_three_seconds_to_answer(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Afterwards the member reads that the bot did not respond, and the bot's answer is unknown."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, keep) as bot:
        pressed = asyncio.create_task(mia.slash(general, "keep"))
        await bot.wait_for("kept", timeout=60)
        discord_server.clock.advance(3)
        outcome = await pressed
        assert (outcome.state, outcome.error) == ("failed", "The application did not respond")
        with pytest.raises(discord.NotFound) as caught:
            await bot.seen[0].response.send_message("too late")
        assert caught.value.code == 10062
        assert outcome.message is None


async def test_a_bot_that_is_offline_does_not_answer(discord_server: DiscordServer, rest: Rest) -> None:
    """Without a session the interaction fails once its time is up."""
    await rest("PUT", rest.commands, [{"name": "draw", "description": "x"}])
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    pressed = asyncio.create_task(mia.slash(general, "draw"))
    await asyncio.sleep(0)
    discord_server.clock.advance(3)
    outcome = await pressed
    assert outcome.state == "failed"


async def test_answering_twice(discord_server: DiscordServer, run_bot: RunBot, rest: Rest) -> None:
    """The second callback is refused with 40060, and changes nothing."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, later) as bot:
        outcome = await mia.slash(general, "later")
        path = f"/interactions/{bot.seen[0].id}/{bot.seen[0].token}/callback"
        again = await rest("POST", path, {"type": 4, "data": {"content": "again"}})
        assert (again.status, again.code) == (400, 40060)
        assert [message["flags"] for message in outcome.messages] == [128]


async def test_the_token_dies_after_fifteen_minutes(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Edits by token then fail with 50027; an edit by the channel goes on."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, later) as bot:
        outcome = await mia.slash(general, "later")
        await bot.seen[0].edit_original_response(content="in time")
        discord_server.clock.advance(15 * 60)
        with pytest.raises(discord.HTTPException) as caught:
            await bot.seen[0].edit_original_response(content="late")
        assert (caught.value.status, caught.value.code) == (401, 50027)
        channel = bot.get_partial_messageable(int(general.id))
        message = outcome.message
        assert message is not None
        await channel.get_partial_message(int(message["id"])).edit(content="by channel")
        assert general.messages[message["id"]].message["content"] == "by channel"


async def test_tokens_expire_at_a_word(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """The fault switch does what fifteen minutes do."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, later) as bot:
        await mia.slash(general, "later")
        discord_server.faults.expire_tokens()
        with pytest.raises(discord.HTTPException) as caught:
            await bot.seen[0].followup.send("late")
        assert caught.value.code == 50027


async def test_follow_ups(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """The first takes the place of "thinking…", later ones refer to it; all can be read, edited and deleted."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, later) as bot:
        outcome = await mia.slash(general, "later")
        first = await bot.seen[0].followup.send("first", wait=True)
        second = await bot.seen[0].followup.send("second", wait=True)
        assert [message["content"] for message in outcome.messages] == ["first", "second"]
        assert outcome.message is not None
        assert str(first.id) == outcome.message["id"]
        assert outcome.messages[1]["message_reference"]["message_id"] == outcome.message["id"]
        await second.edit(content="changed")
        assert (await second.fetch()).content == "changed"
        await second.delete()
        with pytest.raises(discord.NotFound) as caught:
            await second.edit(content="gone")
        assert caught.value.code == 10008
        assert [stored.message["content"] for stored in general.messages.values()] == ["first"]
        await bot.seen[0].delete_original_response()
        with pytest.raises(discord.NotFound):
            await bot.seen[0].original_response()


async def test_a_reply_with_a_file(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """A callback may bring files along, whose name and alt text are kept."""
    mia = discord_server.member("mia")

    @app_commands.command(description="Show")
    async def show(interaction: Interaction) -> None:
        file = picture_file("a fox.png")
        file.description = "a red fox"
        await interaction.response.send_message("look", file=file)

    async with run_bot(discord_server, show):
        outcome = await mia.slash(mia.dm, "show")
        assert outcome.message is not None
        attachment = outcome.message["attachments"][0]
        assert (attachment["filename"], attachment["description"]) == ("a_fox.png", "a red fox")
        callback = discord_server.request_log.of("/callback")[0]
        assert (callback.files[0]["filename"], callback.body["type"]) == ("a fox.png", 4)


async def test_ephemeral_replies(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Only the member sees them, the channel's routes do not know them, the token does."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    async with run_bot(discord_server, later) as bot:
        outcome = await mia.slash(general, "later", hidden=True)
        message = await bot.seen[0].edit_original_response(content="psst")
        shown = outcome.message
        assert shown is not None
        assert shown["flags"] == 64
        assert mia.sees(shown)
        assert not discord_server.member("max").sees(shown)
        channel = bot.get_partial_messageable(int(general.id))
        with pytest.raises(discord.NotFound):
            await channel.get_partial_message(message.id).edit(content="by channel")
        assert [each async for each in channel.history()] == []
        mia.dismiss(shown)
        with pytest.raises(discord.NotFound):
            await bot.seen[0].edit_original_response(content="dismissed")


async def test_a_refused_callback_leaves_the_interaction_open(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """After a 400 the bot may answer again."""
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")

    @app_commands.command(description="Try")
    async def attempt(interaction: Interaction) -> None:
        with pytest.raises(discord.HTTPException, match=r"data\.content: Must be 2000 or fewer in length"):
            await interaction.response.send_message("x" * 2001)
        await interaction.response.send_message("short")

    async with run_bot(discord_server, attempt):
        outcome = await mia.slash(general, "attempt")
        assert outcome.message is not None
        assert outcome.message["content"] == "short"


@pytest.mark.parametrize("kind", [1, 6, 7, 8, 99, "4", None])
async def test_answers_that_a_command_does_not_take(
    discord_server: DiscordServer, run_bot: RunBot, rest: Rest, kind: Any
) -> None:
    """Pong, updates and choices are no answers to a slash command."""

    @app_commands.command(description="Try")
    async def attempt(interaction: Interaction) -> None:
        path = f"/interactions/{interaction.id}/{interaction.token}/callback"
        answer = await rest("POST", path, {"type": kind})
        interaction.client.seen.append((answer.status, answer.code))
        await interaction.response.send_message("ok")

    async with run_bot(discord_server, attempt) as bot:
        await discord_server.member("mia").slash(discord_server.world.channel("general"), "attempt")
        assert bot.seen == [(400, 50035)]


@pytest.mark.parametrize(
    ("kind", "choices", "place", "code"),
    [
        (3, [{"name": "a", "value": ""}], ("0", "value"), "BASE_TYPE_BAD_LENGTH"),
        (3, [{"name": "a", "value": "x" * 101}], ("0", "value"), "BASE_TYPE_BAD_LENGTH"),
        (3, [{"name": "a", "value": 5}], ("0", "value"), "STRING_TYPE_CONVERT"),
        (4, [{"name": "a", "value": 1.5}], ("0", "value"), "NUMBER_TYPE_COERCE"),
        (10, [{"name": "a", "value": "x"}], ("0", "value"), "NUMBER_TYPE_COERCE"),
        (3, [{"name": "a", "value": "x"}] * 2, ("1", "name"), "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_DUPLICATE"),
        (3, [{"name": "", "value": "x"}], ("0", "name"), "BASE_TYPE_BAD_LENGTH"),
        (3, [{"name": str(n), "value": "x"} for n in range(26)], (), "BASE_TYPE_BAD_LENGTH"),
    ],
)
async def test_offered_values_fit_the_option(
    discord_server: DiscordServer, rest: Rest, *, kind: int, choices: Any, place: tuple[str, ...], code: str
) -> None:
    """What autocomplete offers has the option's type and a name of its own; after a refusal the bot may offer again."""
    option = {"name": "style", "description": "x", "type": kind, "autocomplete": True}
    inner = {"name": "one", "description": "x", "type": 1, "options": [option]}
    await rest("PUT", rest.commands, [{"name": "pick", "description": "x", "options": [inner]}])
    general = discord_server.world.channel("general")
    asked = asyncio.create_task(discord_server.member("mia").autocomplete(general, "pick one", "style", "x"))
    await asyncio.sleep(0)
    [interaction] = discord_server.core.interactions._by_id.values()
    path = f"/interactions/{interaction.id}/{interaction.token}/callback"
    refused = await rest("POST", path, {"type": 8, "data": {"choices": choices}})
    assert refused.error("data", "choices", *place) == code
    assert (await rest("POST", path, {"type": 8, "data": {"choices": []}})).status == 204
    assert await asked == []


async def test_unknown_interactions_and_tokens(rest: Rest) -> None:
    """Made-up ids and tokens are refused, for every caller."""
    assert (await rest("POST", "/interactions/1/x/callback", {"type": 5})).code == 10062
    application = rest.commands.split("/")[2]
    assert (await rest("POST", f"/webhooks/{application}/x", {"content": "x"})).code == 10015
    assert (await rest("PATCH", "/webhooks/1/x/messages/@original", {"content": "x"})).code == 10015
