"""The judge itself: Discord's specification finds mistakes in recorded exchanges and in what the gateway sends."""

from dataclasses import replace
from typing import Any

from playground.discord_server import DiscordServer
from tests.playground.discord_server.conftest import RunBot
from tests.playground.discord_server.raw_clients import Rest
from tests.playground.discord_spec import discord_spec
from tests.playground.specification_judge import Judge, judging


async def test_mistakes_in_requests_and_answers_are_found(rest: Rest, discord_server: DiscordServer) -> None:
    """A right exchange passes; a wrong body, answer or status is named with its route."""
    spec = discord_spec()
    await rest.send(content="x", message_reference={"message_id": 1, "fail_if_not_exists": False})
    right = discord_server.request_log[-1]
    assert spec.complaints([right]) == []
    wrong = [
        replace(right, body={"content": 5}),
        replace(right, response={**right.response, "id": 5}),
        replace(right, status=204),
    ]
    found = [spec.complaints([entry]) for entry in wrong]
    assert [len(each) for each in found] == [1, 1, 1]
    assert found[0][0].startswith("request POST /channels/{channel_id}/messages 200: content: ")
    assert found[1][0].startswith("response POST /channels/{channel_id}/messages 200: id: ")
    assert "the status is not documented" in found[2][0]


async def test_refused_requests_are_not_judged_but_refusals_are(rest: Rest, discord_server: DiscordServer) -> None:
    """What the server refused is wrong on purpose; how it refuses is not."""
    await rest.send(content=5)
    spec, refused = discord_spec(), discord_server.request_log[-1]
    assert spec.complaints([refused]) == []
    wrong = [
        refused.response | {"code": "50035"},
        refused.response | {"errors": {"content": {"_errors": [{"code": 5, "message": "x"}]}}},
    ]
    assert [len(spec.complaints([replace(refused, response=each)])) for each in wrong] == [1, 1]


async def test_events_are_judged(rest: Rest, discord_server: DiscordServer, run_bot: RunBot) -> None:
    """A message that the gateway sends is checked against the specification, and each complaint is noted once."""
    judge = Judge(discord_spec())
    with judging(judge):
        async with run_bot(discord_server):
            message = (await rest.send(content="x")).body
        assert judge.verdict() == []
        judge.event("MESSAGE_UPDATE", message | {"content": None})
        judge.event("MESSAGE_UPDATE", message | {"content": None})
        judge.event("INTERACTION_CREATE", interaction(message | {"flags": "64"}))
    found = judge.verdict()
    assert [each.split(": ")[:2] for each in found] == [
        ["MESSAGE_UPDATE MessageResponse", "content"],
        ["INTERACTION_CREATE MessageResponse", "flags"],
    ]
    assert judge.verdict() == []


def interaction(message: dict[str, Any]) -> dict[str, Any]:
    """An interaction of a direct message with that message."""
    author = message["author"]
    channel = {"id": "1", "type": 1, "flags": 0, "recipients": [author]}
    return {"channel": channel, "user": author, "message": message, "data": {}}
