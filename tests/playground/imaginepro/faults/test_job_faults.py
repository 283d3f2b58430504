"""Scenarios that jobs live through, by what their records and pictures become."""

from typing import Any

import pytest

from playground.imaginepro import CATALOGUE
from tests.playground.imaginepro.client import ApiClient
from tests.playground.imaginepro.faults.test_response_faults import FILTERS, REFUSALS

FAILURES = {
    "fails-at-60": "Something went wrong",
    "moderated-late": FILTERS,
    "no-face": "no face detected",
    "small-fail": FILTERS,
}
# What the record of a job that has failed must be, without its status.
ODD_FAILURES: dict[str, Any] = {
    "error-alone": lambda r: set(r) == {"messageId", "error"} and r["error"] == FILTERS,
    "success-false-record": lambda r: r == {"success": False, "message": FILTERS},
    "says-timeout": lambda r: r["status"] == "TIMEOUT" and "error" not in r,
}
# What a finished record of a job with this fault must look like.
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
    "no-ref": lambda r: "ref" not in r and r["status"] == "DONE",
    "done-without-uri": lambda r: r["status"] == "DONE" and r["progress"] == 100 and "uri" not in r,
    "done-empty": lambda r: r["status"] == "DONE" and not {"uri", "images", "originalUrl", "buttons"} & set(r),
    "tiles-only": lambda r: len(r["images"]) == 4 and not {"uri", "originalUrl"} & set(r),
    "buttons-only": lambda r: "U1" in r["buttons"] and not {"uri", "images", "originalUrl"} & set(r),
    "texts-without-status": lambda r: r["progress"] == 100 and not {"status", "uri"} & set(r),
    "other-words": lambda r: r["status"] == "COMPLETED",
    "done-is-success": lambda r: r["status"] == "SUCCESS",
    "unknown-end": lambda r: r["status"] == "ARCHIVED" and r["progress"] == 100 and "U1" in r["buttons"],
    "extra-fields": lambda r: r["meta"]["model"] == "v7" and r["content"] is None and isinstance(r["success"], str),
    "offset-times": lambda r: r["createdAt"].endswith("+00:00") and "." not in r["createdAt"],
}
ELSEWHERE = {
    "unknown-job", "too-old", "not-readable-at-once", "slow-answer", "submit-times-out", "submit-drops",
    "submit-lost", "down", "down-503", "never-ends", "stalls-at-46", "cancel-ignored", "unknown-status",
    "cancel-listed", "video-url-only", "picture-gone", "picture-too-big", "answers-201", "no-webhooks",
    "webhooks-twice", "done-without-texts", "long-preview", "flags-in-longer-prompt", "unknown-job-400",
    "unknown-job-200", "not-valid-at-once", "picture-empty-at-first", "no-uploads", "upload-refused", "upload-lost",
    "spaced-address",
}  # fmt: skip


def finished(client: ApiClient, job: str) -> bool:
    """Whether the service itself holds the job for done."""
    return client.api.jobs[job].status.terminal


def test_every_scenario_is_tested():
    """A scenario added without a test is noticed."""
    assert {*REFUSALS, *FAILURES, *ODD_FAILURES, *FINISHED, *ELSEWHERE} == set(CATALOGUE)


@pytest.mark.parametrize("name", FAILURES)
async def test_jobs_fail_with_status_200(client: ApiClient, name: str):
    """FAIL and Midjourney's text in the record."""
    record = await client.ended(await client.imagine(f"a fox scenario:{name}"))
    assert record["status"] == "FAIL"
    assert FAILURES[name] in record["error"]


@pytest.mark.parametrize("name", ODD_FAILURES)
async def test_failures_that_are_not_called_so(client: ApiClient, name: str):
    """The record of a failed job need not say FAIL."""
    job = await client.imagine(f"a fox scenario:{name}")
    await client.until(job, lambda _: finished(client, job))
    assert ODD_FAILURES[name](await client.record(job))


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
    await client.until(job, lambda _: finished(client, job))
    # The record read last may be slightly older than the end of the job.
    assert FINISHED[name](await client.record(job))


async def test_unknown_buttons_cannot_be_pressed(client: ApiClient):
    """An odd label is shown, but the simulation has nothing behind it."""
    grid = await client.grid("a fox scenario:unknown-buttons")
    reply = await client.call("POST", "/nova/button", {"messageId": grid["messageId"], "button": "🪄 Enchant"})
    assert reply.status == 400


async def test_buttons_take_over_the_shape(client: ApiClient):
    """A job started by a button inherits the fault."""
    grid = await client.grid("a fox scenario:progress-as-percent")
    single = await client.pressed(grid["messageId"], "U1")
    assert single["progress"] == "100%"


async def test_a_scenario_can_wait_for_the_button(client: ApiClient):
    """`button-scenario:` strikes the jobs that buttons start."""
    grid = await client.grid("a fox button-scenario:fails-at-60")
    record = await client.ended(await client.press(grid["messageId"], "U1"))
    assert record["status"] == "FAIL"


async def test_what_waits_for_the_button_spares_the_parent(client: ApiClient):
    """The parent's record and picture are as usual, its child's are not."""
    grid = await client.grid("a fox button-scenario:no-buttons button-scenario:picture-gone")
    single = await client.pressed(grid["messageId"], "U1")
    assert ("U1" in grid["buttons"], "buttons" in single) == (True, False)
    assert [(await client.bytes_of(record["uri"]))[0] for record in (grid, single)] == [200, 404]


async def test_an_unknown_status_ends_as_done(client: ApiClient):
    """Until then the status is undocumented."""
    job = await client.imagine("a fox scenario:unknown-status")
    assert (await client.record(job))["status"] == "WARMING_UP"
    assert (await client.done(job))["uri"]


async def test_cancel_is_listed_while_running(client: ApiClient):
    """The running record offers Cancel Job."""
    job = await client.imagine("a fox scenario:cancel-listed")
    assert (await client.record(job))["buttons"] == ["Cancel Job"]


async def test_an_ignored_cancel_changes_nothing(started):
    """The cancel is accepted, and the picture comes nevertheless."""
    async with started(speed=50.0) as client:
        job = await client.imagine("a fox scenario:cancel-ignored")
        await client.press(job, "Cancel Job")
        assert (await client.done(job))["uri"]


async def test_a_job_that_never_ends_outlives_its_timeout(client: ApiClient):
    """It stays at 93 %, and can be cancelled."""
    # A job takes 40 seconds of its own time, give or take a third.
    job = await client.imagine("a fox scenario:never-ends", timeout=60)
    await client.until(job, lambda record: record["progress"] == 93)
    for number in range(3):
        await client.grid(f"fox {number} of those that take longer than that, all together")
    assert (await client.record(job))["status"] == "PROCESSING"
    await client.press(job, "Cancel Job")
    assert (await client.ended(job))["status"] == "FAIL"


async def test_a_stalled_job_ends_at_its_timeout(client: ApiClient):
    """46 % is as far as it comes."""
    record = await client.ended(await client.imagine("a fox scenario:stalls-at-46", timeout=40))
    assert (record["status"], record["progress"]) == ("FAIL", 46)


async def test_a_gone_picture_answers_404(client: ApiClient):
    """Picture and tiles answer 404 although the record has their addresses."""
    grid = await client.grid("a fox scenario:picture-gone")
    assert [(await client.bytes_of(url))[0] for url in (grid["uri"], *grid["images"])] == [404] * 5


async def test_a_picture_can_be_empty_at_first(client: ApiClient):
    """Two requests get 200 and no byte, the third gets the picture."""
    grid = await client.grid("a fox scenario:picture-empty-at-first")
    answers = [await client.bytes_of(grid["uri"]) for _ in range(3)]
    assert [(status, bool(data)) for status, data in answers] == [(200, False), (200, False), (200, True)]


async def test_an_address_with_a_space_leads_to_the_picture(client: ApiClient):
    """A client has to quote it: the API's description allows none, so the record is read as it is sent."""
    job = (await client.grid("a fox"))["messageId"]
    client.api.faults.choose("spaced-address")
    client.api.jobs[job].chosen_faults = tuple(client.api.faults.for_job())
    headers = {"Authorization": "Bearer sk-playground"}
    async with client.web.get(f"{client.api.url}/api/v1/message/fetch/{job}", headers=headers) as reply:
        address = (await reply.json())["uri"]
    assert "/cdn/a fox/" in address
    assert (await client.picture(address.replace(" ", "%20"))).width


async def test_a_picture_can_be_too_big(client: ApiClient):
    """More than 12 MB, and still a picture."""
    grid = await client.grid("a fox scenario:picture-too-big")
    _, data = await client.bytes_of(grid["uri"])
    assert len(data) > 12 * 1024 * 1024
    assert (await client.picture(grid["uri"])).width > 2000
