"""Every kind of job request: stored, priced and sent in the API's format."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr, ValidationError

from bot.imaginepro import EDIT_MODELS, GEMINI_MODELS, ImageBlock, ImagineProClient, Job, JobOptions, TextBlock
from bot.imaginepro.http.rate_limit import RateLimiter
from bot.services.kinds import (
    BlendRequest,
    DescribeRequest,
    EditRequest,
    ExtendVideoRequest,
    FaceSwapRequest,
    FluxRequest,
    FollowUpRequest,
    ImagineRequest,
    JobRequest,
    RemoveBackgroundRequest,
    UpscaleRequest,
    VideoRequest,
    ZImageRequest,
    details_of,
    request_of,
)
from bot.services.kinds.result_kind import ResultKind
from bot.store import JobKind, JobRecord, JobStore
from playground.imaginepro import Simulator
from tests.bot.records import new_job
from tests.bot.services.scripted import ScriptedApi

FOX, HARE = "https://cdn.imaginepro.ai/fox.png", "https://cdn.imaginepro.ai/hare.png"
PARENT = "parent-remote"
OPTIONS = JobOptions(ref="job-7", webhook="https://bot.example/hooks/job-7/x", timeout=600)
SENT_OPTIONS = {"ref": "job-7", "webhookOverride": "https://bot.example/hooks/job-7/x", "timeout": 600}


@dataclass(frozen=True)
class Case:
    """A job request, its price, its call on the scripted API, and its path and body over HTTP."""

    request: JobRequest
    credits: int | None
    accepted: dict[str, Any]
    path: str
    body: dict[str, Any]
    job: dict[str, Any] = field(default_factory=dict)


PROMPT = {"prompt": "a red fox", "words": "a red fox", "mode": ""}
FAST, RELAXED, TURBO = (
    {**PROMPT, "prompt": f"a red fox --{mode}", "mode": mode} for mode in ("fast", "relax", "turbo")
)
CHILD = {"prompt": "", "words": "", "mode": "", "parent_id": "parent", "parent_remote_id": PARENT}
U2, ZOOM = {**CHILD, "button": "U2"}, {**CHILD, "button": "Zoom Out 2x"}
BLOCKS = (ImageBlock(url=FOX), ImageBlock(url=HARE), TextBlock(text="a red fox"))
CONTENTS = [block.model_dump() for block in BLOCKS]
PRESSED = {"messageId": PARENT, "button": "U2"}
CASES = {
    "imagine": Case(ImagineRequest(), 10, {}, "/nova/imagine", {"prompt": "a red fox --fast"}, FAST),
    "relaxed": Case(ImagineRequest(), 5, {}, "/nova/imagine", {"prompt": "a red fox --relax"}, RELAXED),
    "turbo": Case(ImagineRequest(), None, {}, "/nova/imagine", {"prompt": "a red fox --turbo"}, TURBO),
    "boost": Case(
        ImagineRequest(boost=True),
        None,
        {"boost": True},
        "/nova/boost/imagine",
        {"prompt": "a red fox --fast", "disableCdn": False},
        FAST,
    ),
    "press": Case(FollowUpRequest(), 5, {}, "/nova/button", PRESSED, U2),
    "unpriced": Case(FollowUpRequest(), None, {}, "/nova/button", PRESSED | {"button": "Zoom Out 2x"}, ZOOM),
    "boost press": Case(
        FollowUpRequest(boost=True), None, {"boost": True}, "/nova/boost/button", PRESSED | {"disableCdn": False}, U2
    ),
    "describe": Case(DescribeRequest(url=FOX), None, {"describe": FOX}, "/nova/describe", {"url": FOX}),
    "faceswap": Case(
        FaceSwapRequest(source=FOX, target=HARE),
        None,
        {"faceswap": (FOX, HARE)},
        "/nova/faceswap",
        {"source": FOX, "target": HARE},
    ),
    "blend": Case(BlendRequest(urls=(FOX, HARE)), None, {"blend": (FOX, HARE)}, "/nova/blend", {"urls": [FOX, HARE]}),
    "flux": Case(
        FluxRequest(),
        6,
        {"flux": (1, (None, None), None, None, None)},
        "/flux/imagine",
        {"prompt": "a red fox", "n": 1},
        PROMPT,
    ),
    "four by flux": Case(
        FluxRequest(count=4, width=768, height=512, output_format="webp", output_quality=0, model="flux-1.1-pro"),
        24,
        {"flux": (4, (768, 512), "webp", 0, "flux-1.1-pro")},
        "/flux/imagine",
        {
            "prompt": "a red fox",
            "n": 4,
            "width": 768,
            "height": 512,
            "output_format": "webp",
            "output_quality": "0",
            "model": "flux-1.1-pro",
        },
        PROMPT,
    ),
    "wide by flux": Case(
        FluxRequest(count=2, aspect_ratio="16:9"),
        12,
        {"flux": (2, "16:9", None, None, None)},
        "/flux/imagine",
        {"prompt": "a red fox", "n": 2, "aspect_ratio": "16:9"},
        PROMPT,
    ),
    "upscale": Case(
        UpscaleRequest(image=FOX, scale=2.5), 2, {"upscale": (FOX, 2.5)}, "/flux/upscale", {"image": FOX, "scale": 2.5}
    ),
    "cut out": Case(RemoveBackgroundRequest(image=FOX), 5, {"cut_out": FOX}, "/tools/remove-bg", {"image": FOX}),
    "edit": Case(
        EditRequest(images=(FOX, HARE)),
        6,
        {"edit": BLOCKS, "model": None},
        "/universal/imagine",
        {"contents": CONTENTS},
        PROMPT,
    ),
    **{
        f"edit by {model}": Case(
            EditRequest(images=(FOX, HARE), model=model),
            6,
            {"edit": BLOCKS, "model": model},
            "/universal/imagine",
            {"contents": CONTENTS, "model": model},
            PROMPT,
        )
        for model in EDIT_MODELS
    },
    **{
        f"edit by {model}": Case(
            EditRequest(images=(FOX, HARE), model=model),
            None,
            {"gemini": BLOCKS, "model": model},
            "/gemini/imagine",
            {"contents": CONTENTS, "model": model},
            PROMPT,
        )
        for model in GEMINI_MODELS
        if model not in EDIT_MODELS
    },
    "zimage": Case(
        ZImageRequest(), 6, {"zimage": (None, None)}, "/universal/zimage", {"prompt": "a red fox", "steps": 4}, PROMPT
    ),
    "small zimage": Case(
        ZImageRequest(width=512, height=64),
        6,
        {"zimage": (512, 64)},
        "/universal/zimage",
        {"prompt": "a red fox", "steps": 4, "width": 512, "height": 64},
        PROMPT,
    ),
    "video": Case(
        VideoRequest(start=FOX, end=HARE),
        10,
        {"video": (FOX, HARE)},
        "/video/mj/generate",
        {"prompt": "a red fox", "startFrameUrl": FOX, "endFrameUrl": HARE},
        PROMPT,
    ),
    "extension": Case(
        ExtendVideoRequest(index=0),
        None,
        {"extend": (PARENT, 0)},
        "/video/mj/extend",
        {"messageId": PARENT, "index": 0},
        CHILD,
    ),
}
EVERY = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


async def record_case(store: JobStore, case: Case) -> JobRecord:
    """The recorded job of the case."""
    job = new_job(kind=case.request.kind, **case.job)
    return (await store.record(replace(job, details=details_of(case.request))))[0]


def test_cases_cover_every_kind() -> None:
    """The cases cover every kind of job."""
    assert {case.request.kind for case in CASES.values()} == set(JobKind)


@EVERY
async def test_request_is_stored_with_its_job(store: JobStore, case: Case) -> None:
    """A request is read back from the database and from JSON unchanged."""
    job = await record_case(store, case)
    assert request_of(job) == case.request
    assert json.loads(json.dumps(details_of(case.request))) == details_of(case.request)
    assert "kind" not in details_of(case.request)


@EVERY
async def test_price_is_the_published_one(store: JobStore, case: Case) -> None:
    """Each request has its published price, or None."""
    assert case.request.cost(await record_case(store, case)) == case.credits


@EVERY
async def test_request_calls_the_api(store: JobStore, case: Case) -> None:
    """Each request makes its own API call once, with every option."""
    api, job = ScriptedApi(), await record_case(store, case)
    submission = await case.request.send(api, job, OPTIONS)
    [accepted] = api.accepted.values()
    assert submission.message_id == accepted.remote_id
    assert accepted.fields == case.accepted
    assert accepted.options == OPTIONS
    if "prompt" in case.body:
        assert accepted.prompt == case.body["prompt"]
    if "button" in case.body:
        assert (accepted.parent, accepted.button) == (PARENT, case.body["button"])


@pytest.fixture
async def api() -> AsyncIterator[Simulator]:
    async with Simulator(key="sk-test", speed=4000, limits=False, side=64, queue_size=100) as simulator:
        yield simulator


@pytest.fixture
async def client(api: Simulator) -> AsyncIterator[ImagineProClient]:
    async with aiohttp.ClientSession() as session:
        yield ImagineProClient(
            session, key=SecretStr("sk-test"), base_url=api.url, rate_limiter=RateLimiter.unlimited()
        )


async def final_job(client: ImagineProClient, remote_id: str) -> Job:
    """The job's final state."""
    while not (job := await client.progress(remote_id)).status.is_terminal:
        pass
    return job


async def parent_for(client: ImagineProClient, case: Case) -> str:
    """The id of a finished job to follow up."""
    grid = await final_job(client, (await client.imagine("a red fox")).message_id)
    if case.request.kind is not JobKind.EXTEND_VIDEO:
        single = await final_job(client, (await client.press(grid.message_id, "U1")).message_id)
        return single.message_id if case.body["button"] in single.buttons else grid.message_id
    picture = str(grid.image_url)
    return (await final_job(client, (await client.video(picture, picture, "a jump")).message_id)).message_id


@EVERY
async def test_simulator_accepts_the_request(
    store: JobStore, api: Simulator, client: ImagineProClient, case: Case
) -> None:
    """Each request has the documented body, and the simulated API accepts it and charges its price."""
    job, body = await record_case(store, case), dict(case.body)
    if job.parent_id is not None:
        body["messageId"] = await parent_for(client, case)
        job = replace(job, parent_remote_id=body["messageId"])
    before = api.credits
    submission = await case.request.send(client, job, OPTIONS)
    request = api.request_log[-1]
    assert request.path == f"/api/v1{case.path}"
    assert request.body == body | SENT_OPTIONS
    assert submission.message_id in api.jobs
    if case.credits is not None:
        assert before - api.credits == case.credits


@pytest.mark.parametrize("job_request", [FollowUpRequest(), ExtendVideoRequest(index=0)])
async def test_follow_up_needs_its_parent(store: JobStore, job_request: JobRequest) -> None:
    """A follow-up without a parent is not sent."""
    api = ScriptedApi()
    job = (await store.record(new_job(kind=job_request.kind, button="U2")))[0]
    with pytest.raises(LookupError, match="without a parent"):
        await job_request.send(api, job, OPTIONS)
    assert api.calls == []


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (JobKind.FLUX, {"count": 5}),
        (JobKind.FLUX, {"count": 0}),
        (JobKind.UPSCALE, {"image": FOX, "scale": 1.5}),
        (JobKind.UPSCALE, {"scale": 2}),
        (JobKind.EDIT, {"images": []}),
        (JobKind.BLEND, {"urls": [FOX]}),
        (JobKind.VIDEO, {"start": FOX}),
        (JobKind.EXTEND_VIDEO, {"index": -1}),
    ],
)
async def test_invalid_records_are_refused(store: JobStore, kind: JobKind, details: dict[str, object]) -> None:
    """An invalid record raises a validation error."""
    job = (await store.record(new_job(kind=kind, details=details)))[0]
    with pytest.raises(ValidationError):
        request_of(job)


async def test_record_of_a_newer_release_is_read(store: JobStore) -> None:
    """Unknown fields of a newer release are ignored."""
    job = (await store.record(new_job(kind=JobKind.REMOVE_BACKGROUND, details={"image": FOX, "edges": "soft"})))[0]
    assert request_of(job) == RemoveBackgroundRequest(image=FOX)


def test_requests_have_a_name() -> None:
    """Each request has a name, its input pictures and a result kind."""
    named = {name: case.request.name for name, case in CASES.items()}
    assert all(named[name] for name in CASES if CASES[name].request.kind not in {JobKind.IMAGINE, JobKind.FOLLOW_UP})
    assert UpscaleRequest(image=FOX, scale=2.5).name == "Upscale ×2.5"
    assert EditRequest(images=(FOX, HARE)).inputs == (FOX, HARE)
    assert VideoRequest(start=FOX, end=HARE).inputs == (FOX, HARE)
    assert {case.request.kind for case in CASES.values() if case.request.result is ResultKind.VIDEO} == {
        JobKind.VIDEO,
        JobKind.EXTEND_VIDEO,
    }
    assert [case.request.kind for case in CASES.values() if case.request.result is ResultKind.TEXTS] == [
        JobKind.DESCRIBE
    ]


def test_masks_stay_out_of_the_log() -> None:
    """A mask is not shown in the repr."""
    assert "c2VjcmV0" not in repr(FollowUpRequest(mask="c2VjcmV0"))


async def test_mask_and_prompt_go_with_the_press(store: JobStore) -> None:
    """Mask and prompt are sent with the button."""
    api = ScriptedApi()
    job = (await store.record(new_job(kind=JobKind.FOLLOW_UP, **(CHILD | {"button": "Vary (Region)"}))))[0]
    await FollowUpRequest(mask="bWFzaw==", prompt="a hat").send(api, job, OPTIONS)
    [accepted] = api.accepted.values()
    assert (accepted.prompt, accepted.fields, accepted.button) == ("a hat", {"mask": "bWFzaw=="}, "Vary (Region)")
