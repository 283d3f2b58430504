"""Faults of Discord: a job's result is still shown."""

from typing import Any

import aiohttp
import discord
import pytest

from playground.discord_server import media, texts
from playground.discord_server.observe.request_log import LoggedRequest
from playground.discord_server.state.channels import Channel
from tests.support.stage import Stage, ended, labels, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

BY_TOKEN = "PATCH /webhooks/{webhook_id}/{token}/messages/{message_id}"
CALLBACK = "POST /interactions/{interaction_id}/{token}/callback"
BY_CHANNEL = "PATCH /channels/{channel_id}/messages/{message_id}"
POST = "POST /channels/{channel_id}/messages"


def edits(stage: Stage, message_id: str, status: int = 200) -> list[str]:
    """The routes of a message's edits that got this status."""
    return [
        f"{entry.method} {entry.route}"
        for entry in stage.discord.request_log
        if entry.method == "PATCH" and entry.status == status and message_id in entry.path
    ]


def refused_requests(stage: Stage, message_id: str) -> list[LoggedRequest]:
    """The requests about a message that Discord refused."""
    return [entry for entry in stage.discord.request_log if entry.status >= 400 and message_id in entry.path]


def remove(channel: Channel, stage: Stage, message_id: str) -> None:
    """Delete a message as a moderator."""
    stage.discord.world.remove(channel, channel.messages[message_id])


async def test_failing_edit_is_repeated(stage: Stage) -> None:
    """After a 500 the reply is edited again and shows its result."""
    stage.discord.faults.refuse_next(BY_TOKEN, 500)
    done = await stage.finished("a fox on a bad day")
    assert media(done)
    assert edits(stage, done["id"], status=500)


async def test_rate_limited_edits_wait(stage: Stage) -> None:
    """After a 429 the edit waits, then shows the newest state and the result."""
    stage.discord.faults.rate_limit_next(BY_TOKEN, 0.15, times=2)
    done = await stage.finished("a fox in a hurry")
    assert media(done)
    assert edits(stage, done["id"], status=429)


async def test_refused_edit_is_skipped(stage: Stage) -> None:
    """A refused progress edit is skipped, and the next one is shown."""
    stage.hold(15)
    outcome = await stage.imagine("a fox with a refused edit")
    running = await outcome.wait_for(lambda message: percent_of(message) == 15)
    stage.discord.faults.refuse_next(BY_TOKEN, 403, code=50999)
    stage.hold(31)
    await stage.wait_until(lambda: bool(edits(stage, running["id"], status=403)))
    stage.hold(46)
    assert await outcome.wait_for(lambda message: percent_of(message) == 46)
    stage.release()
    assert media(await outcome.wait_for(ended))


async def test_refused_picture_is_linked(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """When Discord refuses the file, the finished reply links the original."""
    outcome = await stage.imagine("a fox too heavy")
    monkeypatch.setattr(stage.discord.world.guild, "attachment_limit", 100)
    done = await outcome.wait_for(ended)
    assert media(done) == []
    assert "could not be uploaded here; open the original" in texts(done)
    assert "[original](<" in texts(done)
    assert "U2" in labels(done)


@pytest.mark.parametrize(("status", "code"), [(403, 50999), (400, 0), (401, 0), (404, 10062)])
async def test_an_unknown_refusal_of_the_token_leads_to_the_channel(stage: Stage, status: int, code: int) -> None:
    """For any reason that is not known the same message is edited by the channel, progress and result alike."""
    stage.hold()
    outcome = await stage.imagine(f"a fox refused with {status}")
    running = await outcome.wait_for(percent_of)
    stage.discord.faults.refuse_next(BY_TOKEN, status, code=code, times=100)
    stage.hold(46)
    assert await outcome.wait_for(lambda message: percent_of(message) == 46)
    stage.release()
    done = await stage.channel.wait_for(lambda message: message["id"] == running["id"] and ended(message))
    assert media(done)
    assert edits(stage, done["id"])[-1] == BY_CHANNEL
    # Once for the progress, once for the ending.
    assert len(edits(stage, done["id"], status=status)) == 2


async def test_an_unknown_refusal_of_the_last_edit_leads_to_the_channel(stage: Stage) -> None:
    """Also when the token is refused only at the end, with the result's file."""
    stage.hold()
    outcome = await stage.imagine("a fox refused at the end")
    running = await outcome.wait_for(percent_of)
    stage.release()
    stage.discord.faults.refuse_next(BY_TOKEN, 403, code=50999, times=100)
    done = await stage.channel.wait_for(lambda message: message["id"] == running["id"] and ended(message))
    assert media(done)


@pytest.mark.parametrize("refused", [(BY_TOKEN, BY_CHANNEL), (BY_TOKEN, BY_CHANNEL, POST)], ids=["post", "dm"])
async def test_unknown_refusals_lead_to_another_message(stage: Stage, refused: tuple[str, ...]) -> None:
    """When the channel's edit is refused as well a new message is posted there, and then a direct message."""
    stage.hold()
    outcome = await stage.imagine(f"a fox with {len(refused)} refusals scenario:fails-at-60")
    running = await outcome.wait_for(percent_of)
    for route in refused:
        # The post in the channel is the first of the two.
        stage.discord.faults.refuse_next(route, 403, code=50999, times=1 if route == POST else 100)
    stage.release()
    [remote] = stage.submissions(f"a fox with {len(refused)} refusals")
    record = await stage.delivered_record(remote.submitted["ref"])
    assert record.reply.in_dm is (POST in refused)
    assert str(record.reply.message_id) != running["id"]
    shown = (stage.mia.dm if record.reply.in_dm else stage.channel).messages[str(record.reply.message_id)]
    assert ended(shown.message)


async def test_an_ending_that_is_refused_everywhere_is_logged(stage: Stage) -> None:
    """When Discord refuses every way, the job still ends."""
    stage.hold()
    outcome = await stage.imagine("a fox Discord does not want scenario:fails-at-60")
    await outcome.wait_for(percent_of)
    for route in (BY_TOKEN, BY_CHANNEL, POST):
        stage.discord.faults.refuse_next(route, 403, code=50999, times=100)
    stage.release()
    [remote] = stage.submissions("a fox Discord does not want")
    assert (await stage.delivered_record(remote.submitted["ref"])).state == "failed"
    assert any("an ended job has no reply left" in line for line in stage.log.lines)


async def test_expired_token_falls_back_to_the_channel(stage: Stage) -> None:
    """After the interaction token expires, the same message is edited through its channel."""
    stage.hold()
    outcome = await stage.imagine("a slow fox outliving its token")
    running = await outcome.wait_for(percent_of)
    stage.discord.faults.expire_tokens()
    stage.release()
    done = await stage.channel.wait_for(lambda message: message["id"] == running["id"] and ended(message))
    assert media(done)
    assert edits(stage, done["id"])[0] == BY_TOKEN
    assert edits(stage, done["id"])[-1] == BY_CHANNEL


async def test_job_with_a_deleted_reply_ends(stage: Stage) -> None:
    """A job whose reply is deleted still ends, and no new reply is posted in the channel."""
    stage.hold()
    outcome = await stage.imagine("a fox nobody wants to see")
    running = await outcome.wait_for(percent_of)
    remove(stage.channel, stage, running["id"])
    stage.release()
    [remote] = stage.submissions("a fox nobody wants to see")
    settled = await stage.delivered_record(remote.submitted["ref"])
    assert settled.state == "done"
    assert [each for each in stage.channel.messages.values() if each.interaction_id == outcome.id] == []


async def test_deleted_reply_is_not_edited_again(stage: Stage) -> None:
    """A deleted reply causes at most two failing edits."""
    stage.hold()
    outcome = await stage.imagine("a fox gone early")
    running = await outcome.wait_for(percent_of)
    remove(stage.channel, stage, running["id"])
    stage.release()
    [remote] = stage.submissions("a fox gone early")
    await stage.delivered_record(remote.submitted["ref"])
    assert len(edits(stage, running["id"], status=404)) <= 2


async def test_no_reply_starts_no_job(stage: Stage) -> None:
    """When Discord refuses the first reply, no job is submitted and none stays in the store."""
    stage.discord.faults.refuse_next(CALLBACK, 404, code=10062)
    outcome = await stage.mia.slash(stage.channel, "imagine", prompt="a fox without a reply")
    assert "so nothing was started. Try again." in await stage.private_reply(outcome)
    assert stage.submissions("a fox without a reply") == []
    assert await stage.store.unfinished() == []


async def test_lost_connection_starts_no_job(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that breaks during the first reply starts no job either."""
    answer = discord.InteractionResponse.send_message
    lost = [aiohttp.ServerDisconnectedError()]

    async def breaking(response: Any, *args: Any, **options: Any) -> Any:
        if lost:
            raise lost.pop()
        return await answer(response, *args, **options)

    monkeypatch.setattr(discord.InteractionResponse, "send_message", breaking)
    outcome = await stage.mia.slash(stage.channel, "imagine", prompt="a fox cut off")
    assert "so nothing was started. Try again." in await stage.private_reply(outcome)
    assert await stage.store.unfinished() == []


async def test_gateway_reconnect_during_a_job(stage: Stage) -> None:
    """After a gateway disconnect during a job the reply continues and the next command works."""
    stage.hold()
    outcome = await stage.imagine("a fox through a tunnel")
    await outcome.wait_for(percent_of)
    await stage.discord.faults.drop_gateway()
    stage.release()
    assert media(await outcome.wait_for(ended))
    assert media(await stage.finished("a fox behind the tunnel"))


async def test_final_edit_is_made_after_a_restart(stage: Stage) -> None:
    """A final edit that Discord does not accept is made by the next process on the same message."""
    stage.hold()
    outcome = await stage.imagine("a fox in a long night")
    running = await outcome.wait_for(percent_of)
    stage.discord.faults.refuse_next(BY_TOKEN, 403, code=40333, times=10_000)
    stage.release()
    await stage.wait_until(
        lambda: any("picture" in str(entry.files) for entry in refused_requests(stage, running["id"]))
    )
    await stage.restart()
    stage.discord.faults.clear()
    assert media(await outcome.wait_for(ended))
    assert len(stage.submissions("a fox in a long night")) == 1
