"""/cancel stops a job and reports the result."""

import pytest

from playground.discord_server import media, texts
from playground.discord_server.members.driver import Outcome
from tests.support.stage import Stage, ended, is_private, labels, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_RUNNING_JOBS = "None of your jobs is running."


async def running_job(stage: Stage, prompt: str) -> Outcome:
    """A job of Mia's that shows a percentage and stays there until `release`."""
    stage.hold()
    outcome = await stage.imagine(prompt)
    await outcome.wait_for(percent_of)
    return outcome


async def final_answer(stage: Stage, **options: str) -> str:
    """The final private answer to Mia's /cancel."""
    outcome = await stage.mia.slash(stage.channel, "cancel", **options)
    message = await outcome.wait_for(lambda each: is_private(each) and texts(each) != "Cancelling …")
    return texts(message)


def job_id(stage: Stage, word: str) -> str:
    """The id in the store of the job with this word in its prompt."""
    [job] = stage.submissions(word)
    return job.ref or ""


async def test_the_only_running_job_is_cancelled(stage: Stage) -> None:
    """/cancel stops the only running job; the answer names its price and that a refund is not certain."""
    outcome = await running_job(stage, "a fox to be stopped")
    assert await final_answer(stage) == (
        "Cancelled. It had been sent, so its 10 credits may be used up; ImaginePro does not say whether they come back."
    )
    [job] = stage.submissions("to be stopped")
    assert job.cancelled
    assert labels(await outcome.wait_for(ended)) == ["Retry"]


async def test_a_price_that_is_not_published(stage: Stage) -> None:
    """Cancelling a turbo job names no price, as none is published."""
    outcome = await running_job(stage, "a fox in turbo --turbo --v 7")
    assert "so it may have used up credits; ImaginePro does not say" in await final_answer(stage)
    await outcome.wait_for(ended)


async def test_cancelling_is_shown_first(stage: Stage) -> None:
    """/cancel answers at once with "Cancelling …" and edits that message to the result."""
    job = await running_job(stage, "a fox waited for")
    outcome = await stage.mia.slash(stage.channel, "cancel")
    answer = await outcome.wait_for(lambda each: texts(each).startswith("Cancelled."))
    await job.wait_for(ended)
    versions = [texts(version) for version in stage.channel.versions(answer["id"])]
    assert versions[0] == "Cancelling …"
    assert len(versions) == 2


async def test_a_refusal_is_shown_with_its_reason(stage: Stage) -> None:
    """When the API refuses to cancel, the answer gives the reason and the job continues."""
    outcome = await running_job(stage, "a fox not to be stopped")
    stage.api.faults.choose("bad-request", on="press")
    sentence = await final_answer(stage)
    assert sentence.startswith("This job could not be cancelled, so it goes on.")
    assert "Request is malformed" in sentence
    stage.release()
    assert media(await outcome.wait_for(ended))


async def test_a_refused_cancel_can_be_repeated(stage: Stage) -> None:
    """A refused /cancel can be repeated and then succeeds."""
    outcome = await running_job(stage, "a fox stopped at last")
    stage.api.faults.choose("bad-request", on="press")
    assert "so it goes on" in await final_answer(stage)
    assert (await final_answer(stage)).startswith("Cancelled.")
    await outcome.wait_for(ended)


async def test_finished_before_it_could_be_cancelled(stage: Stage) -> None:
    """When the API finishes a job despite the cancel, the answer links the picture."""
    stage.api.faults.choose("cancel-ignored")
    outcome = await running_job(stage, "a fox faster than the wish")
    asked = await stage.mia.slash(stage.channel, "cancel")
    stage.release()
    answer = await asked.wait_for(lambda each: "finished before it could be cancelled" in texts(each))
    done = await outcome.wait_for(ended)
    assert done["id"] in texts(answer)


async def test_cancelling_takes_too_long(stage: Stage) -> None:
    """When cancelling takes too long, the answer links the reply that will show the result."""
    async with stage.waiting(cancel_outcome=0.05):
        stage.api.faults.choose("cancel-ignored")
        outcome = await running_job(stage, "a fox in no hurry")
        sentence = await final_answer(stage)
        assert sentence.startswith("It has not stopped yet.")
        assert outcome.message is not None
        assert outcome.message["id"] in sentence
        stage.release()
        await outcome.wait_for(ended)


async def test_nothing_is_running(stage: Stage) -> None:
    """Without running jobs /cancel says so and suggests none."""
    assert await final_answer(stage) == NO_RUNNING_JOBS
    assert await stage.mia.autocomplete(stage.channel, "cancel", "job", "") == []


async def test_an_ended_job(stage: Stage) -> None:
    """/cancel on an ended job says that it has ended."""
    await stage.finished("a fox over and done with")
    sentence = await final_answer(stage, job=job_id(stage, "over and done with"))
    assert sentence == "This job has already ended. /job shows it."


async def test_another_members_job(stage: Stage) -> None:
    """Other members, moderators too, can neither choose nor cancel a job by command."""
    outcome = await running_job(stage, "a fox of Mia's own")
    theirs = job_id(stage, "of Mia's own")
    for member in (stage.max, stage.adam):
        answer = await stage.private_reply(await member.slash(stage.channel, "cancel", job=theirs))
        assert answer.startswith("You have no job with this id.")
        assert await stage.private_reply(await member.slash(stage.channel, "cancel")) == NO_RUNNING_JOBS
        assert await member.autocomplete(stage.channel, "cancel", "job", "") == []
    stage.release()
    assert media(await outcome.wait_for(ended))
