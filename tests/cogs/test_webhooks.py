"""Webhooks: jobs are followed by events, which are verified."""

import json
import logging
from collections.abc import AsyncIterator, Awaitable
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from playground.discord_server import Outcome, media, texts
from playground.imaginepro.jobs.job import Job
from playground.imaginepro.jobs.response_bodies import record
from playground.imaginepro.request_log import WebhookDelivery
from playground.process.ports import free_port
from tests.support.stage import Message, Stage, ended, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

RARE_POLLS: dict[str, Any] = {"poll_seconds": 60.0, "search_pause": 3600.0}
"""Polls and searches so rare that every change in a test comes from an event."""


def reachable() -> dict[str, Any]:
    """Settings of a bot with web pages."""
    port = free_port()
    return {"public_url": f"http://127.0.0.1:{port}", "web_port": port}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A bot with webhooks that polls its jobs about once a minute."""
    async with Stage(tmp_path_factory.mktemp("bot"), **reachable(), **RARE_POLLS) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client that sends events."""
    async with aiohttp.ClientSession() as session:
        yield session


async def finished_with_events(stage: Stage, acting: Awaitable[Outcome]) -> Message:
    """The finished reply of a job that is held until the bot follows it, as real jobs are."""
    stage.hold()
    outcome = await acting
    await outcome.wait_for(is_followed)
    stage.release()
    return await outcome.wait_for(ended)


def is_followed(message: Message) -> bool:
    """Whether the reply shows a job that the API has accepted."""
    return "waiting to be started" in texts(message) or percent_of(message) is not None


def job_of(stage: Stage, words: str) -> Job:
    """The only API job with these words in its prompt."""
    [job] = stage.submissions(words)
    return job


def address_of(job: Job) -> str:
    """The job's webhook address."""
    assert job.webhook is not None
    return job.webhook


def delivered(stage: Stage, job: Job) -> list[WebhookDelivery]:
    """The events that the API has sent about the job."""
    return [delivery for delivery in stage.api.deliveries if delivery.body["messageId"] == job.id]


def request_count(stage: Stage, part: str) -> int:
    """The number of GET requests whose path contains this part."""
    return sum(entry.method == "GET" and part in entry.path for entry in stage.api.request_log)


async def post_event(http: aiohttp.ClientSession, address: str, event: object) -> int:
    """The bot's response status to an event."""
    async with http.post(address, json=event) as response:
        return response.status


async def test_a_job_is_followed_by_events(stage: Stage) -> None:
    """A job is followed by events and polled at most three times."""
    assert media(await finished_with_events(stage, stage.imagine("a fox that is reported")))
    job = job_of(stage, "a fox that is reported")
    assert {delivery.status for delivery in delivered(stage, job)} == {200}
    assert request_count(stage, f"/message/fetch/{job.id}") <= 3


async def test_a_failure_arrives_by_event(stage: Stage) -> None:
    """A failure arrives by event, with the API's reason."""
    failed = await finished_with_events(stage, stage.imagine("a fox that fails scenario:fails-at-60"))
    assert "could not make this picture" in texts(failed)


async def test_a_follow_up_is_followed_by_events(stage: Stage) -> None:
    """A follow-up is followed by events at its own webhook address."""
    grid = await finished_with_events(stage, stage.imagine("a fox that is pressed"))
    assert media(await finished_with_events(stage, stage.mia.press(grid, label="U1")))
    first, second = stage.submissions("a fox that is pressed")
    assert address_of(first) != address_of(second)


async def test_an_unconfirmed_job_is_found_by_its_event(stage: Stage) -> None:
    """A job whose answer was lost is found by its first event, without a search, and sent once."""
    stage.api.faults.choose("submit-drops", on="submit")
    assert media(await finished_with_events(stage, stage.imagine("a fox that was lost")))
    assert len(stage.submissions("a fox that was lost")) == 1
    assert request_count(stage, "/images") == 0


async def test_an_unconfirmed_job_is_found_after_a_restart(stage: Stage) -> None:
    """After a restart an unconfirmed job is found by its event, without a search."""
    stage.api.faults.choose("submit-drops", on="submit")
    stage.api._service.queue.pause()
    outcome = await stage.imagine("a fox that waited")
    await outcome.wait_for(lambda message: "so that nothing is paid twice" in texts(message))
    await stage.restart()
    stage.hold()
    stage.api._service.queue.resume()
    await outcome.wait_for(is_followed)
    stage.release()
    assert media(await outcome.wait_for(ended))
    assert request_count(stage, "/images") == 0


async def test_duplicate_events(stage: Stage) -> None:
    """Duplicate events finish the reply once."""
    finished = await finished_with_events(stage, stage.imagine("a fox that is repeated scenario:webhooks-twice"))
    assert media(finished)
    await stage.delivered_record(str(job_of(stage, "a fox that is repeated").ref))
    assert [ended(each) for each in stage.channel.versions(finished["id"])].count(True) == 1


async def test_late_events(stage: Stage, http: aiohttp.ClientSession) -> None:
    """Events repeated in reverse after the end change neither reply nor record."""
    finished = await finished_with_events(stage, stage.imagine("a fox that is over"))
    job = job_of(stage, "a fox that is over")
    before, shown = await stage.delivered_record(str(job.ref)), stage.channel.versions(finished["id"])
    for delivery in reversed(delivered(stage, job)):
        assert await post_event(http, address_of(job), delivery.body) == 200
    # Events are handled in order, so the earlier ones are handled when this job has ended.
    await finished_with_events(stage, stage.imagine("a fox that comes after"))
    assert await stage.store.get(before.id) == before
    assert stage.channel.versions(finished["id"]) == shown


async def test_progress_never_decreases(stage: Stage, http: aiohttp.ClientSession) -> None:
    """An event with a lower percentage than the last one is not shown."""
    stage.hold()
    outcome = await stage.imagine("a fox that climbs")
    await outcome.wait_for(is_followed)
    stage.hold(54)
    await outcome.wait_for(lambda message: percent_of(message) == 54)
    job = job_of(stage, "a fox that climbs")
    for percent in (8, 31, 46):
        assert await post_event(http, address_of(job), record(job) | {"progress": percent}) == 200
    # Events are handled in order, so those above are handled when this job shows its percentage.
    await (await stage.imagine("a fox beside it")).wait_for(lambda message: percent_of(message) == 54)
    stage.release()
    finished = await outcome.wait_for(ended)
    shown = [percent_of(message) or 0 for message in stage.channel.versions(finished["id"])[:-1]]
    assert 54 in shown
    assert shown == sorted(shown)


async def test_a_forged_event_is_ignored(stage: Stage, http: aiohttp.ClientSession) -> None:
    """An event with a wrong signature is answered with 404 and ignored."""
    await finished_with_events(stage, stage.imagine("a fox next door"))
    stage.hold()
    outcome = await stage.imagine("a fox that is envied")
    await outcome.wait_for(is_followed)
    job, other = job_of(stage, "a fox that is envied"), job_of(stage, "a fox next door")
    own, foreign = address_of(job).rpartition("/"), address_of(other).rpartition("/")
    for signature in (foreign[2], own[2][:-1], "x"):
        assert await post_event(http, f"{own[0]}/{signature}", record(job) | {"status": "FAIL", "error": "Ha!"}) == 404
    stage.release()
    assert media(await outcome.wait_for(ended))


async def test_an_event_of_another_job_is_ignored(stage: Stage, http: aiohttp.ClientSession) -> None:
    """An event with another job's id or reference is ignored."""
    stage.hold()
    outcome = await stage.imagine("a fox with a name")
    await outcome.wait_for(is_followed)
    job = job_of(stage, "a fox with a name")
    end = record(job) | {"status": "FAIL", "error": "Ha!"}
    for wrong in ({"messageId": "another"}, {"ref": "another"}):
        assert await post_event(http, address_of(job), end | wrong) == 200
    stage.release()
    assert media(await outcome.wait_for(ended))


async def test_no_address_is_shown_or_logged(
    stage: Stage, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """Webhook addresses are in no log line and no message, even at DEBUG."""
    with caplog.at_level(logging.DEBUG, "bot"), caplog.at_level(logging.DEBUG, "aiohttp.server"):
        await finished_with_events(stage, stage.imagine("a fox that is discreet"))
        await post_event(http, address_of(job_of(stage, "a fox that is discreet")), {})
    signatures = [address_of(job).rpartition("/")[2] for job in stage.api.jobs.values()]
    output = [*stage.log.lines, *(json.dumps(entry.body) for entry in stage.discord.request_log)]
    assert signatures
    assert [line for line in output if "/hooks/" in line or any(signature in line for signature in signatures)] == []
