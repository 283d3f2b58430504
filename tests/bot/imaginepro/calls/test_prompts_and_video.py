"""Prompt check and extension, a describe's texts, and videos: every shape of their answers."""

from typing import Any

import pytest

from bot.imaginepro import ImagineProClient, Job, JobStatus, ServerFault, UnknownJob, VideoJob, VideoResult
from tests.bot.imaginepro.far_end import FarEnd, cut, reply
from tests.bot.imaginepro.payloads import JOB_ID

MP4 = "https://cdn.imaginepro.ai/storage/v1/object/public/cdn/v.mp4"


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        ({"status": "SUCCESS"}, (True, None)),
        ({"status": "success", "message": "fine"}, (True, None)),
        ({"status": "FAIL", "message": "the word\nx is banned"}, (False, "the word x is banned")),
        ({"status": "FAIL"}, (False, None)),
    ],
)
async def test_check(body: Any, verdict: Any, far_end: FarEnd, client: ImagineProClient) -> None:
    """Yes or no, and why not."""
    far_end.script(reply(body))
    found = await client.check_prompt("a red fox")
    assert (found.ok, found.reason) == verdict
    [request] = far_end.received
    assert (request.raw_path, request.json) == ("/api/v1/nova/prompt-check", {"prompt": "a red fox"})


@pytest.mark.parametrize("body", [{}, [], {"status": "MAYBE"}, {"prompt": " "}, {"prompt": 5}])
async def test_unreadable_answers_are_neither_yes_nor_text(
    body: Any, far_end: FarEnd, client: ImagineProClient
) -> None:
    """An unclear answer is the service's fault, and nothing was created by it."""
    far_end.script(reply(body))
    for call in (client.check_prompt("fox"), client.extend_prompt("fox")):
        with pytest.raises(ServerFault) as caught:
            await call
        assert not caught.value.may_have_created


async def test_extend_is_repeated_because_it_creates_nothing(far_end: FarEnd, client: ImagineProClient) -> None:
    """A free answer that was lost is asked for again."""
    far_end.script(cut, reply({"prompt": " a red fox on a log "}))
    assert await client.extend_prompt("fox") == "a red fox on a log"
    assert far_end.received[-1].raw_path == "/api/v1/tools/prompt-extend"
    assert far_end.received[-1].json == {"prompt": "fox"}


@pytest.mark.parametrize(
    ("fields", "texts"),
    [
        ({"response": {"content": ["a fox", " ", 5, "2. a hen"]}, "prompt": "no"}, ("a fox", "a hen")),
        ({"response": {"content": "1️⃣ a fox --ar 3:2\n\n2️⃣ a hen"}}, ("a fox --ar 3:2", "a hen")),
        ({"response": {"content": []}, "prompt": "1. a fox\n2. 4 hens"}, ("a fox", "4 hens")),
        ({"response": "x", "prompt": "https://img.example/a.png", "uri": "a fox"}, ("a fox",)),
        ({"uri": "https://img.example/a.png"}, ()),
        ({}, ()),
    ],
)
def test_texts_of_a_describe(fields: dict[str, Any], texts: tuple[str, ...]) -> None:
    """The first place that holds texts counts, an address is none, and numbers in front go."""
    job = Job.from_body(fields, polled_id="d")
    assert job.texts == texts
    assert Job.model_validate_json(job.model_dump_json()) == job


@pytest.mark.parametrize(
    ("results", "found"),
    [
        ([{"url": MP4, "index": 1}, {"url": MP4}], (VideoResult(url=MP4, index=1), VideoResult(url=MP4, index=1))),
        ([{"url": "javascript:x"}, None, {"url": MP4, "index": "x"}], (VideoResult(url=MP4, index=2),)),
        (None, ()),
        ("x", ()),
    ],
)
async def test_video_progress(results: Any, found: Any, far_end: FarEnd, client: ImagineProClient) -> None:
    """The job's record with its videos; junk is left out."""
    far_end.script(reply({"status": "DONE", "progress": 100, "videoUrl": MP4, "results": results}))
    job = await client.video_progress(JOB_ID)
    assert far_end.received[0].raw_path == f"/api/v1/video/mj/fetch/{JOB_ID}"
    assert (job.message_id, job.status, job.video_url, job.results) == (JOB_ID, JobStatus.DONE, MP4, found)
    assert job.has_video
    assert VideoJob.model_validate(job.model_dump()) == job


def test_a_video_without_status_is_done_when_it_is_there() -> None:
    """100 percent with a video is done, without one it is running."""
    assert VideoJob.from_body({"progress": 100, "videoUrl": MP4}, polled_id="v").status is JobStatus.DONE
    running = VideoJob.from_body({"progress": 100}, polled_id="v")
    assert (running.status, running.has_video) == (JobStatus.PROCESSING, False)


async def test_an_unknown_video(far_end: FarEnd, client: ImagineProClient) -> None:
    """404 is an unknown job here too, and an impossible id is never sent."""
    far_end.script(reply(status=404))
    for message_id in (JOB_ID, ".."):
        with pytest.raises(UnknownJob):
            await client.video_progress(message_id)
    assert len(far_end.received) == 1
