"""What is noted of a job's reply, on a local Discord."""

from types import SimpleNamespace
from typing import Any

from benchmarks.watching import ReplyRecorder
from playground.discord_server import DiscordServer
from playground.discord_server.messages.compose import MessageContext
from playground.imaginepro import Job, Status
from playground.imaginepro.jobs.prompt import Prompt

PICTURE = "http://127.0.0.1/cdn/fox.png"


def a_job() -> Job:
    """A finished one, with its result's address."""
    job = Job("imagine", "a fox", Prompt("a fox"), (), 40, 10, 1)
    job.move(Status.PROCESSING, 0)
    job.move(Status.PROCESSING, 31)
    job.move(Status.PROCESSING, 46)
    job.move(Status.DONE, 100)
    job.outcome["uri"] = PICTURE
    return job


class Shown:
    """A reply that is given one state after the other."""

    def __init__(self, discord: DiscordServer) -> None:
        self._core, self._channel = discord.core, discord.world.channel("general")
        self.watch = ReplyRecorder(discord)
        frame = MessageContext(self._channel, discord.world.bot, interaction_id="1")
        self._stored = self._core.composer.create(frame, {"content": "in line"}, {})

    def shows(self, **body: Any) -> float:
        """When the reply was given this state."""
        self._core.composer.edit(self._channel, self._stored, body, {})
        return self.watch.versions("1")[-1].time


async def test_a_result_counts_from_when_its_picture_is_shown() -> None:
    """Neither a percentage nor a preview is the result."""
    async with DiscordServer() as discord:
        reply, job = Shown(discord), a_job()
        reply.shows(content="31 %", embeds=[{"image": {"url": "http://127.0.0.1/preview.webp"}}])
        assert reply.watch.finished("1", job) is None
        end = reply.shows(content="done", embeds=[{"image": {"url": PICTURE}}])
        assert reply.watch.finished("1", job) == end


async def test_progress_counts_from_when_it_or_more_is_shown() -> None:
    """One edit may show two changes; what was never shown as such is there with the result."""
    async with DiscordServer() as discord:
        reply, job = Shown(discord), a_job()
        later = reply.shows(content="**38 %**")
        end = reply.shows(content="", embeds=[{"image": {"url": PICTURE}}])
        changes = [moment for moment, status, percent in job.moves if status is Status.PROCESSING and percent]
        assert reply.watch.delays("1", job) == [later - changes[0], end - changes[1]]


async def test_refused_requests_and_edits_are_counted() -> None:
    """Only an edit that was taken is one."""
    async with DiscordServer() as discord:
        watch = ReplyRecorder(discord)
        route = "/channels/{channel_id}/messages/{message_id}"
        for status in (200, 200, 429, 404):
            entry: Any = SimpleNamespace(method="PATCH", route=route, status=status)
            for listener in discord.request_log.listeners:
                listener(entry)
    assert (watch.edits, watch.refused) == (2, 1)
