"""Where members can't act and bots can't answer: time-outs, threads that close, forums, voice and private threads."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands

from playground.discord_server import DiscordServer, Member, Refused, texts
from playground.discord_server.members.removals import start_thread
from playground.discord_server.state.channels import PRIVATE_THREAD, Channel
from playground.discord_server.state.permission_bits import CONNECT, SEND_IN_THREADS
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.raw_clients import Answer, Rest
from tests.playground.discord_server.sample_bot import CountButton, SampleBot, layout

Interaction = discord.Interaction[Any]


@app_commands.command(description="Count")
async def count(interaction: Interaction) -> None:
    """Answer with a button."""
    interaction.client.seen.append(interaction)
    await interaction.response.send_message(view=layout("counting", CountButton(1)))


@app_commands.command(description="Defer")
async def later(interaction: Interaction) -> None:
    """Try to defer, and keep the interaction and Discord's answer."""
    interaction.client.seen.append(interaction)
    try:
        await interaction.response.defer(thinking=True)
    except discord.HTTPException as error:
        interaction.client.seen.append((error.status, error.code, error.text))
    interaction.client.dispatch("kept", interaction)


@pytest.fixture
async def bot(discord_server: DiscordServer, run_bot: RunBot) -> AsyncIterator[SampleBot]:
    """A bot with a command that answers at once, and one that defers."""
    async with run_bot(discord_server, count, later) as running:
        yield running


@pytest.fixture
def thread(discord_server: DiscordServer) -> Channel:
    """An open thread."""
    return start_thread(discord_server.world, "side talk", discord_server.world.channel("general"))


async def counting(member: Member, channel: Channel) -> dict[str, Any]:
    """The message with the button."""
    message = (await member.slash(channel, "count")).message
    assert message is not None
    return message


async def post(rest: Rest, channel: Channel) -> Answer:
    """A message of the bot's own, without an interaction."""
    return await rest("POST", f"/channels/{channel.id}/messages", {"content": "x"})


async def test_members_in_time_out_only_read(discord_server: DiscordServer, bot: SampleBot) -> None:
    """They can't write, use commands or press (50013), and the bot learns nothing; it ends by itself."""
    world, mia = discord_server.world, discord_server.member("mia")
    general = world.channel("general")
    message = await counting(mia, general)
    world.time_out(mia.id, 60)
    for act in (mia.slash(general, "count"), mia.press(message, label="Count 1")):
        with pytest.raises(Refused, match="in time-out") as caught:
            await act
        assert caught.value.code == 50013
    with pytest.raises(Refused, match="may not do that"):
        mia.send(general, "hello")
    assert len(bot.seen) == 1
    assert mia.sees(message)
    until = world.members[mia.id].payload()["communication_disabled_until"]
    assert discord.utils.parse_time(until).timestamp() > discord_server.clock.now()
    discord_server.clock.advance(61)
    assert (await mia.press(message, label="Count 1")).state == "acknowledged"


async def test_administrators_are_not_silenced(discord_server: DiscordServer, bot: SampleBot) -> None:
    """Neither is the owner."""
    general = discord_server.world.channel("general")
    for name in ("adam", "olivia"):
        member = discord_server.member(name)
        discord_server.world.time_out(member.id, 60)
        assert (await member.slash(general, "count")).state == "acknowledged"


async def test_bot_in_time_out_answers_by_token_alone(
    discord_server: DiscordServer, bot: SampleBot, rest: Rest
) -> None:
    """Its answers to interactions go through, its own messages do not."""
    general = discord_server.world.channel("general")
    discord_server.world.time_out(discord_server.world.bot["id"], 60)
    assert texts(await counting(discord_server.member("mia"), general)) == "counting"
    assert (await post(rest, general)).code == 50013


async def test_presses_open_an_archived_thread(discord_server: DiscordServer, bot: SampleBot, thread: Channel) -> None:
    """Clients take it out of the archive first, where the member may write; else nothing reaches the bot (50013)."""
    world, mia = discord_server.world, discord_server.member("mia")
    message = await counting(mia, thread)
    world.set_thread(thread, archived=True)
    assert (await mia.press(message, label="Count 1")).state == "acknowledged"
    assert not thread.archived
    world.set_thread(thread, archived=True)
    thread.forbid(world.guild.id, SEND_IN_THREADS)
    with pytest.raises(Refused, match="try again") as caught:
        await mia.press(thread.messages[message["id"]].message, label="Count 2")
    assert (caught.value.code, thread.archived) == (50013, True)


async def test_locked_thread_takes_no_presses(discord_server: DiscordServer, bot: SampleBot, thread: Channel) -> None:
    """Only those who manage threads press there, and open it by that; others' messages are refused too."""
    world, mia, adam = discord_server.world, discord_server.member("mia"), discord_server.member("adam")
    message = await counting(mia, thread)
    world.set_thread(thread, archived=True, locked=True)
    with pytest.raises(Refused, match="locked") as caught:
        await mia.press(message, label="Count 1")
    assert caught.value.code == 160005
    with pytest.raises(Refused, match="locked"):
        mia.send(thread, "hello")
    pressed = asyncio.create_task(adam.press(message, label="Count 1"))
    discord_server.clock.call_later(0.3, lambda: discord_server.clock.advance(3))
    assert ((await pressed).state, thread.archived) == ("failed", False)


async def test_commands_in_a_locked_thread_can_not_be_answered(
    discord_server: DiscordServer, bot: SampleBot, thread: Channel
) -> None:
    """The bot gets the command, and its answer is refused as if the thread were archived: it can't even say why."""
    discord_server.world.set_thread(thread, archived=True, locked=True)
    used = asyncio.create_task(discord_server.member("mia").slash(thread, "later"))
    await bot.wait_for("kept", timeout=60)
    assert bot.seen[1] == (400, 50083, "Thread is archived")
    discord_server.clock.advance(3)
    assert (await used).state == "failed"


async def test_answers_do_not_change_in_closed_threads(
    discord_server: DiscordServer, bot: SampleBot, rest: Rest, thread: Channel
) -> None:
    """By the token archived and locked threads are both called archived; by the channel a locked one is called so."""
    world = discord_server.world
    outcome = await discord_server.member("mia").slash(thread, "later")
    path = f"/webhooks/{world.bot['id']}/{bot.seen[0].token}"
    for archived, locked in ((True, False), (False, True), (True, True)):
        world.set_thread(thread, archived=archived, locked=locked)
        assert (await rest("PATCH", f"{path}/messages/@original", {"content": "x"})).code == 50083
    assert (await rest("POST", path, {"content": "x"})).code == 50083
    world.set_thread(thread, archived=False, locked=True)
    assert outcome.message is not None
    own = f"/channels/{thread.id}/messages/{outcome.message['id']}"
    assert (await rest("PATCH", own, {"content": "x"})).code == 160005
    assert (await post(rest, thread)).code == 160005


async def test_bot_hears_of_threads_it_sees(discord_server: DiscordServer, bot: SampleBot) -> None:
    """A thread is announced when it opens and when it closes; a private one only to those who were added."""
    world, general = discord_server.world, discord_server.world.channel("general")
    hidden = start_thread(world, "hidden", general, members=[discord_server.member("mia").id])
    thread = start_thread(world, "open", general)
    world.set_thread(thread, archived=True, locked=True)
    _, changed = await bot.wait_for("thread_update", timeout=60)
    assert (changed.name, changed.archived, changed.locked) == ("open", True, True)
    [guild] = bot.guilds
    assert guild.get_thread(int(hidden.id)) is None
    assert [(each.name, str(each.type)) for each in guild.channels] == [
        ("general", "text"), ("art", "text"), ("after-dark", "text"), ("lounge", "voice"), ("showcase", "forum"),
    ]  # fmt: skip


async def test_forum_holds_posts_alone(discord_server: DiscordServer, bot: SampleBot, rest: Rest) -> None:
    """In the forum itself nothing works: 50008 for messages, 50024 for commands; in a post everything does."""
    mia, world = discord_server.member("mia"), discord_server.world
    forum, first = world.channel("showcase"), world.channel("First pictures")
    refused = await post(rest, forum)
    assert (refused.status, refused.code) == (400, 50008)
    with pytest.raises(Refused, match="type of channel") as caught:
        await mia.slash(forum, "count")
    assert caught.value.code == 50024
    with pytest.raises(Refused, match="only posts") as caught:
        mia.send(forum, "hello")
    assert caught.value.code == 50008
    assert (await mia.press(await counting(mia, first), label="Count 1")).state == "acknowledged"
    assert (bot.seen[0].channel.parent.name, (await post(rest, first)).status) == ("showcase", 200)


async def test_voice_channel_has_a_chat(discord_server: DiscordServer, bot: SampleBot, rest: Rest) -> None:
    """Commands and messages work in it; who may not connect has no access to its text either (50001)."""
    mia, lounge = discord_server.member("mia"), discord_server.world.channel("lounge")
    assert texts(await counting(mia, lounge)) == "counting"
    assert mia.send(lounge, "hello")["content"] == "hello"
    assert (str(bot.seen[0].channel.type), (await post(rest, lounge)).status) == ("voice", 200)
    lounge.forbid(discord_server.world.guild.id, CONNECT)
    assert (await post(rest, lounge)).code == 50001
    with pytest.raises(Refused, match="no such channel"):
        mia.send(lounge, "hello")


async def test_private_thread_is_for_those_added(discord_server: DiscordServer, bot: SampleBot, rest: Rest) -> None:
    """Others do not see it. A bot that was not added answers commands there, and reaches nothing by the channel."""
    world, mia, workshop = discord_server.world, discord_server.member("mia"), discord_server.world.channel("workshop")
    assert workshop not in world.visible_channels(discord_server.member("max").id)
    message = await counting(mia, workshop)
    assert bot.seen[0].channel.type.value == PRIVATE_THREAD
    assert not discord_server.member("max").sees(message)
    assert (await post(rest, workshop)).code == 50001
    assert (await rest("PATCH", f"/channels/{workshop.id}/messages/{message['id']}", {"content": "x"})).code == 50001
    assert (await rest("GET", f"/channels/{workshop.id}")).code == 50001
    workshop.joined.add(world.bot["id"])
    assert (await post(rest, workshop)).status == 200


async def test_members_and_servers_have_languages(discord_server: DiscordServer, bot: SampleBot) -> None:
    """An interaction names both; unknown languages can't be chosen. All is set by HTTP as well."""
    world, general = discord_server.world, discord_server.world.channel("general")
    thread = start_thread(world, "side talk", general)

    async with aiohttp.ClientSession() as session:

        async def throw(**asked: Any) -> int:
            async with session.post(f"{discord_server.url}/client/control", json=asked) as response:
                return response.status

        assert await throw(fault="locale", member="max", locale="pt-BR") == 200
        assert await throw(fault="locale", locale="ja") == 200
        assert await throw(fault="locale", locale="tlh") == 400
        assert await throw(fault="time-out", member="mia", seconds=60) == 200
        assert await throw(fault="thread", channel="side talk", archived=True, locked=True) == 200
        assert await throw(fault="thread", channel="general") == 400
    for name in ("max", "adam"):
        await counting(discord_server.member(name), general)
    spoken = [(str(each.locale), str(each.guild_locale)) for each in bot.seen]
    assert spoken == [("pt-BR", "ja"), ("en-US", "ja")]
    assert world.guild.payload()["preferred_locale"] == "ja"
    assert (thread.archived, thread.locked) == (True, True)
    with pytest.raises(Refused, match="time-out"):
        await discord_server.member("mia").slash(general, "count")
