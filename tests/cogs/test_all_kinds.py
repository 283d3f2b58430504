"""What all other commands share with /imagine: the result, every failure, cancel and retry."""

from typing import Any

import pytest

from bot.store import JobState
from playground.discord_server import media, texts
from tests.cogs.all_kinds import KINDS, Kind, finished, last_call, newest_job, submitted_body, use_command
from tests.support.stage import Stage, ended, labels, percent_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

EVERY = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
BEFORE_THE_JOB = {
    "key-refused": "ImaginePro refused the bot's API key. Whoever runs this bot must check it.",
    "credits-used-up": "ImaginePro's credits are used up. Whoever runs this bot must add some.",
    "prompt-refused": "Our AI moderator thinks this prompt is probably against our community standards",
    "prompt-refused-filters": "Request cancelled due to image filters",
    "success-false": "The job could not be accepted, please try again",
    "bad-request": "Request is malformed.",
}
DURING_THE_JOB = {
    "fails-at-60": "ImaginePro could not make this {makes}: Sorry! Something went wrong",
    "moderated-late": "ImaginePro could not make this {makes}: Request cancelled due to image filters",
    "small-fail": "Request cancelled due to image filters",
    "stalls-at-46": "The job did not end within 900 seconds",
    "done-empty": "ImaginePro says this job is done, but sent no {makes}",
}


@EVERY
async def test_from_the_command_to_the_result(stage: Stage, kind: Kind) -> None:
    """The running reply shows the price, the API gets one request and charges that price, and the result is shown."""
    before, jobs = stage.api.credits, len(stage.api.jobs)
    stage.hold()
    outcome = await use_command(stage, kind.command)
    running = await outcome.wait_for(lambda message: percent_of(message) is not None)
    assert f"{kind.credits} credits" in texts(running)
    assert labels(running) == ["Cancel"]
    stage.release()
    done = await outcome.wait_for(ended)
    assert (last_call(stage), newest_job(stage).kind) == (kind.call, kind.kind)
    assert (before - stage.api.credits, len(stage.api.jobs) - jobs) == (kind.credits, 1)
    [result] = media(done)
    assert f"/{kind.makes}." in result["url"]
    assert f"[original](<{newest_job(stage).outcome['uri']}>)" in texts(done)
    assert f"{kind.credits} credits" in texts(done)


@EVERY
@pytest.mark.parametrize(("scenario", "sentence"), {**BEFORE_THE_JOB, **DURING_THE_JOB}.items())
async def test_failure_is_explained(stage: Stage, kind: Kind, scenario: str, sentence: str) -> None:
    """A failure shows one sentence and Retry, which sends the same request again."""
    stage.set_speed(2000)
    stage.api.faults.choose(scenario)
    failed = await finished(stage, kind.command)
    assert sentence.format(makes=kind.makes) in texts(failed).replace("\\", "")
    assert all("/input-" in each["url"] and each["spoiler"] for each in media(failed))
    assert labels(failed) == ["Retry"]
    stage.settle_down()
    done = await stage.pressed(failed, "Retry")
    assert media(done)
    assert last_call(stage) == kind.call


@EVERY
async def test_retry_sends_exactly_the_same(stage: Stage, kind: Kind) -> None:
    """Retry sends the same prompt, pictures and options."""
    more: dict[str, dict[str, Any]] = {
        "flux": {"count": 2, "format": "webp", "quality": 70, "model": "flux-1.1-pro"},
        "upscale": {"scale": 2.5},
        "edit": {"model": "nano-banana-2"},
    }
    stage.api.faults.choose("fails-at-60")
    failed = await finished(stage, kind.command, **more.get(kind.command, {}))
    first = submitted_body(stage)
    assert media(await stage.pressed(failed, "Retry"))
    assert submitted_body(stage) == first


@EVERY
async def test_unconfirmed_job_is_not_sent_twice(stage: Stage, kind: Kind) -> None:
    """A job whose answer is lost is found by the name that its record repeats."""
    before = len(stage.api.jobs)
    stage.api.faults.choose("submit-drops", on="submit")
    end = await finished(stage, kind.command)
    assert len(stage.api.jobs) == before + 1
    assert "It may still have cost credits" not in texts(end)
    assert (await stage.delivered_record(str(newest_job(stage).ref))).state is JobState.DONE


@EVERY
async def test_cancelled_job_is_stopped(stage: Stage, kind: Kind) -> None:
    """Cancel reaches the API, and the reply shows the result."""
    stage.hold()
    outcome = await use_command(stage, kind.command)
    running = await outcome.wait_for(lambda message: percent_of(message) is not None)
    await stage.mia.press(running, label="Cancel")
    cancelled = await outcome.wait_for(ended)
    assert "Cancelled. ImaginePro does not say whether credits come back" in texts(cancelled)
    assert labels(cancelled) == ["Retry"]
    assert newest_job(stage).cancelled


@EVERY
async def test_refused_cancel_is_reported(stage: Stage, kind: Kind) -> None:
    """The API may refuse to cancel: the reply says so, and the job continues."""
    stage.hold()
    outcome = await use_command(stage, kind.command)
    running = await outcome.wait_for(lambda message: percent_of(message) is not None)
    stage.api.faults.choose("bad-request", on="press")
    await stage.mia.press(running, label="Cancel")
    noted = await outcome.wait_for(lambda message: "could not be cancelled, so it goes on" in texts(message))
    assert "Cancel" in labels(noted)
    stage.release()
    assert media(await outcome.wait_for(ended))


@EVERY
async def test_missing_result_file_is_explained(stage: Stage, kind: Kind) -> None:
    """When the result's file is missing, the reply says which kind of file it was."""
    stage.api.faults.choose("picture-gone")
    done = await finished(stage, kind.command)
    assert f"The {kind.makes} is made, but its file can no longer be downloaded." in texts(done)
    assert ("The buttons below may still work." in texts(done)) == (kind.command == "video")
    assert media(done) == []


@pytest.mark.parametrize("command", ["flux", "zimage", "upscale", "removebg", "edit"])
async def test_too_large_picture_is_reencoded(stage: Stage, command: str) -> None:
    """A picture above the server's upload limit is re-encoded, and the reply links the original."""
    stage.api.faults.choose("picture-too-big")
    done = await finished(stage, command)
    assert media(done)
    assert "[original](<" in texts(done)
