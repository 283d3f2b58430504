"""The queue and the banned words of the simulated service: what its unpublished calls do is really done."""

import re

import pytest

from playground.imaginepro import PATHS
from playground.imaginepro.jobs.linked_accounts import CREDENTIAL
from tests.playground.imaginepro.client import ApiClient

QUEUE = {"paused": False, "running": 0, "waiting": 0}


async def test_every_path_of_the_settings_is_there_behind_the_key(client: ApiClient):
    """None is answered without the key; with it none is unknown."""
    for endpoint in PATHS.values():
        method, path = endpoint.split()
        path = re.sub(r"\{\w+\}", "1", path)
        assert (await client.call(method, path, key="sk-another")).status == 401
        assert "Cannot" not in (await client.call(method, path, {})).text


async def test_a_paused_queue_begins_nothing(started):
    """Running jobs go on, waiting ones wait until it is resumed, and keep their order."""
    async with started(concurrency=1, speed=60.0) as client:
        running = await client.imagine("the running one")
        await client.until(running, lambda record: record["progress"] > 0)
        assert (await client.call("POST", "/queue/pause")).body["paused"] is True
        waiting = [await client.imagine(f"waiting {number}") for number in range(2)]
        await client.done(running)
        counts = (await client.call("GET", "/queue/count")).body
        assert counts == {"paused": True, "running": 0, "waiting": 2}
        assert {(await client.record(job))["progress"] for job in waiting} == {0}
        assert (await client.call("POST", "/queue/resume")).body["paused"] is False
        await client.until(waiting[0], lambda record: record["progress"] > 0)
        assert (await client.record(waiting[1]))["progress"] == 0
        await client.done(waiting[1])
        assert (await client.call("GET", "/queue/count")).body == QUEUE


async def test_a_waiting_job_of_a_paused_queue_can_be_cancelled(client: ApiClient):
    """A pause is no trap."""
    await client.call("POST", "/queue/pause")
    job = await client.imagine("a fox")
    await client.until(job, lambda record: record["status"] == "QUEUED")
    await client.press(job, "Cancel Job")
    assert (await client.ended(job))["error"] == "The job was cancelled."


async def test_a_reboot_fails_what_runs_and_keeps_what_waits(started):
    """And it ends a pause."""
    async with started(concurrency=1, speed=40.0) as client:
        running = await client.imagine("the running one")
        await client.until(running, lambda record: record["progress"] > 0)
        waiting = await client.imagine("the waiting one")
        await client.call("POST", "/queue/pause")
        assert (await client.call("POST", "/queue/reboot")).body == {"success": True, "stopped": 1}
        record = await client.ended(running)
        assert (record["status"], record["error"]) == ("FAIL", "The queue was restarted.")
        await client.done(waiting)


async def test_a_banned_word_is_refused_until_it_is_removed(client: ApiClient):
    """By the check and at submission, at no price, as a word of its own in any case."""
    words = (await client.call("POST", "/banned-words", {"word": " Teapot "})).body["words"]
    assert "teapot" in words
    before = client.api.credits
    check = (await client.call("POST", "/nova/prompt-check", {"prompt": "a TEAPOT, blue"})).body
    assert check == {"status": "FAIL", "message": "Banned words: teapot"}
    for path in ("/nova/imagine", "/flux/imagine"):
        refusal = await client.call("POST", path, {"prompt": "a TEAPOT, blue"})
        assert (refusal.status, refusal.body["message"]) == (400, "forbidden: The prompt has blocked words: teapot")
    assert (client.api.credits, len(client.api.jobs)) == (before, 0)
    await client.grid("two teapots")
    assert "teapot" not in (await client.call("DELETE", "/banned-words/teapot")).body["words"]
    await client.grid("a teapot")


async def test_a_button_of_an_accepted_picture_is_not_refused(client: ApiClient):
    """Its prompt was accepted before the word was banned."""
    grid = await client.grid("a teapot")
    await client.call("POST", "/banned-words", {"word": "teapot"})
    await client.pressed(grid["messageId"], "U1")


@pytest.mark.parametrize("body", [{}, {"word": ""}, {"word": 5}, {"word": "x" * 101}])
async def test_an_impossible_word_is_not_banned(client: ApiClient, body):
    """Nothing changes."""
    before = (await client.call("GET", "/banned-words")).body
    assert (await client.call("POST", "/banned-words", body)).status == 400
    assert (await client.call("GET", "/banned-words")).body == before


async def test_an_unknown_word_can_not_be_removed(client: ApiClient):
    """404 says so."""
    assert (await client.call("DELETE", "/banned-words/teapot")).status == 404


async def test_the_queue_of_a_linked_account(client: ApiClient):
    """The first account runs the jobs; the body has a credential that the reader has to drop."""
    await client.call("POST", "/queue/pause")
    await client.imagine("a fox")
    first = (await client.call("GET", "/queue/account/1")).body
    assert (first["id"], first["waiting"], first["paused"]) == (1, 1, True)
    assert first["token"].startswith(CREDENTIAL)
    second = (await client.call("GET", "/queue/account/2")).body
    assert second.items() >= QUEUE.items()
    assert (await client.call("GET", "/queue/account/9")).status == 404
