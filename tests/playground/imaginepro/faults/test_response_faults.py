"""Scenarios that strike requests, by what the client gets."""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.playground.imaginepro.client import ApiClient
from tests.playground.imaginepro.conftest import Clock

MODERATOR = "Our AI moderator thinks this prompt is probably against our community standards"
FILTERS = "Request cancelled due to image filters"
BLOCKED = "forbidden: The prompt has blocked words"

REFUSALS = {
    "key-refused": (401, "Unauthorized"),
    "credits-used-up": (401, "enough credits"),
    "queue-full": (403, "maximum number of jobs being queued"),
    "prompt-refused": (400, MODERATOR),
    "prompt-refused-filters": (400, FILTERS),
    "prompt-refused-words": (400, BLOCKED),
    "bad-request": (400, "malformed"),
    "rate-limited": (429, "Too many requests"),
    "html-500": (500, "<h1>"),
    "empty-500": (500, ""),
    "success-false": (200, '"success": false'),
}


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("way", ["word", "control"])
async def test_submissions_are_refused(client: ApiClient, name: str, way: str):
    """No job is created, whether a prompt names the fault or it is chosen from outside."""
    status, text = REFUSALS[name]
    prompt = "a fox" if way == "control" else f"a fox scenario:{name}"
    if way == "control":
        client.api.faults.choose(name)
    reply = await client.call("POST", "/nova/imagine", {"prompt": prompt})
    assert reply.status == status
    assert text in reply.text
    assert not client.api.jobs


async def test_a_refused_key_is_refused_by_account_info_too(client: ApiClient):
    """A client that asks the account why it was refused hears the same."""
    client.api.faults.choose("key-refused")
    replies = [
        await client.call("GET", "/nova/images"),
        *[await client.call("GET", "/subscription/account-info") for _ in "ab"],
    ]
    assert [reply.status for reply in replies] == [401, 401, 200]


async def test_used_up_credits_show_in_the_account_until_cleared(client: ApiClient):
    """Account Info shows 0, and the old balance once the scenario is cleared."""
    client.api.faults.choose("credits-used-up")
    empty = (await client.call("GET", "/subscription/account-info")).body["credits"]
    client.api.faults.clear()
    full = (await client.call("GET", "/subscription/account-info")).body["credits"]
    assert (empty, full) == (0, 1600)


async def test_used_up_credits_named_in_a_prompt_come_back(client: ApiClient, clock: Clock):
    """Named in a prompt, the account is empty for a limited time only."""
    body = {"prompt": "a fox scenario:credits-used-up=7"}
    assert (await client.call("POST", "/nova/imagine", body)).status == 401
    for credits_, wait in ((0, 6), (0, 1), (1600, 0)):
        assert (await client.call("GET", "/subscription/account-info")).body["credits"] == credits_
        clock.now += wait
    assert (await client.call("POST", "/nova/imagine", {"prompt": "a fox"})).status == 200


@pytest.mark.parametrize("name", ["rate-limited", "submit-drops", "submit-lost"])
async def test_some_scenarios_strike_a_prompt_once(client: ApiClient, name: str):
    """The same prompt sent again goes through, so that a retry can be seen to work."""
    body = {"prompt": f"a fox scenario:{name}"}
    outcomes = [await outcome(client, body) for _ in range(2)]
    assert outcomes[0] in {429, "cut"}
    assert outcomes[1] == 200


async def outcome(client: ApiClient, body: dict[str, Any]) -> int | str:
    """The status of a submission, or that it was cut."""
    try:
        return (await client.call("POST", "/nova/imagine", body)).status
    except aiohttp.ClientError:
        return "cut"


async def test_a_dropped_submission_has_created_its_job(client: ApiClient):
    """The connection is cut, yet the job runs, is paid for and shows in the history."""
    client.api.faults.choose("submit-drops")
    assert await outcome(client, {"prompt": "a fox"}) == "cut"
    (job,) = client.api.jobs
    await client.done(job)
    history = (await client.call("GET", "/nova/images")).body["images"]
    assert ([item["id"] for item in history], client.api.credits) == ([job], 1590)
    assert client.api.request_log[0].status is None


async def test_a_lost_submission_has_created_none(client: ApiClient):
    """The connection is cut before anything was done."""
    client.api.faults.choose("submit-lost")
    assert await outcome(client, {"prompt": "a fox"}) == "cut"
    assert (len(client.api.jobs), client.api.credits) == (0, 1600)


@pytest.mark.parametrize("name", ["submit-times-out", "slow-answer"])
async def test_a_late_answer_leaves_a_job_behind(client: ApiClient, name: str):
    """The client gives up, the job exists."""
    client.api.faults.choose(name, seconds=600)
    waiting = asyncio.create_task(client.call("POST", "/nova/imagine", {"prompt": "a fox"}))
    while not client.api.jobs:  # noqa: ASYNC110 - whoever makes it knows nothing of us
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert [job.prompt for job in client.api.jobs.values()] == ["a fox"]
    await client.done(next(iter(client.api.jobs)))


async def test_a_slow_answer_arrives_when_told_to(client: ApiClient):
    """The delay can be chosen."""
    client.api.faults.choose("slow-answer", seconds=0.05)
    assert (await client.call("GET", "/subscription/account-info")).status == 200


async def test_a_slow_answer_arrives_when_all_is_back_to_normal(client: ApiClient):
    """Clearing the fault releases the requests that it delays."""
    client.api.faults.choose("slow-answer", seconds=600)
    waiting = asyncio.create_task(client.call("POST", "/nova/imagine", {"prompt": "a fox"}))
    while not client.api.jobs:  # noqa: ASYNC110 - whoever makes it knows nothing of us
        await asyncio.sleep(0)
    assert not waiting.done()
    client.api.faults.clear()
    assert (await waiting).status == 200


async def test_other_2xx_answers(client: ApiClient):
    """201 with the usual body."""
    client.api.faults.choose("answers-201")
    reply = await client.call("POST", "/nova/imagine", {"prompt": "a fox"})
    assert (reply.status, reply.body["success"]) == (201, True)


async def test_an_unknown_job_cannot_be_read(client: ApiClient):
    """404 as often as chosen, then the record."""
    job = await client.imagine("a fox")
    client.api.faults.choose("unknown-job", times=2)
    assert [(await client.call("GET", f"/message/fetch/{job}")).status for _ in range(3)] == [404, 404, 200]
    client.api.faults.choose("unknown-job-400")
    assert [(await client.call("GET", f"/message/fetch/{job}")).status for _ in range(2)] == [400, 200]
    client.api.faults.choose("unknown-job-200")
    assert (await client.record(job)) == {"success": False, "message": "Message not found"}


async def test_a_job_can_stay_unknown(client: ApiClient):
    """Named in the prompt, every read of that job answers 404."""
    job = await client.imagine("a fox scenario:unknown-job")
    assert [(await client.call("GET", f"/message/fetch/{job}")).status for _ in range(3)] == [404] * 3


async def test_an_old_job_has_dead_buttons(client: ApiClient):
    """The record is there, its buttons answer 400."""
    grid = await client.grid("a fox scenario:too-old")
    reply = await client.call("POST", "/nova/button", {"messageId": grid["messageId"], "button": "U1"})
    assert (reply.status, "too old" in reply.body["message"]) == (400, True)


@pytest.mark.parametrize(("name", "status"), [("not-readable-at-once", 404), ("not-valid-at-once", 400)])
async def test_a_job_is_not_readable_at_once(client: ApiClient, name: str, status: int):
    """An error at first, then the record."""
    client.api.faults.choose(name, seconds=600)
    job = await client.imagine("a fox")
    assert (await client.call("GET", f"/message/fetch/{job}")).status == status
    client.api.jobs[job].created_at -= 600
    await client.done(job)


async def test_trouble_can_be_aimed_at_progress(client: ApiClient):
    """`on` moves a scenario to one kind of request."""
    client.api.faults.choose("html-500", on="progress")
    job = await client.imagine("a fox")
    assert [(await client.call("GET", f"/message/fetch/{job}")).status for _ in range(2)] == [500, 200]


async def test_down_cuts_every_connection_for_a_while(client: ApiClient, clock: Clock):
    """The API is away, pictures and the control endpoints are not; jobs go on meanwhile."""
    grid = await client.grid("a fox")
    job = await client.imagine("a fox")
    client.api.faults.choose("down", seconds=90)
    with pytest.raises(aiohttp.ClientError):
        await client.call("GET", f"/message/fetch/{job}")
    assert (await client.picture(grid["uri"])).width == 160
    assert (await client.control("GET", "state")).body["chosen"][0]["name"] == "down"
    clock.now += 89
    with pytest.raises(aiohttp.ClientError):
        await client.call("GET", f"/message/fetch/{job}")
    clock.now += 2
    await client.done(job)


async def test_down_in_mid_job_begins_there(client: ApiClient, clock: Clock):
    """Named in a prompt the outage begins at 31 %, lasts for its seconds, and the job finishes."""
    job = await client.imagine("a fox scenario:down-503=30")
    await client.until(job, lambda _: client.api.faults.outage is not None)
    reply = await client.call("GET", "/subscription/account-info")
    assert (reply.status, reply.text) == (503, "upstream unavailable")
    assert client.api.jobs[job].progress >= 31
    clock.now += 31
    await client.done(job)
