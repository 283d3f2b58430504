"""Twenty members and a second tab of one of them, all on the page at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import discord
from discord import app_commands

from playground.discord_server import DiscordServer
from playground.discord_server.state.bulk_seed import add_people
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.sample_bot import CountButton, layout
from tests.playground.discord_server.tabs import Tab, tab


@app_commands.command(description="Count")
async def count(interaction: discord.Interaction[Any]) -> None:
    """A message with a button."""
    await interaction.response.send_message(view=layout("start", CountButton(1)))


@app_commands.command(description="Whisper")
async def whisper(interaction: discord.Interaction[Any]) -> None:
    """A reply only for the asking member."""
    await interaction.response.send_message(f"psst, {interaction.user.name}", ephemeral=True)


@asynccontextmanager
async def crowd(server: DiscordServer) -> AsyncIterator[list[Tab]]:
    """The tabs of twenty members, and last a second one of the first member."""
    names = add_people(server.world, 20)
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(tab(server, name)) for name in [*names, names[0]]]


async def heard(one: Tab, count: int) -> list[dict[str, Any]]:
    """The next messages that a tab receives, in order."""
    return [await one.next("message_create") for _ in range(count)]


async def test_all_see_the_same_in_the_same_order(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """What twenty write at once reaches every tab once, and two tabs of one member alike."""
    async with run_bot(discord_server, count), crowd(discord_server) as tabs:
        general = tabs[0].channel("general")
        await asyncio.gather(*(one.do("send", channel_id=general, content=f"n{n}") for n, one in enumerate(tabs[:20])))
        told = await asyncio.gather(*(heard(one, 20) for one in tabs))
        assert sorted(message["content"] for message in told[0]) == sorted(f"n{n}" for n in range(20))
        assert all(each == told[0] for each in told)
        async with tab(discord_server) as late:
            assert late.ready["messages"][general] == told[0]


async def test_private_replies_go_to_both_tabs_of_one_member_alone(
    discord_server: DiscordServer, run_bot: RunBot
) -> None:
    """Twenty ask at once; each hears the answer to themselves and no other, and then what is for all."""
    async with run_bot(discord_server, whisper), crowd(discord_server) as tabs:
        general = tabs[0].channel("general")
        await asyncio.gather(*(one.do("slash", channel_id=general, name="whisper") for one in tabs[:20]))
        told = await asyncio.gather(*(one.next("message_create") for one in tabs))
        assert [message["content"] for message in told] == [f"psst, {one.ready['me']['username']}" for one in tabs]
        await tabs[1].do("send", channel_id=general, content="for all")
        told = await asyncio.gather(*(one.next("message_create") for one in tabs))
        assert {message["content"] for message in told} == {"for all"}


async def test_what_one_does_wrong_disturbs_nobody(discord_server: DiscordServer, run_bot: RunBot) -> None:
    """Invalid frames and presses on removed buttons are answered in their tab, while the others go on."""
    async with run_bot(discord_server, count), crowd(discord_server) as tabs:
        first, wrong, *others = tabs
        general = first.channel("general")
        await first.do("slash", channel_id=general, name="count")
        message = (await asyncio.gather(*(one.next("message_create") for one in tabs)))[0]
        press = {"channel_id": general, "message_id": message["id"], "custom_id": "v1:count:1"}
        await first.do("press", **press)
        await asyncio.gather(*(one.next("message_update") for one in tabs))
        await wrong.ws.send_str("{nonsense")
        assert "could not be understood" in (await wrong.next("error"))["message"]
        for op, frame in (("press", press), ("press", {**press, "message_id": "1"}), ("fly", {}), ("choose", press)):
            nonce = await wrong.do(op, **frame)
            assert await wrong.next("error", nonce=nonce)
        await first.do("press", **{**press, "custom_id": "v1:count:2"})
        updates = await asyncio.gather(*(one.ws.receive_json(timeout=60) for one in others))
        assert {update["t"] for update in updates} == {"message_update"}
        assert "pressed 2" in str(updates[0]["d"])
        assert all(update["d"] == updates[0]["d"] for update in updates)
