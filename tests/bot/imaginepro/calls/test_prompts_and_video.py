"""Prompt check and extension, describe texts and videos: every form of their answers."""

from typing import Any

import pytest

from bot.imaginepro import ImagineProClient, Job, JobStatus, ServerFault, UnknownJob, VideoResult
from tests.bot.imaginepro.payloads import JOB_ID
from tests.bot.imaginepro.scripted_server import ScriptedServer, close_connection, reply

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
async def test_check(body: Any, verdict: Any, api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A prompt check returns a verdict and a reason."""
    api_server.script(reply(body))
    found = await client.check_prompt("a red fox")
    assert (found.ok, found.reason) == verdict
    [request] = api_server.received
    assert (request.raw_path, request.json) == ("/api/v1/nova/prompt-check", {"prompt": "a red fox"})


@pytest.mark.parametrize("body", [{}, [], {"status": "MAYBE"}, {"prompt": " "}, {"prompt": 5}])
async def test_unreadable_answers(body: Any, api_server: ScriptedServer, client: ImagineProClient) -> None:
    """An unreadable answer raises ServerFault, without a possible job."""
    api_server.script(reply(body))
    for call in (client.check_prompt("fox"), client.extend_prompt("fox")):
        with pytest.raises(ServerFault) as caught:
            await call
        assert not caught.value.may_have_created


async def test_extend_is_retried(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """Extending a prompt is free and therefore retried."""
    api_server.script(close_connection, reply({"prompt": " a red fox on a log "}))
    assert await client.extend_prompt("fox") == "a red fox on a log"
    assert api_server.received[-1].raw_path == "/api/v1/tools/prompt-extend"
    assert api_server.received[-1].json == {"prompt": "fox"}


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
    """Texts come from the first field that has any, without addresses and leading numbers."""
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
async def test_video_progress(results: Any, found: Any, api_server: ScriptedServer, client: ImagineProClient) -> None:
    """Videos of a job are read, and invalid entries skipped."""
    api_server.script(reply({"status": "DONE", "progress": 100, "videoUrl": MP4, "results": results}))
    job = await client.video_progress(JOB_ID)
    assert api_server.received[0].raw_path == f"/api/v1/video/mj/fetch/{JOB_ID}"
    assert (job.message_id, job.status, job.video_url, job.results) == (JOB_ID, JobStatus.DONE, MP4, found)
    assert job.has_video
    assert Job.model_validate(job.model_dump()) == job


def test_a_video_without_status() -> None:
    """Without a status, a job at 100 % is done only if it has a video."""
    assert Job.from_body({"progress": 100, "videoUrl": MP4}, polled_id="v").status is JobStatus.DONE
    running = Job.from_body({"progress": 100}, polled_id="v")
    assert (running.status, running.has_video) == (JobStatus.PROCESSING, False)


async def test_an_unknown_video(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """An unknown or invalid video id raises UnknownJob, the latter without a request."""
    api_server.script(reply(status=404))
    for message_id in (JOB_ID, ".."):
        with pytest.raises(UnknownJob):
            await client.video_progress(message_id)
    assert len(api_server.received) == 1
