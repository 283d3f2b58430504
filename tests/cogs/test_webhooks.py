"""A bot that the API can reach: it hears how its jobs stand, and trusts what it hears no further than it must."""

import json
import logging
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.store import JobState
from playground.discord_server import Outcome, media, texts
from playground.imaginepro.jobs import Job
from playground.imaginepro.journal import Delivery
from playground.imaginepro.wire import record
from playground.ports import free_port
from tests.support.stage import Message, Stage, ended, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

RARE: dict[str, Any] = {"poll_seconds": 60.0, "search_pause": 3600.0}
"""So seldom that whatever happens in a test was brought about by an event."""


def reachable() -> dict[str, Any]:
    """Settings of a bot with a web side."""
    port = free_port()
    return {"public_url": f"http://127.0.0.1:{port}", "web_port": port}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot that looks at its jobs by itself about once a minute."""
    async with Stage(tmp_path_factory.mktemp("bot"), **reachable(), **RARE) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Whoever sends events."""
    async with aiohttp.ClientSession() as session:
        yield session


async def carried(stage: Stage, acting: Awaitable[Outcome]) -> Message:
    """The ended reply of what was asked for; the job ends only once it is followed, as it does in real life."""
    stage.hold()
    outcome = await acting
    await outcome.wait_for(followed)
    stage.release()
    return await outcome.wait_for(ended)


def followed(message: Message) -> bool:
    """Whether the reply shows a job that the API has begun, or will."""
    return "waiting to be started" in texts(message) or percent_of(message) is not None


def job_of(stage: Stage, words: str) -> Job:
    """The only job at the API with these words."""
    [job] = stage.submissions(words)
    return job


def address_of(job: Job) -> str:
    """Where its events go."""
    assert job.webhook is not None
    return job.webhook


def delivered(stage: Stage, job: Job) -> list[Delivery]:
    """The events of the job that were sent so far."""
    return [delivery for delivery in stage.api.deliveries if delivery.body["messageId"] == job.id]


def asked(stage: Stage, part: str) -> int:
    """How often the bot has asked the API for an address with this part."""
    return sum(entry.method == "GET" and part in entry.path for entry in stage.api.journal)


async def posted(http: aiohttp.ClientSession, address: str, event: object) -> int:
    """The status that an event is answered with."""
    async with http.post(address, json=event) as response:
        return response.status


async def test_a_job_lives_from_its_events(stage: Stage) -> None:
    """Its percentages and its end come as events; it is read once when it begins and once when it has ended."""
    assert media(await carried(stage, stage.imagine("a fox that is reported")))
    job = job_of(stage, "a fox that is reported")
    assert {delivery.status for delivery in delivered(stage, job)} == {200}
    assert asked(stage, f"/message/fetch/{job.id}") <= 3


async def test_a_failure_comes_by_event(stage: Stage) -> None:
    """With the API's own reason."""
    failed = await carried(stage, stage.imagine("a fox that fails scenario:fails-at-60"))
    assert "could not make this picture" in texts(failed)


async def test_a_follow_up_lives_from_its_events(stage: Stage) -> None:
    """Buttons have an address of their own."""
    grid = await carried(stage, stage.imagine("a fox that is pressed"))
    assert media(await carried(stage, stage.mia.press(grid, label="U1")))
    first, second = stage.submissions("a fox that is pressed")
    assert address_of(first) != address_of(second)


async def test_a_job_whose_answer_was_lost_names_itself(stage: Stage) -> None:
    """The history is not asked, and nothing is sent twice."""
    stage.api.control.choose("submit-drops", on="submit")
    assert media(await carried(stage, stage.imagine("a fox that was lost")))
    assert len(stage.submissions("a fox that was lost")) == 1
    assert asked(stage, "/images") == 0


async def test_a_lost_job_names_itself_to_the_next_process(stage: Stage) -> None:
    """The bot was started again while it searched."""
    stage.api.control.choose("submit-drops", on="submit")
    stage.api._service.queue.pause()
    outcome = await stage.imagine("a fox that waited")
    await outcome.wait_for(lambda message: "so that nothing is paid twice" in texts(message))
    await stage.restart()
    stage.hold()
    stage.api._service.queue.resume()
    await outcome.wait_for(followed)
    stage.release()
    assert media(await outcome.wait_for(ended))
    assert asked(stage, "/images") == 0


async def test_events_that_come_twice(stage: Stage) -> None:
    """The reply ends once, as if each had come once."""
    finished = await carried(stage, stage.imagine("a fox that is repeated scenario:webhooks-twice"))
    assert media(finished)
    await stage.delivered_record(str(job_of(stage, "a fox that is repeated").ref))
    assert [ended(each) for each in stage.channel.versions(finished["id"])].count(True) == 1


async def test_events_that_come_late(stage: Stage, http: aiohttp.ClientSession) -> None:
    """All of a job's events once more, the last one first: the reply and the record stay as they are."""
    finished = await carried(stage, stage.imagine("a fox that is over"))
    job = job_of(stage, "a fox that is over")
    before, shown = await stage.delivered_record(str(job.ref)), stage.channel.versions(finished["id"])
    for delivery in reversed(delivered(stage, job)):
        assert await posted(http, address_of(job), delivery.body) == 200
    # What was sent before it has been taken up when this job has ended.
    await carried(stage, stage.imagine("a fox that comes after"))
    assert await stage.store.get(before.id) == before
    assert stage.channel.versions(finished["id"]) == shown


async def test_progress_never_falls(stage: Stage, http: aiohttp.ClientSession) -> None:
    """An event that was overtaken by a later one is not shown."""
    stage.hold()
    outcome = await stage.imagine("a fox that climbs")
    await outcome.wait_for(followed)
    stage.hold(54)
    await outcome.wait_for(lambda message: percent_of(message) == 54)
    job = job_of(stage, "a fox that climbs")
    for percent in (8, 31, 46):
        assert await posted(http, address_of(job), record(job) | {"progress": percent}) == 200
    # Events are taken up in their order: those above have been when this job's are shown.
    await (await stage.imagine("a fox beside it")).wait_for(lambda message: percent_of(message) == 54)
    stage.release()
    finished = await outcome.wait_for(ended)
    shown = [percent_of(message) or 0 for message in stage.channel.versions(finished["id"])[:-1]]
    assert 54 in shown
    assert shown == sorted(shown)


async def test_a_forged_event_changes_nothing(stage: Stage, http: aiohttp.ClientSession) -> None:
    """With another job's signature, a cut one or none it is not even read."""
    await carried(stage, stage.imagine("a fox next door"))
    stage.hold()
    outcome = await stage.imagine("a fox that is envied")
    await outcome.wait_for(followed)
    job, other = job_of(stage, "a fox that is envied"), job_of(stage, "a fox next door")
    own, foreign = address_of(job).rpartition("/"), address_of(other).rpartition("/")
    for signature in (foreign[2], own[2][:-1], "x"):
        assert await posted(http, f"{own[0]}/{signature}", record(job) | {"status": "FAIL", "error": "Ha!"}) == 404
    stage.release()
    assert media(await outcome.wait_for(ended))


async def test_an_event_of_another_job_changes_nothing(stage: Stage, http: aiohttp.ClientSession) -> None:
    """Sent to the right address, with another id or another reference."""
    stage.hold()
    outcome = await stage.imagine("a fox with a name")
    await outcome.wait_for(followed)
    job = job_of(stage, "a fox with a name")
    end = record(job) | {"status": "FAIL", "error": "Ha!"}
    for wrong in ({"messageId": "another"}, {"ref": "another"}):
        assert await posted(http, address_of(job), end | wrong) == 200
    stage.release()
    assert media(await outcome.wait_for(ended))


async def test_no_address_is_shown_or_logged(
    stage: Stage, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever has happened here so far, and with every line of the bot's and the web server's logs."""
    with caplog.at_level(logging.DEBUG, "bot"), caplog.at_level(logging.DEBUG, "aiohttp.server"):
        await carried(stage, stage.imagine("a fox that is discreet"))
        await posted(http, address_of(job_of(stage, "a fox that is discreet")), {})
    signatures = [address_of(job).rpartition("/")[2] for job in stage.api.jobs.values()]
    said = [*stage.log.lines, *(json.dumps(entry.body) for entry in stage.discord.journal)]
    assert len(signatures) > 5
    assert [line for line in said if "/hooks/" in line or any(signature in line for signature in signatures)] == []


async def test_events_that_are_too_large_or_too_many(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    """They are refused, the job's own as well from then on; it is read, and ends all the same."""
    async with Stage(tmp_path, **reachable()) as stage:
        stage.hold()
        outcome = await stage.imagine("a fox in a flood")
        await outcome.wait_for(lambda message: percent_of(message) == 15)
        job = job_of(stage, "a fox in a flood")
        assert await posted(http, address_of(job), record(job) | {"error": "x" * 65536}) == 413
        statuses = [await posted(http, address_of(job), record(job)) for _ in range(100)]
        assert (statuses[0], statuses[-1]) == (200, 429)
        stage.release()
        assert media(await outcome.wait_for(ended))
        await stage.wait_until(lambda: delivered(stage, job)[-1].body["status"] == "DONE")
        assert delivered(stage, job)[-1].status == 429


async def test_a_job_without_events_is_read(tmp_path: Path) -> None:
    """Nothing reaches the bot from outside, and everything works as without a web side."""
    async with Stage(tmp_path, **reachable()) as stage:
        assert media(await stage.finished("a fox nobody reports scenario:no-webhooks"))
        stage.api.control.choose("submit-drops", on="submit")
        stage.api.control.choose("no-webhooks")
        assert media(await stage.finished("another fox nobody reports"))
        assert stage.api.deliveries == []
        assert asked(stage, "/images") > 0
        assert {job.state for job in await stage.store.unfinished()} <= {JobState.DONE}
