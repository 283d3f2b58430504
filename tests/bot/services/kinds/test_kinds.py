"""Every kind of request: stored with its job, priced, and sent exactly as the API takes it."""

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
    """A job's request, what it costs, what the scripted API hears, and the call and body on the wire."""

    request: JobRequest
    credits: int | None
    heard: dict[str, Any]
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


async def recorded(store: JobStore, case: Case) -> JobRecord:
    """The case's job as it is remembered."""
    job = new_job(kind=case.request.kind, **case.job)
    return (await store.record(replace(job, details=details_of(case.request))))[0]


def test_every_kind_is_tried() -> None:
    """No kind of job is left out here."""
    assert {case.request.kind for case in CASES.values()} == set(JobKind)


@EVERY
async def test_order_is_kept_with_its_job(store: JobStore, case: Case) -> None:
    """A restart reads back exactly what was asked for, through the database and through JSON."""
    job = await recorded(store, case)
    assert request_of(job) == case.request
    assert json.loads(json.dumps(details_of(case.request))) == details_of(case.request)
    assert "kind" not in details_of(case.request)


@EVERY
async def test_price_is_the_published_one(store: JobStore, case: Case) -> None:
    """None where none is published."""
    assert case.request.cost(await recorded(store, case)) == case.credits


@EVERY
async def test_api_hears_exactly_the_order(store: JobStore, case: Case) -> None:
    """The call that belongs to it, once, with every option."""
    api, job = ScriptedApi(), await recorded(store, case)
    submission = await case.request.send(api, job, OPTIONS)
    [heard] = api.accepted.values()
    assert submission.message_id == heard.remote_id
    assert heard.fields == case.heard
    assert heard.options == OPTIONS
    if "prompt" in case.body:
        assert heard.prompt == case.body["prompt"]
    if "button" in case.body:
        assert (heard.parent, heard.button) == (PARENT, case.body["button"])


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


async def ended(client: ImagineProClient, remote_id: str) -> Job:
    """The job's last record."""
    while not (job := await client.progress(remote_id)).status.is_terminal:
        pass
    return job


async def parent_for(client: ImagineProClient, case: Case) -> str:
    """The id of a finished job that this one can go on from."""
    grid = await ended(client, (await client.imagine("a red fox")).message_id)
    if case.request.kind is not JobKind.EXTEND_VIDEO:
        single = await ended(client, (await client.press(grid.message_id, "U1")).message_id)
        return single.message_id if case.body["button"] in single.buttons else grid.message_id
    picture = str(grid.image_url)
    return (await ended(client, (await client.video(picture, picture, "a jump")).message_id)).message_id


@EVERY
async def test_real_api_accepts_the_order(
    store: JobStore, api: Simulator, client: ImagineProClient, case: Case
) -> None:
    """The wire carries what is documented and nothing else, the simulated API takes it and charges its price."""
    job, body = await recorded(store, case), dict(case.body)
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


@pytest.mark.parametrize("follow_up", [FollowUpRequest(), ExtendVideoRequest(index=0)])
async def test_follow_up_needs_its_parent(store: JobStore, follow_up: JobRequest) -> None:
    """A record that nobody could write is not sent at all."""
    api = ScriptedApi()
    job = (await store.record(new_job(kind=follow_up.kind, button="U2")))[0]
    with pytest.raises(LookupError, match="without a parent"):
        await follow_up.send(api, job, OPTIONS)
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
async def test_impossible_records_are_found_out(store: JobStore, kind: JobKind, details: dict[str, object]) -> None:
    """Nothing that the API can't take is built from a record."""
    job = (await store.record(new_job(kind=kind, details=details)))[0]
    with pytest.raises(ValidationError):
        request_of(job)


async def test_record_of_a_newer_release_is_read(store: JobStore) -> None:
    """What this release does not know of is left alone."""
    job = (await store.record(new_job(kind=JobKind.REMOVE_BACKGROUND, details={"image": FOX, "edges": "soft"})))[0]
    assert request_of(job) == RemoveBackgroundRequest(image=FOX)


def test_requests_say_what_they_are() -> None:
    """A word for the title, the pictures to show while it runs, and what is waited for."""
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
    """They are long, and show what somebody has drawn."""
    assert "c2VjcmV0" not in repr(FollowUpRequest(mask="c2VjcmV0"))


async def test_mask_and_prompt_go_with_the_press(store: JobStore) -> None:
    """As they were given."""
    api = ScriptedApi()
    job = (await store.record(new_job(kind=JobKind.FOLLOW_UP, **(CHILD | {"button": "Vary (Region)"}))))[0]
    await FollowUpRequest(mask="bWFzaw==", prompt="a hat").send(api, job, OPTIONS)
    [heard] = api.accepted.values()
    assert (heard.prompt, heard.fields, heard.button) == ("a hat", {"mask": "bWFzaw=="}, "Vary (Region)")
