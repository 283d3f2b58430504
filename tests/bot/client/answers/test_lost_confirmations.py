"""Answers that had their effect without a confirmation from Discord: with an error, or on a connection that broke."""

import pytest

from playground.discord_server import Upload, media, texts
from tests.cogs.described import finished_description
from tests.support.forms import filled
from tests.support.stage import Message, Stage, ended, is_private, labels, picture

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLBACK = "POST /interactions/{interaction_id}/{token}/callback"
FOLLOW_UP = "POST /webhooks/{webhook_id}/{token}"
EDIT = "PATCH /webhooks/{webhook_id}/{token}/messages/{message_id}"
BROKEN = 0

lost = pytest.mark.parametrize("status", [500, BROKEN], ids=["500", "broken connection"])


async def batch_question(stage: Stage) -> Message:
    """A private question whether to start four jobs."""
    pressed = await stage.mia.press(await finished_description(stage), label="Imagine all")
    return await pressed.wait_for(is_private)


@lost
async def test_a_command(stage: Stage, status: int) -> None:
    """The job's reply is found by the token, and the job goes on."""
    stage.discord.faults.lose_answer_next(CALLBACK, status)
    outcome = await stage.imagine(f"a fox heard once, {status}")
    done = await outcome.wait_for(ended)
    assert media(done)
    assert outcome.messages == [done]
    assert len(stage.submissions(f"heard once, {status}")) == 1


@lost
async def test_a_press(stage: Stage, status: int) -> None:
    """The same for a button under a job."""
    grid = await stage.finished(f"a fox pressed once, {status}")
    stage.discord.faults.lose_answer_next(CALLBACK, status)
    outcome = await stage.mia.press(grid, label="U1")
    done = await outcome.wait_for(ended)
    assert media(done)
    assert outcome.messages == [done]


@lost
async def test_a_form(stage: Stage, status: int) -> None:
    """A form that was opened is open, and what is sent with it starts the job, whose reply is found."""
    grid = await stage.finished(f"a fox to be asked about, {status}")
    stage.discord.faults.lose_answer_next(CALLBACK, status)
    modal = (await stage.mia.context(grid, "Remix")).modal
    assert modal is not None
    stage.discord.faults.lose_answer_next(CALLBACK, status)
    outcome = await stage.mia.submit(modal, filled(modal, prompt=f"an owl asked about, {status}"))
    done = await outcome.wait_for(ended)
    assert media(done)
    assert outcome.messages == [done]


@lost
async def test_a_deferral(stage: Stage, status: int) -> None:
    """ "Thinking" that is there becomes the answer."""
    stage.discord.faults.lose_answer_next(CALLBACK, status)
    outcome = await stage.mia.slash(stage.channel, "check", prompt="a fox to check")
    answer = await outcome.wait_for(is_private)
    assert "Allowed" in texts(answer)
    assert outcome.messages == [answer]


@lost
async def test_a_deferral_by_the_deadline(stage: Stage, status: int) -> None:
    """Also if the deadline has sent it."""
    async with stage.waiting(defer_after=0):
        stage.discord.faults.lose_answer_next(CALLBACK, status)
        outcome = await stage.imagine(f"a fox deferred once, {status}", image=Upload("fox.png", picture()))
        done = await outcome.wait_for(ended)
    assert media(done)
    assert outcome.messages == [done]


@lost
async def test_a_reply_in_place_of_a_deferral(stage: Stage, status: int) -> None:
    """The edit that turns "thinking" into the job's reply is repeated, and the job goes on."""
    async with stage.waiting(defer_after=0):
        stage.discord.faults.lose_answer_next(EDIT, status)
        outcome = await stage.imagine(f"a fox shown late, {status}", image=Upload("fox.png", picture()))
        done = await outcome.wait_for(ended)
    assert media(done)
    assert outcome.messages == [done]


@lost
async def test_an_edit(stage: Stage, status: int) -> None:
    """An answer that edits its message; the jobs' replies follow, each once although one was not confirmed."""
    question, known = await batch_question(stage), len(stage.api.jobs)
    stage.discord.faults.lose_answer_next(CALLBACK, status)
    stage.discord.faults.lose_answer_next(FOLLOW_UP, status)
    outcome = await stage.mia.press(question, label="Confirm")
    await stage.wait_until(lambda: len(stage.api.jobs) == known + 4)
    for job in list(stage.api.jobs.values())[known:]:
        record = await stage.delivered_record(job.submitted["ref"])
        assert media(stage.channel.messages[str(record.reply.message_id)].message)
    assert len(outcome.messages) == 4


def never_confirm(stage: Stage, refusals: int = 3) -> None:
    """Carry out the next answer, and break off it and its repetitions; one more refusal reaches the next answer."""
    stage.discord.faults.lose_answer_next(CALLBACK)
    stage.discord.faults.refuse_next(CALLBACK, 503, times=refusals)


async def test_an_answer_that_is_never_confirmed(stage: Stage) -> None:
    """Discord breaks off each attempt: the reply is there, so the job goes on."""
    never_confirm(stage, 10)
    outcome = await stage.imagine("a fox never confirmed")
    assert media(await outcome.wait_for(ended))


async def test_a_deferral_that_is_never_confirmed(stage: Stage) -> None:
    """ "Thinking" is there, so the answer takes its place."""
    never_confirm(stage)
    outcome = await stage.mia.slash(stage.channel, "check", prompt="a fox to check twice")
    answer = await outcome.wait_for(is_private)
    assert "Allowed" in texts(answer)
    assert outcome.messages == [answer]


async def test_an_edit_that_is_never_confirmed(stage: Stage) -> None:
    """The message of the pressed button is there, so the jobs that it announces are started."""
    question, known = await batch_question(stage), len(stage.api.jobs)
    never_confirm(stage)
    await stage.mia.press(question, label="Confirm")
    await stage.wait_until(lambda: len(stage.api.jobs) == known + 4)
    assert texts(stage.channel.messages[question["id"]].message).startswith("Starting 4 jobs")


@pytest.mark.parametrize("refusals", [3, 4])
async def test_an_edit_after_a_deferral_that_was_never_confirmed(stage: Stage, refusals: int) -> None:
    """The message is edited by the token, also when the edit is first refused like the deferral before it."""
    question, known = await batch_question(stage), len(stage.api.jobs)
    # Nor does the search for the deferral get an answer.
    stage.discord.faults.refuse_next(EDIT.replace("PATCH", "GET"), 404, code=10008)
    async with stage.waiting(defer_after=0):
        never_confirm(stage, refusals)
        await stage.mia.press(question, label="Confirm")
        await stage.wait_until(lambda: len(stage.api.jobs) == known + 4)
        assert texts(stage.channel.messages[question["id"]].message).startswith("Starting 4 jobs")


async def test_a_reply_that_can_not_be_found(stage: Stage) -> None:
    """The job is dropped unpaid, which a follow-up says; the reply shows it once its button is pressed."""
    stage.discord.faults.lose_answer_next(CALLBACK)
    stage.discord.faults.refuse_next(CALLBACK, 503, times=3)
    stage.discord.faults.refuse_next(EDIT.replace("PATCH", "GET"), 404, code=10008, times=2)
    outcome = await stage.imagine("a fox out of sight")
    assert "nothing was started" in await stage.private_reply(outcome)
    assert stage.submissions("a fox out of sight") == []
    [reply] = [message for message in stage.answers(outcome) if not is_private(message)]
    await stage.mia.press(reply, label="Cancel")
    await stage.channel.wait_for(lambda message: message["id"] == reply["id"] and "Retry" in labels(message))


async def test_an_answer_that_was_not_carried_out(stage: Stage) -> None:
    """A server error without an effect is repeated within Discord's three seconds."""
    stage.discord.faults.refuse_next(CALLBACK, 502)
    outcome = await stage.imagine("a fox heard at the second try")
    assert media(await outcome.wait_for(ended))


async def test_a_job_that_can_not_be_shown_is_not_sent(stage: Stage) -> None:
    """When Discord takes no answer at all, nothing is started, and nothing sticks."""
    stage.discord.faults.refuse_next(CALLBACK, 503, times=100)
    outcome = await stage.mia.slash(stage.channel, "imagine", prompt="a fox without an answer")
    stage.discord.faults.clear()
    assert outcome.error == "The application did not respond"
    assert stage.submissions("a fox without an answer") == []
    assert "None of your jobs is running" in await stage.private_reply(await stage.mia.slash(stage.channel, "cancel"))
