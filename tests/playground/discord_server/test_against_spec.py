"""The judge itself: Discord's specification finds mistakes in recorded exchanges."""

from dataclasses import replace

from playground.discord_server import DiscordServer
from tests.playground.discord_server.raw import Rest
from tests.playground.discord_spec import discord_spec


async def test_mistakes_in_requests_and_answers_are_found(rest: Rest, discord_server: DiscordServer) -> None:
    """A right exchange passes; a wrong body, answer or status is named with its route."""
    spec = discord_spec()
    await rest.send(content="x", message_reference={"message_id": 1, "fail_if_not_exists": False})
    right = discord_server.journal[-1]
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


async def test_refused_requests_are_not_judged(rest: Rest, discord_server: DiscordServer) -> None:
    """What the server refused is wrong on purpose."""
    await rest.send(content=5)
    assert discord_spec().complaints(discord_server.journal) == []
