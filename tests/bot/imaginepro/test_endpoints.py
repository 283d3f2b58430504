"""The requests of every call that starts a job."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bot.imaginepro import ImageBlock, ImagineProClient, ImagineProError, RequestRefused, Submission, TextBlock
from tests.bot.imaginepro.payloads import HTML, JOB_ID, payload
from tests.bot.imaginepro.scripted_server import ScriptedServer, close_connection, reply

Build = Callable[..., ImagineProClient]
Call = Callable[[ImagineProClient], Awaitable[Submission | None]]
A, B = "https://img.example/a.png", "https://img.example/b.png"
EDIT = [ImageBlock(url=A), TextBlock(text="make the fur white")]
BLOCKS = [{"type": "image", "url": A}, {"type": "text", "text": "make the fur white"}]

CALLS: dict[str, tuple[Call, str, dict[str, Any]]] = {
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
async def test_the_request_is_the_documented_one(
    name: str, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """Each call sends exactly this path and body."""
    call, path, body = CALLS[name]
    api_server.script(reply(payload("submission")))
    accepted = await call(client)
    [request] = api_server.received
    assert (request.method, request.raw_path, request.json) == ("POST", f"/api/v1{path}", body)
    assert accepted is not None
    assert accepted.message_id == JOB_ID


@EVERY
@pytest.mark.parametrize("answer", [close_connection, reply(HTML, status=502), reply(b"")])
async def test_an_ambiguous_answer_is_never_retried(
    answer: Any, name: str, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """An ambiguous answer is not retried, and the error says that a paid job may exist."""
    api_server.script(answer)
    with pytest.raises(ImagineProError) as caught:
        await CALLS[name][0](client)
    assert caught.value.may_have_created
    assert len(api_server.received) == 1


@EVERY
async def test_a_refusal_created_nothing(name: str, api_server: ScriptedServer, client: ImagineProClient) -> None:
    """A 400 raises RequestRefused with the API's reason."""
    api_server.script(reply({"message": "Image is broken."}, status=400))
    with pytest.raises(RequestRefused, match=r"Image is broken\.") as caught:
        await CALLS[name][0](client)
    assert not caught.value.may_have_created
    assert len(api_server.received) == 1


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
async def test_values_out_of_range_are_not_sent(
    call: Call, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """Values out of range raise ValueError without a request."""
    with pytest.raises(ValueError, match=r"must be|pictures|at least"):
        await call(client)
    assert api_server.received == []


async def test_blend_falls_back_to_the_older_path(api_server: ScriptedServer, client: ImagineProClient) -> None:
    """After a 404 /blend is sent to the older path."""
    api_server.script(reply(payload("error-404"), status=404), path="/nova/blend")
    api_server.script(reply(payload("submission")), path="/midjourney/blend")
    assert (await client.blend([A, B], ref="r")).message_id == JOB_ID
    assert [request.raw_path for request in api_server.received] == ["/api/v1/nova/blend", "/api/v1/midjourney/blend"]
    assert api_server.received[1].json == {"urls": [A, B], "ref": "r"}


@pytest.mark.parametrize("answer", [reply(status=400), reply(status=500), close_connection, reply({"success": False})])
async def test_blend_is_not_sent_again_after_other_errors(
    answer: Any, api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """After other errors /blend is not sent again."""
    api_server.script(answer)
    with pytest.raises(ImagineProError):
        await client.blend([A, B])
    assert len(api_server.received) == 1


async def test_the_older_blend_has_no_fallback(api_server: ScriptedServer, build: Build) -> None:
    """With the older prefix a 404 of /blend is final."""
    api_server.script(reply(status=404))
    with pytest.raises(RequestRefused):
        await build(prefix="midjourney").blend([A, B])
    assert len(api_server.requests_to("/midjourney/blend")) == 1


async def test_a_command_under_another_field_and_without_a_job(
    api_server: ScriptedServer, client: ImagineProClient
) -> None:
    """A command can use another field name, and may succeed without a job."""
    api_server.script(reply({"success": True}))
    assert await client.command("relax", "7", field="id") is None
    assert api_server.received[0].json == {"cmd": "relax", "id": 7}


async def test_newer_calls_have_one_prefix(api_server: ScriptedServer, build: Build) -> None:
    """Boost and prompt check always use `nova`, with any prefix setting."""
    api_server.script(reply(payload("submission")))
    api_server.script(reply(b'{"status": "SUCCESS"}'), path="/prompt-check")
    client = build(prefix="midjourney")
    await client.boost_imagine("a fox")
    await client.boost_press("m", "U1")
    await client.check_prompt("a fox")
    assert [request.raw_path.removeprefix("/api/v1") for request in api_server.received] == [
        "/nova/boost/imagine",
        "/nova/boost/button",
        "/nova/prompt-check",
    ]
