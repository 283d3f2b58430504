"""/cancel: the truth about what became of a wish to stop a job."""

from pathlib import Path

import pytest

from playground.discord_server import media, texts
from playground.discord_server.members.driver import Outcome
from tests.support.stage import Stage, ended, is_private, labels, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

NONE = "None of your jobs is running."


async def under_way(stage: Stage, prompt: str) -> Outcome:
    """A job of Mia's that shows a percentage and stays there until `go_on`."""
    stage.hold()
    outcome = await stage.imagine(prompt)
    await outcome.wait_for(percent_of)
    return outcome


async def cancelled(stage: Stage, **options: str) -> str:
    """What Mia reads in the end."""
    outcome = await stage.mia.slash(stage.channel, "cancel", **options)
    message = await outcome.wait_for(lambda each: is_private(each) and texts(each) != "Cancelling …")
    return texts(message)


def job_id(stage: Stage, word: str) -> str:
    """The bot's id of the job with this word in its prompt."""
    [job] = stage.submissions(word)
    return job.ref or ""


async def test_the_only_one_needs_no_choice(stage: Stage) -> None:
    """Stopped at the API; its price is named, and that nobody knows whether it comes back."""
    outcome = await under_way(stage, "a fox to be stopped")
    assert await cancelled(stage) == (
        "Cancelled. It had been sent, so its 10 credits may be used up; ImaginePro does not say whether they come back."
    )
    [job] = stage.submissions("to be stopped")
    assert job.cancelled
    assert labels(await outcome.wait_for(ended)) == ["Retry"]


async def test_a_price_nobody_knows(stage: Stage) -> None:
    """Of turbo no price is published."""
    outcome = await under_way(stage, "a fox in turbo --turbo")
    assert "so it may have used up credits; ImaginePro does not say" in await cancelled(stage)
    await outcome.wait_for(ended)


async def test_the_wait_is_shown(stage: Stage) -> None:
    """At once there is a word that it is being done, in the place where the outcome will stand."""
    job = await under_way(stage, "a fox waited for")
    outcome = await stage.mia.slash(stage.channel, "cancel")
    told = await outcome.wait_for(lambda each: texts(each).startswith("Cancelled."))
    await job.wait_for(ended)
    versions = [texts(version) for version in stage.channel.versions(told["id"])]
    assert versions[0] == "Cancelling …"
    assert len(versions) == 2


async def test_a_refusal_is_told_with_its_reason(stage: Stage) -> None:
    """The job goes on to its picture."""
    outcome = await under_way(stage, "a fox not to be stopped")
    stage.api.faults.choose("bad-request", on="press")
    sentence = await cancelled(stage)
    assert sentence.startswith("This job could not be cancelled, so it goes on.")
    assert "Request is malformed" in sentence
    stage.go_on()
    assert media(await outcome.wait_for(ended))


async def test_a_refused_wish_can_be_repeated(stage: Stage) -> None:
    """The second one is answered by its own outcome."""
    outcome = await under_way(stage, "a fox stopped at last")
    stage.api.faults.choose("bad-request", on="press")
    assert "so it goes on" in await cancelled(stage)
    assert (await cancelled(stage)).startswith("Cancelled.")
    await outcome.wait_for(ended)


async def test_finished_before_it_could_be_cancelled(stage: Stage) -> None:
    """The API agreed and made the picture all the same: the truth is the picture."""
    stage.api.faults.choose("cancel-ignored")
    outcome = await under_way(stage, "a fox faster than the wish")
    asked = await stage.mia.slash(stage.channel, "cancel")
    stage.go_on()
    told = await asked.wait_for(lambda each: "finished before it could be cancelled" in texts(each))
    done = await outcome.wait_for(ended)
    assert done["id"] in texts(told)


async def test_it_takes_longer_than_anybody_waits(tmp_path: Path) -> None:
    """After a while the member is told where the outcome will be seen."""
    async with Stage(tmp_path, timings={"cancel_outcome": 0.05}) as stage:
        stage.api.faults.choose("cancel-ignored")
        outcome = await under_way(stage, "a fox in no hurry")
        sentence = await cancelled(stage)
        assert sentence.startswith("It has not stopped yet.")
        assert outcome.message is not None
        assert outcome.message["id"] in sentence
        stage.go_on()
        await outcome.wait_for(ended)


async def test_nothing_is_running(stage: Stage) -> None:
    """A sentence, and nothing to choose from."""
    assert await cancelled(stage) == NONE
    assert await stage.mia.autocomplete(stage.channel, "cancel", "job", "") == []


async def test_an_ended_job(stage: Stage) -> None:
    """It is not cancelled any more."""
    await stage.finished("a fox over and done with")
    sentence = await cancelled(stage, job=job_id(stage, "over and done with"))
    assert sentence == "This job has already ended. /job shows it."


async def test_somebody_elses_job(stage: Stage) -> None:
    """It is neither offered nor cancelled; not even a moderator's command reaches into other places."""
    outcome = await under_way(stage, "a fox of Mia's own")
    theirs = job_id(stage, "of Mia's own")
    for member in (stage.max, stage.adam):
        told = await stage.told(await member.slash(stage.channel, "cancel", job=theirs))
        assert told.startswith("You have no job with this id.")
        assert await stage.told(await member.slash(stage.channel, "cancel")) == NONE
        assert await member.autocomplete(stage.channel, "cancel", "job", "") == []
    stage.go_on()
    assert media(await outcome.wait_for(ended))
