"""Callbacks that have their effect although the bot gets no confirmation, and the patience of the deadline."""

import asyncio

import aiohttp
import pytest

from playground.discord_server import DiscordServer
from playground.discord_server.base.clock import Clock
from playground.discord_server.interactions.answers import MESSAGE
from tests.playground.discord_server.raw_clients import Rest

CALLBACK = "/interactions/{interaction_id}/{token}/callback"


async def callback(server: DiscordServer, rest: Rest, token: str, interaction_id: str) -> tuple[int, int | None]:
    """Status and error code of a first answer."""
    answer = {"type": MESSAGE, "data": {"content": "once"}}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{server.api_url}/interactions/{interaction_id}/{token}/callback", json=answer) as response,
    ):
        body = await response.json() if response.status >= 400 else {}
        return response.status, body.get("code")


@pytest.mark.parametrize("status", [500, 0])
async def test_a_lost_answer(discord_server: DiscordServer, rest: Rest, status: int) -> None:
    """The message is there, the bot gets an error or nothing, and the repeated answer is refused as the second."""
    await rest("PUT", rest.commands, [{"name": "draw", "description": "x"}])
    mia, general = discord_server.member("mia"), discord_server.world.channel("general")
    asked = asyncio.create_task(mia.slash(general, "draw"))
    await asyncio.sleep(0)
    [interaction] = discord_server.core.interactions._by_id.values()
    discord_server.faults.lose_answer_next(CALLBACK, status)
    if status:
        assert await callback(discord_server, rest, interaction.token, interaction.id) == (500, 0)
    else:
        with pytest.raises(aiohttp.ClientError):
            await callback(discord_server, rest, interaction.token, interaction.id)
    outcome = await asked
    assert outcome.message is not None
    assert outcome.message["content"] == "once"
    assert await callback(discord_server, rest, interaction.token, interaction.id) == (400, 40060)
    assert discord_server.faults.planned == ()


async def test_the_deadline_does_not_count_a_standstill() -> None:
    """A process that could not run for a minute has lost a tick; pushed forward, the clock counts as ever."""
    clock, now, ticked, fired = Clock(), [100.0], asyncio.Event(), asyncio.Event()

    def seconds() -> float:
        ticked.set()
        return now[0]

    timer = clock.call_patiently(3, fired.set, seconds)
    ticked.clear()
    now[0] += 60
    await ticked.wait()
    assert timer.left > 2.5
    assert not fired.is_set()
    clock.advance(2.5)
    assert not fired.is_set()
    clock.advance(0.5)
    assert fired.is_set()
