"""Every kind of order: kept with its job, priced, and sent exactly as the API takes it."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr, ValidationError

from bot.imaginepro import EDIT_MODELS, GEMINI_MODELS, ImageBlock, ImagineProClient, Job, JobOptions, TextBlock
from bot.imaginepro.http.rate_limit import Pace
from bot.services.kinds import (
    Blend,
    CutOut,
    Describe,
    Edit,
    Extension,
    FaceSwap,
    Flux,
    Imagine,
    Order,
    Press,
    Upscale,
    Video,
    ZImage,
    details_of,
    order_of,
)
from bot.services.kinds.result_kind import Result
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
    """An order of a job, what it costs, what the scripted API hears, and the call and body on the wire."""

    order: Order
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
    "imagine": Case(Imagine(), 10, {}, "/nova/imagine", {"prompt": "a red fox --fast"}, FAST),
    "relaxed": Case(Imagine(), 5, {}, "/nova/imagine", {"prompt": "a red fox --relax"}, RELAXED),
    "turbo": Case(Imagine(), None, {}, "/nova/imagine", {"prompt": "a red fox --turbo"}, TURBO),
    "boost": Case(
        Imagine(boost=True),
        None,
        {"boost": True},
        "/nova/boost/imagine",
        {"prompt": "a red fox --fast", "disableCdn": False},
        FAST,
    ),
    "press": Case(Press(), 5, {}, "/nova/button", PRESSED, U2),
    "unpriced": Case(Press(), None, {}, "/nova/button", PRESSED | {"button": "Zoom Out 2x"}, ZOOM),
    "boost press": Case(
        Press(boost=True), None, {"boost": True}, "/nova/boost/button", PRESSED | {"disableCdn": False}, U2
    ),
    "describe": Case(Describe(url=FOX), None, {"describe": FOX}, "/nova/describe", {"url": FOX}),
    "faceswap": Case(
        FaceSwap(source=FOX, target=HARE),
        None,
        {"faceswap": (FOX, HARE)},
        "/nova/faceswap",
        {"source": FOX, "target": HARE},
    ),
    "blend": Case(Blend(urls=(FOX, HARE)), None, {"blend": (FOX, HARE)}, "/nova/blend", {"urls": [FOX, HARE]}),
    "flux": Case(
        Flux(),
        6,
        {"flux": (1, (None, None), None, None, None)},
        "/flux/imagine",
        {"prompt": "a red fox", "n": 1},
        PROMPT,
    ),
    "four by flux": Case(
        Flux(count=4, width=768, height=512, output_format="webp", output_quality=0, model="flux-1.1-pro"),
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
        Flux(count=2, aspect_ratio="16:9"),
        12,
        {"flux": (2, "16:9", None, None, None)},
        "/flux/imagine",
        {"prompt": "a red fox", "n": 2, "aspect_ratio": "16:9"},
        PROMPT,
    ),
    "upscale": Case(
        Upscale(image=FOX, scale=2.5), 2, {"upscale": (FOX, 2.5)}, "/flux/upscale", {"image": FOX, "scale": 2.5}
    ),
    "cut out": Case(CutOut(image=FOX), 5, {"cut_out": FOX}, "/tools/remove-bg", {"image": FOX}),
    "edit": Case(
        Edit(images=(FOX, HARE)),
        6,
        {"edit": BLOCKS, "model": None},
        "/universal/imagine",
        {"contents": CONTENTS},
        PROMPT,
    ),
    **{
        f"edit by {model}": Case(
            Edit(images=(FOX, HARE), model=model),
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
            Edit(images=(FOX, HARE), model=model),
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
        ZImage(), 6, {"zimage": (None, None)}, "/universal/zimage", {"prompt": "a red fox", "steps": 4}, PROMPT
    ),
    "small zimage": Case(
        ZImage(width=512, height=64),
        6,
        {"zimage": (512, 64)},
        "/universal/zimage",
        {"prompt": "a red fox", "steps": 4, "width": 512, "height": 64},
        PROMPT,
    ),
    "video": Case(
        Video(start=FOX, end=HARE),
        10,
        {"video": (FOX, HARE)},
        "/video/mj/generate",
        {"prompt": "a red fox", "startFrameUrl": FOX, "endFrameUrl": HARE},
        PROMPT,
    ),
    "extension": Case(
        Extension(index=0), None, {"extend": (PARENT, 0)}, "/video/mj/extend", {"messageId": PARENT, "index": 0}, CHILD
    ),
}
EVERY = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


async def recorded(store: JobStore, case: Case) -> JobRecord:
    """The case's job as it is remembered."""
    job = new_job(kind=case.order.kind, **case.job)
    return (await store.record(replace(job, details=details_of(case.order))))[0]


def test_every_kind_is_tried() -> None:
    """No kind of job is left out here."""
    assert {case.order.kind for case in CASES.values()} == set(JobKind)


@EVERY
async def test_order_is_kept_with_its_job(store: JobStore, case: Case) -> None:
    """A restart reads back exactly what was asked for, through the database and through JSON."""
    job = await recorded(store, case)
    assert order_of(job) == case.order
    assert json.loads(json.dumps(details_of(case.order))) == details_of(case.order)
    assert "kind" not in details_of(case.order)


@EVERY
async def test_price_is_the_published_one(store: JobStore, case: Case) -> None:
    """None where none is published."""
    assert case.order.cost(await recorded(store, case)) == case.credits


@EVERY
async def test_api_hears_exactly_the_order(store: JobStore, case: Case) -> None:
    """The call that belongs to it, once, with every option."""
    api, job = ScriptedApi(), await recorded(store, case)
    submission = await case.order.send(api, job, OPTIONS)
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
        yield ImagineProClient(session, key=SecretStr("sk-test"), base_url=api.url, pace=Pace.unlimited())


async def ended(client: ImagineProClient, remote_id: str) -> Job:
    """The job's last record."""
    while not (job := await client.progress(remote_id)).status.is_terminal:
        pass
    return job


async def parent_for(client: ImagineProClient, case: Case) -> str:
    """The id of a finished job that this one can go on from."""
    grid = await ended(client, (await client.imagine("a red fox")).message_id)
    if case.order.kind is not JobKind.EXTENSION:
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
    submission = await case.order.send(client, job, OPTIONS)
    request = api.request_log[-1]
    assert request.path == f"/api/v1{case.path}"
    assert request.body == body | SENT_OPTIONS
    assert submission.message_id in api.jobs
    if case.credits is not None:
        assert before - api.credits == case.credits


@pytest.mark.parametrize("order", [Press(), Extension(index=0)])
async def test_follow_up_needs_its_parent(store: JobStore, order: Order) -> None:
    """A record that nobody could write is not sent at all."""
    api = ScriptedApi()
    job = (await store.record(new_job(kind=order.kind, button="U2")))[0]
    with pytest.raises(LookupError, match="without a parent"):
        await order.send(api, job, OPTIONS)
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
        (JobKind.EXTENSION, {"index": -1}),
    ],
)
async def test_impossible_records_are_found_out(store: JobStore, kind: JobKind, details: dict[str, object]) -> None:
    """Nothing that the API can't take is built from a record."""
    job = (await store.record(new_job(kind=kind, details=details)))[0]
    with pytest.raises(ValidationError):
        order_of(job)


async def test_record_of_a_newer_release_is_read(store: JobStore) -> None:
    """What this release does not know of is left alone."""
    job = (await store.record(new_job(kind=JobKind.CUT_OUT, details={"image": FOX, "edges": "soft"})))[0]
    assert order_of(job) == CutOut(image=FOX)


def test_orders_say_what_they_are() -> None:
    """A word for the title, the pictures to show while it runs, and what is waited for."""
    named = {name: case.order.name for name, case in CASES.items()}
    assert all(named[name] for name in CASES if CASES[name].order.kind not in {JobKind.IMAGINE, JobKind.BUTTON})
    assert Upscale(image=FOX, scale=2.5).name == "Upscale ×2.5"
    assert Edit(images=(FOX, HARE)).inputs == (FOX, HARE)
    assert Video(start=FOX, end=HARE).inputs == (FOX, HARE)
    assert {case.order.kind for case in CASES.values() if case.order.result is Result.VIDEO} == {
        JobKind.VIDEO,
        JobKind.EXTENSION,
    }
    assert [case.order.kind for case in CASES.values() if case.order.result is Result.TEXTS] == [JobKind.DESCRIBE]


def test_masks_stay_out_of_the_log() -> None:
    """They are long, and show what somebody has drawn."""
    assert "c2VjcmV0" not in repr(Press(mask="c2VjcmV0"))


async def test_mask_and_prompt_go_with_the_press(store: JobStore) -> None:
    """As they were given."""
    api = ScriptedApi()
    job = (await store.record(new_job(kind=JobKind.BUTTON, **(CHILD | {"button": "Vary (Region)"}))))[0]
    await Press(mask="bWFzaw==", prompt="a hat").send(api, job, OPTIONS)
    [heard] = api.accepted.values()
    assert (heard.prompt, heard.fields, heard.button) == ("a hat", {"mask": "bWFzaw=="}, "Vary (Region)")
