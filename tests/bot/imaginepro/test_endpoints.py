"""Every call that starts a job: what it sends, field by field, and what it never sends."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.imaginepro import ImageBlock, ImagineProClient, ImagineProError, RequestRefused, Submission, TextBlock
from tests.bot.imaginepro.far_end import FarEnd, cut, reply
from tests.bot.imaginepro.payloads import HTML, JOB_ID, payload

Build = Callable[..., ImagineProClient]
Calling = Callable[[ImagineProClient], Awaitable[Submission | None]]
A, B = "https://img.example/a.png", "https://img.example/b.png"
EDIT = [ImageBlock(url=A), TextBlock(text="make the fur white")]
BLOCKS = [{"type": "image", "url": A}, {"type": "text", "text": "make the fur white"}]

CALLS: dict[str, tuple[Calling, str, dict[str, Any]]] = {
    "describe": (lambda api: api.describe(A), "/nova/describe", {"url": A}),
    "faceswap": (lambda api: api.faceswap(A, B), "/nova/faceswap", {"source": A, "target": B}),
    "blend": (lambda api: api.blend([A, B]), "/nova/blend", {"urls": [A, B]}),
    "boost": (lambda api: api.boost_imagine("fox"), "/nova/boost/imagine", {"prompt": "fox", "disableCdn": False}),
    "boost-press": (
        lambda api: api.boost_press(JOB_ID, "U2", disable_cdn=True),
        "/nova/boost/button",
        {"messageId": JOB_ID, "button": "U2", "disableCdn": True},
    ),
    "boost-region": (
        lambda api: api.boost_press(JOB_ID, "Vary (Region)", prompt="a scarf", mask="AAAA"),
        "/nova/boost/button",
        {"messageId": JOB_ID, "button": "Vary (Region)", "prompt": "a scarf", "mask": "AAAA", "disableCdn": False},
    ),
    "flux": (lambda api: api.flux("boat"), "/flux/imagine", {"prompt": "boat"}),
    "flux-all": (
        lambda api: api.flux(
            "boat",
            count=4,
            width=768,
            height=1024,
            aspect_ratio="3:4",
            output_format="webp",
            output_quality=80,
            model="flux-1.1-pro",
        ),
        "/flux/imagine",
        {
            "prompt": "boat",
            "n": 4,
            "width": 768,
            "height": 1024,
            "aspect_ratio": "3:4",
            "output_format": "webp",
            "output_quality": "80",
            "model": "flux-1.1-pro",
        },
    ),
    "flux-upscale": (lambda api: api.flux_upscale(A, 2.5), "/flux/upscale", {"image": A, "scale": 2.5}),
    "remove-background": (lambda api: api.remove_background(A), "/tools/remove-bg", {"image": A}),
    "edit": (lambda api: api.edit(EDIT), "/universal/imagine", {"contents": BLOCKS}),
    "edit-model": (
        lambda api: api.edit(EDIT, model="nano-banana-2"),
        "/universal/imagine",
        {"contents": BLOCKS, "model": "nano-banana-2"},
    ),
    "gemini": (
        lambda api: api.gemini(EDIT, model="flux-1.1-pro"),
        "/gemini/imagine",
        {"contents": BLOCKS, "model": "flux-1.1-pro"},
    ),
    "zimage": (
        lambda api: api.zimage("rain", width=768, height=1024),
        "/universal/zimage",
        {"prompt": "rain", "steps": 4, "width": 768, "height": 1024},
    ),
    "video": (
        lambda api: api.video(A, B, "slow dolly in", ref="r-1", webhook="https://bot.example/hook", timeout=900),
        "/video/mj/generate",
        {
            "startFrameUrl": A,
            "endFrameUrl": B,
            "prompt": "slow dolly in",
            "ref": "r-1",
            "webhookOverride": "https://bot.example/hook",
            "timeout": 900,
        },
    ),
    "extend-video": (lambda api: api.extend_video(JOB_ID, 0), "/video/mj/extend", {"messageId": JOB_ID, "index": 0}),
    "command": (lambda api: api.command("info", "1900"), "/nova/commands", {"cmd": "info", "tokenId": 1900}),
    "command-text-id": (lambda api: api.command("fast", "a-1"), "/nova/commands", {"cmd": "fast", "tokenId": "a-1"}),
}
EVERY = pytest.mark.parametrize("name", CALLS)


@EVERY
async def test_the_request_is_the_documented_one(name: str, far_end: FarEnd, client: ImagineProClient) -> None:
    """Path and body are exactly these."""
    call, path, body = CALLS[name]
    far_end.script(reply(payload("submission")))
    accepted = await call(client)
    [request] = far_end.received
    assert (request.method, request.raw_path, request.json) == ("POST", f"/api/v1{path}", body)
    assert accepted is not None
    assert accepted.message_id == JOB_ID


@EVERY
@pytest.mark.parametrize("answer", [cut, reply(HTML, status=502), reply(b"")])
async def test_an_ambiguous_answer_is_never_repeated(
    answer: Any, name: str, far_end: FarEnd, client: ImagineProClient
) -> None:
    """One request, and the error says that a paid job may exist."""
    far_end.script(answer)
    with pytest.raises(ImagineProError) as caught:
        await CALLS[name][0](client)
    assert caught.value.may_have_created
    assert len(far_end.received) == 1


@EVERY
async def test_a_refusal_created_nothing(name: str, far_end: FarEnd, client: ImagineProClient) -> None:
    """400: told once, in the API's own words."""
    far_end.script(reply({"message": "Image is broken."}, status=400))
    with pytest.raises(RequestRefused, match=r"Image is broken\.") as caught:
        await CALLS[name][0](client)
    assert not caught.value.may_have_created
    assert len(far_end.received) == 1


@pytest.mark.parametrize(
    "call",
    [
        lambda api: api.blend([A]),
        lambda api: api.blend([A] * 6),
        lambda api: api.flux("x", count=0),
        lambda api: api.flux("x", count=5),
        lambda api: api.flux("x", width=100),
        lambda api: api.flux("x", height=-8),
        lambda api: api.flux("x", output_quality=101),
        lambda api: api.flux_upscale(A, 1.9),
        lambda api: api.flux_upscale(A, float("nan")),
        lambda api: api.zimage("x", width=1032),
        lambda api: api.zimage("x", height=1020),
        lambda api: api.zimage("x", height=0),
        lambda api: api.edit([]),
        lambda api: api.gemini([]),
        lambda api: api.extend_video(JOB_ID, -1),
    ],
)
async def test_what_is_out_of_range_is_never_sent(call: Calling, far_end: FarEnd, client: ImagineProClient) -> None:
    """A mistake of the caller costs nothing."""
    with pytest.raises(ValueError, match=r"must be|pictures|at least"):
        await call(client)
    assert far_end.received == []


async def test_blend_takes_the_older_path_where_the_current_one_is_missing(
    far_end: FarEnd, client: ImagineProClient
) -> None:
    """A 404 created nothing, so the same body goes to the older spelling."""
    far_end.script(reply(payload("error-404"), status=404), path="/nova/blend")
    far_end.script(reply(payload("submission")), path="/midjourney/blend")
    assert (await client.blend([A, B], ref="r")).message_id == JOB_ID
    assert [request.raw_path for request in far_end.received] == ["/api/v1/nova/blend", "/api/v1/midjourney/blend"]
    assert far_end.received[1].json == {"urls": [A, B], "ref": "r"}


@pytest.mark.parametrize("answer", [reply(status=400), reply(status=500), cut, reply({"success": False})])
async def test_blend_asks_nowhere_else_after_any_other_answer(
    answer: Any, far_end: FarEnd, client: ImagineProClient
) -> None:
    """Only a missing path is certain to have created nothing and to be found elsewhere."""
    far_end.script(answer)
    with pytest.raises(ImagineProError):
        await client.blend([A, B])
    assert len(far_end.received) == 1


async def test_the_older_blend_has_no_second_path(far_end: FarEnd, build: Build) -> None:
    """With the older prefix a 404 is final."""
    far_end.script(reply(status=404))
    with pytest.raises(RequestRefused):
        await build(prefix="midjourney").blend([A, B])
    assert len(far_end.asked("/midjourney/blend")) == 1


async def test_a_command_under_another_field_and_without_a_job(far_end: FarEnd, client: ImagineProClient) -> None:
    """The account's field can be renamed, and a yes that names no job is a yes."""
    far_end.script(reply({"success": True}))
    assert await client.command("relax", "7", field="id") is None
    assert far_end.received[0].json == {"cmd": "relax", "id": 7}


async def test_newer_calls_have_one_spelling(far_end: FarEnd, build: Build) -> None:
    """Boost and the prompt check are documented below `nova` alone, whatever spelling is set."""
    far_end.script(reply(payload("submission")))
    far_end.script(reply(b'{"status": "SUCCESS"}'), path="/prompt-check")
    client = build(prefix="midjourney")
    await client.boost_imagine("a fox")
    await client.boost_press("m", "U1")
    await client.check_prompt("a fox")
    assert [request.raw_path.removeprefix("/api/v1") for request in far_end.received] == [
        "/nova/boost/imagine",
        "/nova/boost/button",
        "/nova/prompt-check",
    ]
