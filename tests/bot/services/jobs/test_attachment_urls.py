"""Addresses of pictures in jobs: which are too old, what they are replaced by, and when two jobs are about the same."""

import json
import logging
from datetime import timedelta
from typing import Any

import pytest

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
from tests.bot.services.signed_urls import NEW, OLD, PREFIXES, Scripted, addresses, signed

HARE, NEW_HARE = (signed("hare", timedelta(minutes=59)), signed("hare", timedelta(days=1)))
MEDIA = signed("owl", timedelta(0), PREFIXES[1]) + "width=64&height=48"
RENEWED = {OLD: NEW, HARE: NEW_HARE}


def job_of(order: JobRequest, **more: Any) -> NewJob:
    """A job with this order."""
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
async def test_addresses_in_a_prompt(prompt: str) -> None:
    """Wherever they stand, and nothing else of the prompt; each is asked for once."""
    renewal = Scripted(RENEWED)
    job = new_job(prompt=prompt, words="a fox")
    renewed = await addresses(renewal).refreshed(job)
    assert renewed.prompt == prompt.replace(OLD, NEW).replace(HARE, NEW_HARE)
    assert (renewed.words, renewed.details) == (job.words, job.details)
    assert renewal.asked == [[each for each in (OLD, HARE) if each in prompt]]


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
    """Of every kind of job; all else that it asks for stays."""
    job = job_of(order)
    renewed = await addresses(Scripted(RENEWED)).refreshed(job)
    assert renewed.details == json.loads(json.dumps(job.details).replace(OLD, NEW).replace(HARE, NEW_HARE))
    assert OLD not in str(renewed.details)
    assert renewed.prompt == job.prompt


@pytest.mark.parametrize("order", [FollowUpRequest(prompt=f'{OLD} "a" fox', mask="AA=="), FollowUpRequest(zoom=1.5)])
async def test_a_prompt_that_goes_with_a_button(order: FollowUpRequest) -> None:
    """What is remembered is what is sent."""
    job = new_follow_up("V1", prompt=f'{OLD} "a" fox', words='"a" fox', details=details(order))
    renewed = await addresses(Scripted(RENEWED)).refreshed(job)
    assert renewed.prompt == f'{NEW} "a" fox'
    assert renewed.details == details(order) | ({"prompt": renewed.prompt} if order.prompt else {})


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
async def test_nobody_is_asked(job: NewJob) -> None:
    """For a job without such addresses, with others, with good ones, or with those of a prompt that is not sent."""
    renewal = Scripted(RENEWED)
    assert await addresses(renewal).refreshed(job) is job
    assert renewal.asked == []


async def test_an_address_with_more_in_it() -> None:
    """A smaller copy's address is renewed as a whole."""
    fresh = MEDIA.replace("hm=2b", "hm=3c")
    job = await addresses(Scripted({MEDIA: fresh})).refreshed(new_job(prompt=f"a fox --sref {MEDIA}"))
    assert job.prompt == f"a fox --sref {fresh}"


@pytest.mark.parametrize(
    ("renewal", "reason"), [(Scripted({HARE: NEW_HARE}), "it is gone"), (Scripted(refusal="no"), "no")]
)
async def test_what_is_not_renewed(renewal: Scripted, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    """The job is made with the old address; a line says why and about which picture, without the signature."""
    job = new_job(prompt=f"{OLD} {HARE} a fox")
    with caplog.at_level(logging.INFO, "bot.services.jobs.attachment_urls"):
        renewed = await addresses(renewal).refreshed(job)
    assert renewed.prompt == job.prompt.replace(HARE, renewal.known.get(HARE, HARE))
    [line] = caplog.records
    assert line.getMessage() == f"a picture's address could not be renewed: {reason}"
    pictures = vars(line)["pictures"]
    assert pictures[0] == f"{PREFIXES[0]}1/2/fox.png"
    assert "?" not in str(pictures)


def test_the_same_pictures() -> None:
    """Signatures make no difference, everything else does."""
    same = addresses().same
    assert same(details(EditRequest(images=(OLD, HARE))), details(EditRequest(images=(NEW, NEW_HARE))))
    for other in (
        EditRequest(images=(HARE, OLD)),
        EditRequest(images=(OLD,)),
        EditRequest(images=(OLD, HARE), model="x"),
        FollowUpRequest(),
    ):
        assert not same(details(EditRequest(images=(OLD, HARE))), details(other))
