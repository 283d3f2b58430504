"""Every scenario by its effect on the wire."""

import asyncio
from typing import Any

import aiohttp
import pytest

from playground.imaginepro import CATALOGUE
from tests.playground.imaginepro.client import ApiClient

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
FAILURES = {
    "fails-at-60": "Something went wrong",
    "moderated-late": FILTERS,
    "small-fail": FILTERS,
}
# What a finished record of such a job must look like.
FINISHED: dict[str, Any] = {
    "missing-status": lambda r: "status" not in r and "images" not in r and r["progress"] == 100 and r["uri"],
    "missing-progress": lambda r: "progress" not in r and r["status"] == "DONE",
    "progress-as-text": lambda r: r["progress"] == "100",
    "progress-as-percent": lambda r: r["progress"] == "100%",
    "no-buttons": lambda r: "buttons" not in r and r["status"] == "DONE",
    "unknown-buttons": lambda r: {"U1", "🪄 Enchant", "Web"} < set(r["buttons"]),
    "many-buttons": lambda r: len(r["buttons"]) == 39,
    "either-parent-spelling": lambda r: r["originalMessageId"] and "originatingMessageId" not in r,
    "no-message-id": lambda r: "messageId" not in r and r["status"] == "DONE",
    "done-without-uri": lambda r: r["status"] == "DONE" and r["progress"] == 100 and "uri" not in r,
    "extra-fields": lambda r: r["meta"]["model"] == "v7" and r["content"] is None and isinstance(r["success"], str),
    "offset-times": lambda r: r["createdAt"].endswith("+00:00") and "." not in r["createdAt"],
}
ELSEWHERE = {
    "unknown-job", "too-old", "not-readable-at-once", "slow-answer", "submit-times-out", "submit-drops",
    "submit-lost", "down", "down-503", "never-ends", "stalls-at-46", "cancel-ignored", "unknown-status",
    "cancel-listed", "picture-gone", "picture-too-big", "answers-201", "no-webhooks", "webhooks-twice",
}  # fmt: skip


def finished(client: ApiClient, job: str) -> bool:
    """Whether the service itself holds the job for done."""
    return client.api.jobs[job].status.terminal


def test_every_scenario_is_tested():
    """A scenario added without a test is noticed."""
    assert {*REFUSALS, *FAILURES, *FINISHED, *ELSEWHERE} == set(CATALOGUE)


@pytest.mark.parametrize("name", REFUSALS)
@pytest.mark.parametrize("way", ["word", "control"])
async def test_submissions_are_refused(client: ApiClient, name: str, way: str):
    """No job comes of it, whether a prompt names the scenario or it is chosen from outside."""
    status, text = REFUSALS[name]
    prompt = "a fox" if way == "control" else f"a fox scenario:{name}"
    if way == "control":
        client.api.control.choose(name)
    reply = await client.call("POST", "/nova/imagine", {"prompt": prompt})
    assert reply.status == status
    assert text in reply.text
    assert not client.api.jobs


async def test_a_refused_key_is_refused_by_account_info_too(client: ApiClient):
    """A client that asks the account why it was refused hears the same."""
    client.api.control.choose("key-refused")
    replies = [
        await client.call("GET", "/nova/images"),
        *[await client.call("GET", "/subscription/account-info") for _ in "ab"],
    ]
    assert [reply.status for reply in replies] == [401, 401, 200]


async def test_used_up_credits_show_in_the_account_until_cleared(client: ApiClient):
    """Account Info shows 0, and the old balance once the scenario is cleared."""
    client.api.control.choose("credits-used-up")
    empty = (await client.call("GET", "/subscription/account-info")).body["credits"]
    client.api.control.clear()
    full = (await client.call("GET", "/subscription/account-info")).body["credits"]
    assert (empty, full) == (0, 1600)


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


@pytest.mark.parametrize("name", FAILURES)
async def test_jobs_fail_with_status_200(client: ApiClient, name: str):
    """FAIL and Midjourney's text in the record."""
    record = await client.ended(await client.imagine(f"a fox scenario:{name}"))
    assert record["status"] == "FAIL"
    assert FAILURES[name] in record["error"]


async def test_a_failure_at_60_gets_as_far_as_60(client: ApiClient):
    """The record of the failed job says how far it came and has no picture."""
    record = await client.ended(await client.imagine("a fox scenario:fails-at-60"))
    assert (record["progress"], "uri" in record) == (60, False)


async def test_a_small_failure_has_two_fields(client: ApiClient):
    """Status and error only."""
    assert await client.ended(await client.imagine("a fox scenario:small-fail")) == {"status": "FAIL", "error": FILTERS}


@pytest.mark.parametrize("name", FINISHED)
async def test_records_depart_from_the_usual_shape(client: ApiClient, name: str):
    """The finished record shows what the scenario promises."""
    job = await client.imagine(f"a fox scenario:{name}")
    record = await client.until(job, lambda _: finished(client, job))
    assert FINISHED[name](record)


async def test_unknown_buttons_cannot_be_pressed(client: ApiClient):
    """An odd label is shown, but the simulation has nothing behind it."""
    grid = await client.grid("a fox scenario:unknown-buttons")
    reply = await client.call("POST", "/nova/button", {"messageId": grid["messageId"], "button": "🪄 Enchant"})
    assert reply.status == 400


async def test_buttons_take_over_the_shape(client: ApiClient):
    """A job started from such a job has the same oddity."""
    grid = await client.grid("a fox scenario:progress-as-percent")
    single = await client.pressed(grid["messageId"], "U1")
    assert single["progress"] == "100%"


async def test_a_scenario_can_wait_for_the_button(client: ApiClient):
    """`button-scenario:` strikes the jobs that buttons start."""
    grid = await client.grid("a fox button-scenario:fails-at-60")
    record = await client.ended(await client.press(grid["messageId"], "U1"))
    assert record["status"] == "FAIL"


async def test_an_unknown_status_ends_as_done(client: ApiClient):
    """Until then the status is one nobody knows."""
    job = await client.imagine("a fox scenario:unknown-status")
    assert (await client.record(job))["status"] == "WARMING_UP"
    assert (await client.done(job))["uri"]


async def test_cancel_is_listed_while_running(client: ApiClient):
    """The running record offers Cancel Job."""
    job = await client.imagine("a fox scenario:cancel-listed")
    assert (await client.record(job))["buttons"] == ["Cancel Job"]


async def test_an_ignored_cancel_changes_nothing(started):
    """Accepted, and the picture comes all the same."""
    async with started(speed=50.0) as client:
        job = await client.imagine("a fox scenario:cancel-ignored")
        await client.press(job, "Cancel Job")
        assert (await client.done(job))["uri"]


async def test_a_job_that_never_ends_outlives_its_timeout(client: ApiClient):
    """It stays at 93 %, and can be cancelled."""
    job = await client.imagine("a fox scenario:never-ends", timeout=40)
    await client.until(job, lambda record: record["progress"] == 93)
    await client.grid("another, which takes as long as that timeout and more")
    assert (await client.record(job))["status"] == "PROCESSING"
    await client.press(job, "Cancel Job")
    assert (await client.ended(job))["status"] == "FAIL"


async def test_a_stalled_job_ends_at_its_timeout(client: ApiClient):
    """46 % is as far as it comes."""
    record = await client.ended(await client.imagine("a fox scenario:stalls-at-46", timeout=40))
    assert (record["status"], record["progress"]) == ("FAIL", 46)


async def test_a_dropped_submission_has_created_its_job(client: ApiClient):
    """The connection is cut, yet the job runs, is paid for and shows in the history."""
    client.api.control.choose("submit-drops")
    assert await outcome(client, {"prompt": "a fox"}) == "cut"
    (job,) = client.api.jobs
    await client.done(job)
    history = (await client.call("GET", "/nova/images")).body["images"]
    assert ([item["id"] for item in history], client.api.credits) == ([job], 1590)
    assert client.api.journal[0].status is None


async def test_a_lost_submission_has_created_none(client: ApiClient):
    """The connection is cut before anything was done."""
    client.api.control.choose("submit-lost")
    assert await outcome(client, {"prompt": "a fox"}) == "cut"
    assert (len(client.api.jobs), client.api.credits) == (0, 1600)


@pytest.mark.parametrize("name", ["submit-times-out", "slow-answer"])
async def test_a_late_answer_leaves_a_job_behind(client: ApiClient, name: str):
    """The client gives up, the job exists."""
    client.api.control.choose(name)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await client.call("POST", "/nova/imagine", {"prompt": "a fox"})
    assert [job.prompt for job in client.api.jobs.values()] == ["a fox"]


async def test_a_slow_answer_arrives_when_told_to(client: ApiClient):
    """The delay can be chosen."""
    client.api.control.choose("slow-answer", seconds=0.05)
    assert (await client.call("GET", "/subscription/account-info")).status == 200


async def test_other_2xx_answers(client: ApiClient):
    """201 with the usual body."""
    client.api.control.choose("answers-201")
    reply = await client.call("POST", "/nova/imagine", {"prompt": "a fox"})
    assert (reply.status, reply.body["success"]) == (201, True)


async def test_an_unknown_job_cannot_be_read(client: ApiClient):
    """404 as often as chosen, then the record."""
    job = await client.imagine("a fox")
    client.api.control.choose("unknown-job", times=2)
    assert [(await client.call("GET", f"/message/fetch/{job}")).status for _ in range(3)] == [404, 404, 200]


async def test_a_job_can_stay_unknown(client: ApiClient):
    """Named in the prompt, every read of that job answers 404."""
    job = await client.imagine("a fox scenario:unknown-job")
    assert [(await client.call("GET", f"/message/fetch/{job}")).status for _ in range(3)] == [404] * 3


async def test_an_old_job_has_dead_buttons(client: ApiClient):
    """The record is there, its buttons answer 400."""
    grid = await client.grid("a fox scenario:too-old")
    reply = await client.call("POST", "/nova/button", {"messageId": grid["messageId"], "button": "U1"})
    assert (reply.status, "too old" in reply.body["message"]) == (400, True)


async def test_a_job_is_not_readable_at_once(client: ApiClient):
    """404 at first, then the record."""
    client.api.control.choose("not-readable-at-once", seconds=0.2)
    job = await client.imagine("a fox")
    assert (await client.call("GET", f"/message/fetch/{job}")).status == 404
    await client.done(job)


async def test_trouble_can_be_aimed_at_progress(client: ApiClient):
    """`on` moves a scenario to one kind of request."""
    client.api.control.choose("html-500", on="progress")
    job = await client.imagine("a fox")
    assert [(await client.call("GET", f"/message/fetch/{job}")).status for _ in range(2)] == [500, 200]


async def test_down_cuts_every_connection_for_a_while(client: ApiClient):
    """The API is away, pictures and the control endpoints are not; jobs go on meanwhile."""
    grid = await client.grid("a fox")
    job = await client.imagine("a fox")
    client.api.control.choose("down", seconds=0.4)
    with pytest.raises(aiohttp.ClientError):
        await client.call("GET", f"/message/fetch/{job}")
    assert (await client.picture(grid["uri"])).width == 160
    assert (await client.control("GET", "state")).body["chosen"][0]["name"] == "down"
    async with asyncio.timeout(5):
        while await read_or_none(client, job) is None:
            assert client.api.control.outage is not None
    await client.done(job)


async def read_or_none(client: ApiClient, job: str) -> Any:
    """The record, or None when the API is away."""
    try:
        return (await client.call("GET", f"/message/fetch/{job}")).body
    except aiohttp.ClientError:
        return None


async def test_down_in_mid_job_begins_there(client: ApiClient):
    """Named in a prompt the outage begins at 31 %, lasts as long as told, and the job comes to its end."""
    job = await client.imagine("a fox scenario:down-503=0.3")
    await client.until(job, lambda _: client.api.control.outage is not None)
    reply = await client.call("GET", "/subscription/account-info")
    assert (reply.status, reply.text) == (503, "upstream unavailable")
    assert client.api.jobs[job].progress >= 31
    await client.until(job, lambda record: record is not None and record["status"] == "DONE")


async def test_a_gone_picture_answers_404(client: ApiClient):
    """Picture and tiles are gone although the record has their addresses."""
    grid = await client.grid("a fox scenario:picture-gone")
    assert [(await client.bytes_of(url))[0] for url in (grid["uri"], *grid["images"])] == [404] * 5


async def test_a_picture_can_be_too_big(client: ApiClient):
    """More than 12 MB, and a picture all the same."""
    grid = await client.grid("a fox scenario:picture-too-big")
    _, data = await client.bytes_of(grid["uri"])
    assert len(data) > 12 * 1024 * 1024
    assert (await client.picture(grid["uri"])).width > 2000


async def test_an_unknown_scenario_is_refused(client: ApiClient):
    """A misspelt word answers 400 and says so, instead of doing nothing."""
    reply = await client.call("POST", "/nova/imagine", {"prompt": "a fox scenario:nonsense"})
    assert (reply.status, "no scenario called nonsense" in reply.body["message"]) == (400, True)


async def test_the_control_endpoints_choose_and_clear(client: ApiClient):
    """Chosen over HTTP without a key, counted down, cleared, listed with a sentence."""
    chosen = await client.control("POST", "scenario", {"name": "queue-full", "times": 2})
    assert chosen.body == {"chosen": [{"name": "queue-full", "times": 2, "seconds": 0.0}]}
    assert (await client.call("POST", "/nova/imagine", {"prompt": "a fox"})).status == 403
    assert (await client.control("GET", "state")).body["chosen"][0]["times"] == 1
    await client.control("DELETE", "scenario")
    assert (await client.call("POST", "/nova/imagine", {"prompt": "a fox"})).status == 200
    listed = (await client.control("GET", "scenarios")).body
    assert {item["name"] for item in listed} == set(CATALOGUE)
    assert all(item["description"].endswith(".") for item in listed)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "nonsense"},
        {},
        {"name": "html-500", "on": "x"},
        {"name": "down", "seconds": "x"},
        {"name": "down", "times": "x"},
    ],
)
async def test_the_control_endpoints_refuse_nonsense(client: ApiClient, body: dict[str, Any]):
    """400 with a sentence."""
    reply = await client.control("POST", "scenario", body)
    assert (reply.status, bool(reply.body["message"])) == (400, True)


async def test_the_state_tells_credits_and_jobs(client: ApiClient):
    """What a person wants to see at a glance."""
    await client.grid("a fox")
    state = (await client.control("GET", "state")).body
    assert (state["credits"], state["jobs"]["DONE"], state["concurrency"]) == (1590, 1, 3)
