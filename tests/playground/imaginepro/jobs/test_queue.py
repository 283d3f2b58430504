"""The line: its order, how many run at once, how many may wait, and what jobs cost."""

import pytest

from playground.imaginepro import Status
from tests.playground.imaginepro.client import ApiClient


async def test_jobs_run_in_order_and_no_more_than_allowed(started):
    """First in, first out, never more than the concurrency at once."""
    async with started(concurrency=2, speed=150.0) as client:
        jobs = [await client.imagine(f"fox {number}") for number in range(6)]
        book, most, begun = client.api.jobs, 0, []
        while not all(book[job].status.terminal for job in jobs):
            running = [job for job in jobs if book[job].status is Status.PROCESSING]
            most = max(most, len(running))
            begun += [job for job in running if job not in begun]
            await client.record(jobs[0])
    assert (most, begun) == (2, jobs)


async def test_waiting_jobs_say_so(started):
    """A job behind others is QUEUED at 0 %."""
    async with started(concurrency=1, speed=20.0) as client:
        await client.imagine("the first")
        second = await client.imagine("the second")
        record = await client.until(second, lambda record: record["status"] != "SUBMITTED")
    assert (record["status"], record["progress"]) == ("QUEUED", 0)


async def test_a_full_queue_answers_403(started):
    """Beyond what runs and may wait nothing is accepted, nor paid for."""
    async with started(concurrency=1, queue_size=1, speed=20.0) as client:
        await client.imagine("the first")
        waiting = await client.imagine("the second")
        before = client.api.credits
        reply = await client.call("POST", "/nova/imagine", {"prompt": "the third"})
        assert (reply.status, reply.body["error"], client.api.credits) == (403, "Forbidden", before)
        await client.press(waiting, "Cancel Job")
        assert (await client.ended(waiting))["status"] == "FAIL"
        await client.imagine("the third, again")


async def test_a_job_that_outlives_its_timeout_fails(started):
    """The timeout is counted at the jobs' pace."""
    async with started(speed=400.0) as client:
        record = await client.ended(await client.imagine("a fox", timeout=10))
    assert (record["status"], record["error"]) == ("FAIL", "The job did not end within 10 seconds.")


@pytest.mark.parametrize(("prompt", "price"), [("a fox", 10), ("a fox --relax", 5), ("a fox --turbo", 10)])
async def test_imagine_costs_what_its_mode_costs(client: ApiClient, prompt: str, price: int):
    """Ten credits, five in relax mode."""
    before = client.api.credits
    await client.imagine(prompt)
    assert before - client.api.credits == price


@pytest.mark.parametrize(("label", "price"), [("U1", 5), ("V1", 5), ("🔄", 10)])
async def test_buttons_cost_credits(client: ApiClient, label: str, price: int):
    """Five for upscale and variation; reroll as much as an imagine."""
    grid = await client.grid("a fox")
    before = client.api.credits
    await client.press(grid["messageId"], label)
    assert before - client.api.credits == price


async def test_used_up_credits_answer_401_and_the_account_tells(started):
    """Account Info shows what is left; too little refuses the submission."""
    async with started(credits=15) as client:
        await client.imagine("a fox")
        reply = await client.call("POST", "/nova/imagine", {"prompt": "another"})
        info = (await client.call("GET", "/subscription/account-info")).body
    assert (reply.status, info["credits"], info["creditsExtra"]) == (401, 5, 0)


async def test_plan_credits_are_spent_before_extra_ones(started):
    """Extra credits fill what the plan lacks."""
    async with started(credits=4) as client:
        client.api.account.extra = 20
        await client.imagine("a fox")
        info = (await client.call("GET", "/subscription/account-info")).body
    assert (info["credits"], info["creditsExtra"], client.api.credits) == (0, 14, 14)


async def test_a_job_remembers_when_it_moved(started):
    """Every state is recorded with its time and percentage, the last one being the end."""
    async with started() as client:
        job = client.api.jobs[await client.imagine("a fox")]
        await client.ended(job.id)
    assert [percent for _, _, percent in job.moves] == [0, 0, 8, 15, 23, 31, 38, 46, 54, 60, 69, 77, 85, 93, 100]
    assert [job.moves[0][1], job.moves[1][1], job.moves[-1][1]] == [Status.QUEUED, Status.PROCESSING, Status.DONE]
    assert sorted(moment for moment, *_ in job.moves) == [moment for moment, *_ in job.moves]
