"""Signed picture URLs in jobs: which are refreshed, and when the details of two jobs are equal."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

from bot.services.jobs.attachment_urls import PictureGone
from bot.services.kinds import (
    BlendRequest,
    DescribeRequest,
    EditRequest,
    FaceSwapRequest,
    FollowUpRequest,
    ImagineRequest,
    JobRequest,
    RemoveBackgroundRequest,
    UpscaleRequest,
    VideoRequest,
)
from bot.services.kinds import details_of as details
from bot.store import NewJob
from tests.bot.records import new_follow_up, new_job
from tests.bot.services.signed_urls import NEW, OLD, PREFIXES, ScriptedRefresher, attachment_urls, signed

HARE, NEW_HARE = (signed("hare", timedelta(minutes=59)), signed("hare", timedelta(days=1)))
MEDIA = signed("owl", timedelta(0), PREFIXES[1]) + "width=64&height=48"
RENEWED = {OLD: NEW, HARE: NEW_HARE}


def job_of(order: JobRequest, **more: Any) -> NewJob:
    """A job with this request."""
    return new_job(kind=order.kind, details=details(order), **more)


@pytest.mark.parametrize(
    "prompt",
    [
        f"{OLD} a red fox",
        f"{OLD} {HARE} a fox --ar 3:2",
        f"a fox --sref {OLD}::2 {HARE}::0.5 --sw 50",
        f"a fox --cref {OLD} --oref {HARE} --ow 100",
        f"{OLD} {HARE} {OLD}",
    ],
)
async def test_urls_in_a_prompt(prompt: str) -> None:
    """All of them are replaced, and nothing else in the prompt; each is requested once."""
    refresher = ScriptedRefresher(RENEWED)
    job = new_job(prompt=prompt, words="a fox")
    refreshed = await attachment_urls(refresher).refreshed(job)
    assert refreshed.prompt == prompt.replace(OLD, NEW).replace(HARE, NEW_HARE)
    assert (refreshed.words, refreshed.details) == (job.words, job.details)
    assert refresher.asked == [[each for each in (OLD, HARE) if each in prompt]]


@pytest.mark.parametrize(
    "order",
    [
        ImagineRequest(blended=(OLD, HARE)),
        DescribeRequest(url=OLD),
        FaceSwapRequest(source=OLD, target=HARE),
        BlendRequest(urls=(HARE, OLD, HARE)),
        UpscaleRequest(image=OLD, scale=2),
        RemoveBackgroundRequest(image=OLD),
        EditRequest(images=(OLD, "https://example.com/a.png?ex=1", HARE), model="nano-banana"),
        VideoRequest(start=OLD, end=HARE),
    ],
)
async def test_pictures_that_a_job_is_made_from(order: JobRequest) -> None:
    """For every kind of job; its other details are unchanged."""
    job = job_of(order)
    refreshed = await attachment_urls(ScriptedRefresher(RENEWED)).refreshed(job)
    assert refreshed.details == json.loads(json.dumps(job.details).replace(OLD, NEW).replace(HARE, NEW_HARE))
    assert OLD not in str(refreshed.details)
    assert refreshed.prompt == job.prompt


@pytest.mark.parametrize("order", [FollowUpRequest(prompt=f'{OLD} "a" fox', mask="AA=="), FollowUpRequest(zoom=1.5)])
async def test_a_prompt_that_goes_with_a_button(order: FollowUpRequest) -> None:
    """The prompt in the record is the prompt that is sent."""
    job = new_follow_up("V1", prompt=f'{OLD} "a" fox', words='"a" fox', details=details(order))
    refreshed = await attachment_urls(ScriptedRefresher(RENEWED)).refreshed(job)
    assert refreshed.prompt == f'{NEW} "a" fox'
    assert refreshed.details == details(order) | ({"prompt": refreshed.prompt} if order.prompt else {})


@pytest.mark.parametrize(
    "job",
    [
        new_job(),
        new_follow_up("U1", prompt=f"{OLD} a fox"),
        new_job(prompt=f"{signed('fox', timedelta(minutes=61))} a fox"),
        new_job(prompt=f"{OLD.replace('cdn.discordapp.com', 'example.com')} a fox"),
        new_job(prompt=f"{OLD.partition('?')[0]} a fox"),
        new_job(prompt=f"{OLD.replace('ex=', 'ex=x')} a fox"),
        job_of(DescribeRequest(url=signed("fox", timedelta(days=1)))),
    ],
)
async def test_no_refresh_is_requested(job: NewJob) -> None:
    """For jobs without signed URLs, with foreign or valid ones, or with URLs in a prompt that is not sent."""
    refresher = ScriptedRefresher(RENEWED)
    assert await attachment_urls(refresher).refreshed(job) is job
    assert refresher.asked == []


async def test_url_with_more_parameters() -> None:
    """A resized picture's URL is replaced as a whole."""
    fresh = MEDIA.replace("hm=2b", "hm=3c")
    job = await attachment_urls(ScriptedRefresher({MEDIA: fresh})).refreshed(new_job(prompt=f"a fox --sref {MEDIA}"))
    assert job.prompt == f"a fox --sref {fresh}"


async def test_picture_that_is_gone() -> None:
    """No job is made from a picture that has expired and no longer exists: it would be paid for nothing."""
    with pytest.raises(PictureGone, match="nothing was started"):
        await attachment_urls(ScriptedRefresher({HARE: NEW_HARE})).refreshed(new_job(prompt=f"{OLD} {HARE} a fox"))


@pytest.mark.parametrize(
    ("refresher", "reason"),
    [(ScriptedRefresher({OLD: NEW}), "it is gone"), (ScriptedRefresher(refusal="no"), "no")],
)
async def test_url_that_is_not_refreshed(
    refresher: ScriptedRefresher, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The job keeps a URL that is still valid or could not be renewed; the log has the reason, not the signature."""
    job = new_job(prompt=f"{OLD} {HARE} a fox")
    with caplog.at_level(logging.INFO, "bot.services.jobs.attachment_urls"):
        refreshed = await attachment_urls(refresher).refreshed(job)
    assert refreshed.prompt == job.prompt.replace(OLD, refresher.known.get(OLD, OLD))
    [line] = caplog.records
    assert line.getMessage() == f"a picture's address could not be renewed: {reason}"
    pictures = vars(line)["pictures"]
    assert pictures[-1] == f"{PREFIXES[0]}1/2/hare.png"
    assert "?" not in str(pictures)


def test_same_details_ignore_signatures() -> None:
    """Signatures are ignored in the comparison, and nothing else is."""
    same = attachment_urls().same
    assert same(details(EditRequest(images=(OLD, HARE))), details(EditRequest(images=(NEW, NEW_HARE))))
    for other in (
        EditRequest(images=(HARE, OLD)),
        EditRequest(images=(OLD,)),
        EditRequest(images=(OLD, HARE), model="x"),
        FollowUpRequest(),
    ):
        assert not same(details(EditRequest(images=(OLD, HARE))), details(other))
