"""The commands that make something other than a Midjourney grid, with options for tests."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import aiohttp
from PIL import Image

from playground.discord_server import Outcome, Upload, texts
from playground.imaginepro.jobs.job import Job
from playground.imaginepro.pictures.crafts.mp4 import frames_of
from tests.support.stage import Message, Stage, ended, is_private, picture

FOX = Upload("fox.png", picture())
HARE = Upload("hare.png", picture("blue"))


@dataclass(frozen=True)
class Kind:
    """One command: valid options, the API's path and job kind, its price in credits and its result."""

    command: str
    call: str
    kind: str
    credits: int
    options: dict[str, Any] = field(default_factory=dict)
    makes: str = "picture"


KINDS = {
    kind.command: kind
    for kind in (
        Kind("flux", "/flux/imagine", "flux", 6, {"prompt": "a paper fox", "width": 128, "height": 64}),
        Kind("zimage", "/universal/zimage", "zimage", 6, {"prompt": "a paper fox", "width": 128, "height": 64}),
        Kind("upscale", "/flux/upscale", "flux-upscale", 2, {"image": FOX}),
        Kind("removebg", "/tools/remove-bg", "remove-bg", 5, {"image": FOX}),
        Kind("edit", "/universal/imagine", "universal", 6, {"prompt": "make it green", "image1": FOX}),
        Kind("video", "/video/mj/generate", "video", 10, {"prompt": "a jump", "start": FOX, "end": HARE}, "video"),
    )
}


async def use_command(stage: Stage, command: str, **options: Any) -> Outcome:
    """The outcome of Mia's command; `options` replace the default ones, None leaves one out."""
    outcome = await stage.mia.slash(stage.channel, command, **(KINDS[command].options | options))
    assert outcome.error is None
    return outcome


async def finished(stage: Stage, command: str, **options: Any) -> Message:
    """The finished public reply to Mia's command."""
    outcome = await use_command(stage, command, **options)
    return await outcome.wait_for(lambda message: not is_private(message) and ended(message))


async def refusal(stage: Stage, command: str, **options: Any) -> str:
    """The private refusal of these options, without an API request and without a public message."""
    before = stage.posts()
    outcome = await use_command(stage, command, **options)
    sentence = await outcome.wait_for(is_private)
    assert stage.posts() == before
    # On a slow machine a deferral for everyone came before it, and is deleted.
    await stage.wait_until(lambda: outcome.messages == [sentence])
    return texts(sentence)


def newest_job(stage: Stage) -> Job:
    """The newest job at the API."""
    return [*stage.api.jobs.values()][-1]


def submitted_body(stage: Stage) -> dict[str, Any]:
    """The newest job's request body, without the fields that every request has."""
    return {name: value for name, value in newest_job(stage).submitted.items() if name not in {"ref", "timeout"}}


def last_call(stage: Stage) -> str:
    """The path of the newest POST request."""
    return [entry.path for entry in stage.api.request_log if entry.method == "POST"][-1].removeprefix("/api/v1")


async def download(url: str) -> bytes:
    """The file at this address."""
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status == 200
        return await response.read()


async def open_picture(item: dict[str, Any]) -> Image.Image:
    """The picture in a message's media item."""
    return Image.open(BytesIO(await download(item["url"])))


async def frames(item: dict[str, Any]) -> list[Image.Image]:
    """The frames of the video in a message's media item."""
    return frames_of(await download(item["url"]))


def public_url(stage: Stage, upload: Upload) -> str:
    """The address of a file that the local Discord serves to everyone."""
    return stage.discord.core.files.keep("shared", upload)["url"]
