"""What a panel receives of requests, limits and the bot, and what it never receives."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from playground.discord_server import DiscordServer
from playground.imaginepro.jobs.linked_accounts import CREDENTIAL
from playground.stack import KEY, Stack
from tests.playground.panel.client import PanelClient, panel_at

Json = dict[str, Any]
SIGNATURE = "a-signature-that-nobody-may-read"


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Makes requests as the bot does."""
    async with aiohttp.ClientSession() as session:
        yield session


async def to_api(http: aiohttp.ClientSession, stack: Stack, method: str, path: str, body: Json | None = None) -> Json:
    """One request of the bot to the API."""
    headers = {"Authorization": f"Bearer {KEY}"}
    async with http.request(method, f"{stack.api.url}/api/v1{path}", json=body, headers=headers) as reply:
        return await reply.json()


async def to_discord(http: aiohttp.ClientSession, discord: DiscordServer, path: str, body: Json) -> Json:
    """One POST of the bot to Discord."""
    headers = {"Authorization": f"Bot {discord.token}"}
    async with http.post(f"{discord.api_url}{path}", json=body, headers=headers) as reply:
        return await reply.json()


async def test_a_job_as_the_api_saw_it(http: aiohttp.ClientSession, stack: Stack, panel: PanelClient) -> None:
    """A row for each request, with the prompt or how far the job is; body and answer on demand."""
    body = {"prompt": "a red fox", "webhookOverride": f"http://127.0.0.1:1/hooks/7/{SIGNATURE}"}
    accepted = await to_api(http, stack, "POST", "/nova/imagine", body)
    await to_api(http, stack, "GET", f"/message/fetch/{accepted['messageId']}")
    rows = await panel.until(
        lambda state: [row for row in state["api"].values() if row["status"] is not None][1:] and state["api"]
    )
    posted, read = rows.values()
    assert (posted["method"], posted["path"], posted["status"], posted["subject"]) == (
        "POST",
        "/nova/imagine",
        200,
        "a red fox",
    )
    assert read["path"] == f"/message/fetch/{accepted['messageId'][:8]}…"
    assert read["subject"].split()[0] in {"SUBMITTED", "QUEUED", "PROCESSING", "DONE"}
    full = await panel.ask("details", side="api", number=posted["number"])
    assert full["answer"]["messageId"] == accepted["messageId"]
    assert full["body"] == {"prompt": "a red fox", "webhookOverride": "http://127.0.0.1:1/hooks/•••"}


async def test_a_cut_connection_is_told(http: aiohttp.ClientSession, stack: Stack, panel: PanelClient) -> None:
    """A request without an answer says so, instead of waiting endlessly."""
    stack.api.faults.choose("down")
    with pytest.raises(aiohttp.ClientError):
        await to_api(http, stack, "GET", "/subscription/account-info")
    await panel.until(lambda state: [row for row in state["api"].values() if row["status"] == "cut"])


async def test_a_request_under_way_is_told(http: aiohttp.ClientSession, stack: Stack, panel: PanelClient) -> None:
    """It is a row as soon as it comes, and the same row has a status later."""
    stack.api.faults.choose("slow-answer", seconds=60)
    async with asyncio.TaskGroup() as group:
        group.create_task(to_api(http, stack, "GET", "/subscription/account-info"))
        [waiting] = await panel.until(lambda state: list(state["api"].values()))
        assert (waiting["status"], waiting["ms"]) == (None, None)
        stack.api.faults.clear()
    [ended] = await panel.until(lambda state: [row for row in state["api"].values() if row["status"] == 200])
    assert ended["number"] == waiting["number"]


async def test_a_message_as_discord_saw_it(http: aiohttp.ClientSession, stack: Stack, panel: PanelClient) -> None:
    """A row with its text, and the buckets it was counted in."""
    channel = stack.discord.world.channel("general")
    await to_discord(http, stack.discord, f"/channels/{channel.id}/messages", {"content": "**Fox**\n-# <@1> · 46 %"})
    [row] = await panel.until(
        lambda state: [row for row in state["discord"].values() if row["path"].endswith("/messages")]
    )
    assert (row["method"], row["path"], row["status"], row["subject"]) == (
        "POST",
        "/channels/…/messages",
        200,
        "Fox · · 46 %",
    )
    limits = await panel.until(lambda state: [each for each in state["discord_limits"] if each["place"] == "#general"])
    assert [(each["route"], each["remaining"], each["limit"]) for each in limits] == [
        ("POST /channels/…/messages", 4, 5)
    ]
    full = await panel.ask("details", side="discord", number=row["number"])
    assert (full["path"], full["answer"]["channel_id"]) == (f"/channels/{channel.id}/messages", channel.id)
    await panel.until(lambda state: state["discord_limits"] == [])


async def test_the_pace_of_the_api_is_told(http: aiohttp.ClientSession, stack: Stack, panel: PanelClient) -> None:
    """After a general request the next has to wait; each progress read counts for a second."""
    assert panel.state["api_limits"] == {"until": None, "reads_left": 10, "reads": 10}
    await to_api(http, stack, "GET", "/subscription/account-info")
    await panel.until(lambda state: state["api_limits"]["until"])
    await to_api(http, stack, "GET", "/message/fetch/none")
    await panel.until(lambda state: state["api_limits"]["reads_left"] == 9)
    await panel.until(lambda state: state["api_limits"] == {"until": None, "reads_left": 10, "reads": 10})


async def test_no_secret_is_told(http: aiohttp.ClientSession, stack: Stack, panel: PanelClient) -> None:
    """Neither keys nor tokens of any kind, in no row, no limit and no answer."""
    server, token = stack.discord, "an-interaction-token"
    await to_api(http, stack, "GET", "/discord/tokens")
    await to_api(
        http, stack, "POST", "/nova/imagine", {"prompt": f"see http://x/hooks/1/{SIGNATURE}", "token": "secret-x"}
    )
    await to_discord(http, server, f"/webhooks/1100000000000000001/{token}", {"content": "late"})
    await to_discord(http, server, f"/interactions/1/{token}/callback", {"type": 5})
    await panel.until(lambda state: any("webhooks" in each["route"] for each in state["discord_limits"]))
    await panel.until(lambda state: any(row["path"].endswith("/callback") for row in state["discord"].values()))
    for side in ("api", "discord"):
        for number in list(panel.state[side]):
            assert (await panel.ask("details", side=side, number=number))["t"] == "done"
    async with panel_at(server.url) as late:
        told = "\n".join([*panel.frames, *late.frames])
    secrets = (KEY, server.token, CREDENTIAL, token, SIGNATURE, "secret-x")
    assert [secret for secret in secrets if secret in told] == []


async def test_odd_bodies_do_no_harm(http: aiohttp.ClientSession, stack: Stack, panel: PanelClient) -> None:
    """Deep, long and unpaired things are cut short, and the panel goes on."""
    deep = "[" * 300 + "]" * 300
    headers = {"Authorization": f"Bearer {KEY}"}
    odd = '{"prompt": "\\ud800", "n": NaN, "big": %s, "deep": %s, "long": "%s", "many": %s}'
    data = odd % (10**30, deep, "x" * 5000, list(range(60)))
    async with http.post(f"{stack.api.url}/api/v1/nova/imagine", data=data, headers=headers) as reply:
        await reply.read()
    [number] = await panel.until(lambda state: list(state["api"]))
    full = (await panel.ask("details", side="api", number=number))["body"]
    assert (full["n"], full["long"][-17:], full["many"][-1]) == ("nan", "(5000 characters)", "… 35 more")
    assert json.dumps(full["deep"]).count("[") < 30


async def test_a_busy_bot_comes_in_bundles(stack: Stack, panel: PanelClient) -> None:
    """Hundreds of requests are a few frames, and no more rows than are kept."""
    request_log = stack.discord.request_log
    known = len(panel.frames)
    for _ in range(900):
        request_log.add(request_log[0])
    newest = request_log.total - 1
    await panel.until(lambda state: newest in state["discord"])
    assert len(panel.frames) - known <= 2
    assert len([number for number in panel.state["discord"] if number >= newest - 899]) == 200


async def test_the_bot_is_told(stack: Stack, panel: PanelClient) -> None:
    """Its process, and what it says."""
    assert panel.state["bot"] == {"state": "running", "pid": stack.bot.pid, "code": None, "lives": 1, "online": True}
    assert f"pid {stack.bot.pid}" in panel.state["log"][0]


async def test_what_is_forgotten_is_refused(panel: PanelClient) -> None:
    """A request that is not kept has no details."""
    for side in ("api", "discord"):
        answer = await panel.ask("details", side=side, number=10_000)
        assert (answer["t"], answer["message"]) == ("error", "This request is no longer kept.")
