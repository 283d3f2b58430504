"""The Cancel and Retry buttons."""

import asyncio

import pytest

from playground.discord_server import buttons, media, texts
from playground.discord_server.members.driver import Outcome
from tests.support.stage import Stage, ended, labels, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def running_job(stage: Stage, prompt: str) -> Outcome:
    """A job of Mia's that shows a percentage and stays there until `release`."""
    stage.hold()
    outcome = await stage.imagine(prompt)
    await outcome.wait_for(lambda message: percent_of(message) is not None)
    return outcome


@pytest.mark.parametrize("who", ["mia", "adam"])
async def test_owner_and_moderators_may_cancel(stage: Stage, who: str) -> None:
    """The owner and moderators can cancel: the API stops the job, and the reply keeps the prompt and offers Retry."""
    outcome = await running_job(stage, f"a fox {who} does not want")
    assert outcome.message is not None
    sentence = await stage.private_reply(await stage.discord.member(who).press(outcome.message, label="Cancel"))
    assert sentence == "Cancelling. The reply shows what became of it."
    cancelled = await outcome.wait_for(ended)
    assert "Cancelled. ImaginePro does not say whether credits come back" in texts(cancelled)
    assert f"**a fox {who} does not want**" in texts(cancelled)
    assert labels(cancelled) == ["Retry"]
    [job] = stage.submissions(f"a fox {who} does not want")
    assert job.cancelled


async def test_other_members_may_not_cancel(stage: Stage) -> None:
    """Other members get a private refusal, and the job continues."""
    outcome = await running_job(stage, "a fox Max does not want")
    assert outcome.message is not None
    sentence = await stage.private_reply(await stage.max.press(outcome.message, label="Cancel"))
    assert sentence == "Only the member who started this job, or a moderator, can cancel it."
    stage.release()
    assert media(await outcome.wait_for(ended))
    [job] = stage.submissions("a fox Max does not want")
    assert not job.cancelled


async def test_cancelled_during_submission(stage: Stage) -> None:
    """Cancelled during submission, the job is stopped at the API as soon as its id is known."""
    stage.hold()
    stage.api.faults.choose("slow-answer", seconds=600, on="submit")
    outcome = await stage.imagine("a fox cut short")
    sending = await outcome.wait_for(lambda message: "next to be sent" in texts(message))
    await stage.wait_until(lambda: bool(stage.submissions("a fox cut short")))
    await stage.mia.press(sending, label="Cancel")
    stage.api.faults.clear()
    assert "Cancelled." in texts(await outcome.wait_for(ended))
    [job] = stage.submissions("a fox cut short")
    assert job.cancelled


async def test_ignored_cancel_ends_with_the_picture(stage: Stage) -> None:
    """When the API ignores a cancel and finishes the job, the picture is shown."""
    stage.api.faults.choose("cancel-ignored")
    outcome = await running_job(stage, "a stubborn fox")
    assert outcome.message is not None
    await stage.mia.press(outcome.message, label="Cancel")
    await outcome.wait_for(lambda message: "Cancelling" in texts(message))
    stage.release()
    assert media(await outcome.wait_for(ended))


async def test_refused_cancel_is_shown_on_the_reply(stage: Stage) -> None:
    """When the API refuses to cancel, the reply says that the job continues."""
    outcome = await running_job(stage, "a fox that can't be stopped")
    stage.api.faults.choose("bad-request", on="press")
    assert outcome.message is not None
    await stage.mia.press(outcome.message, label="Cancel")
    noted = await outcome.wait_for(lambda message: "could not be cancelled, so it goes on" in texts(message))
    assert "Cancel" in labels(noted)
    stage.release()
    assert media(await outcome.wait_for(ended))


async def test_retry_is_a_new_job(stage: Stage) -> None:
    """Retry sends the same prompt and flags again, with a new reply."""
    stage.api.faults.choose("fails-at-60")
    failed = await stage.finished("a fox at the second try", aspect="16:9", seed=5)
    again = await stage.pressed(failed, "Retry")
    assert media(again)
    assert again["id"] != failed["id"]
    first, second = stage.submissions("a fox at the second try")
    assert first.submitted["prompt"] == second.submitted["prompt"] == "a fox at the second try --ar 16:9 --seed 5"
    assert first.submitted["ref"] != second.submitted["ref"]


async def test_double_click_on_retry_is_one_job(stage: Stage) -> None:
    """Two simultaneous presses of Retry and a later one by another member start one job."""
    stage.api.faults.choose("fails-at-60")
    failed = await stage.finished("a fox retried by many")
    outcomes = await asyncio.gather(stage.mia.press(failed, label="Retry"), stage.mia.press(failed, label="Retry"))
    new, answer = sorted(outcomes, key=lambda outcome: (outcome.message or {})["flags"] & 64)
    assert "was started already" in await stage.private_reply(answer)
    done = await new.wait_for(ended)
    assert done["id"] in await stage.private_reply(await stage.max.press(failed, label="Retry"))
    assert len(stage.submissions("a fox retried by many")) == 2


async def test_failed_follow_up_is_retried_by_retry(stage: Stage) -> None:
    """Retry on a failed U2 makes the picture, and U2 on the grid then links to it."""
    grid = await stage.finished("a fox enlarged late")
    stage.api.faults.choose("fails-at-60")
    failed = await stage.pressed(grid, "U2")
    assert labels(failed) == ["Retry"]
    single = await stage.pressed(failed, "Retry")
    assert media(single)
    assert single["id"] in await stage.private_reply(await stage.max.press(grid, label="U2"))
    assert [job.button for job in stage.submissions("a fox enlarged late") if job.button] == ["U2", "U2"]


async def test_failed_follow_up_is_retried_by_its_button(stage: Stage) -> None:
    """A button whose job failed can be pressed again."""
    grid = await stage.finished("a fox pressed again")
    stage.api.faults.choose("bad-request")
    assert "Request is malformed" in texts(await stage.pressed(grid, "U4"))
    assert media(await stage.pressed(grid, "U4"))


async def test_retry_stays_after_a_second_failure(stage: Stage) -> None:
    """After a second failure the reply offers Retry again."""
    stage.api.faults.choose("fails-at-60", times=2)
    failed = await stage.finished("an unlucky fox")
    still = await stage.pressed(failed, "Retry")
    assert [button["label"] for button in buttons(still)] == ["Retry"]
    assert media(await stage.pressed(still, "Retry"))
