"""The commands that make something other than a Midjourney grid, as tests use them."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import aiohttp
from PIL import Image

from playground.discord_server import Outcome, Upload, texts
from playground.imaginepro.jobs.job import Job
from tests.support.stage import Message, Stage, ended, is_private, picture

FOX = Upload("fox.png", picture())
HARE = Upload("hare.png", picture("blue"))


@dataclass(frozen=True)
class Kind:
    """One command: options that work, the API's call and its kind there, what it costs and what it makes."""

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


async def ordered(stage: Stage, command: str, **options: Any) -> Outcome:
    """What came of the command as Mia used it; these options take the place of the usual ones, None leaves one out."""
    outcome = await stage.mia.slash(stage.channel, command, **(KINDS[command].options | options))
    assert outcome.error is None
    return outcome


async def finished(stage: Stage, command: str, **options: Any) -> Message:
    """The public reply of Mia's command once it has ended."""
    outcome = await ordered(stage, command, **options)
    return await outcome.wait_for(lambda message: not is_private(message) and ended(message))


async def refused(stage: Stage, command: str, **options: Any) -> str:
    """What only Mia reads when these options are refused; nothing reached the API, nothing public is left behind."""
    before = stage.posts()
    outcome = await ordered(stage, command, **options)
    sentence = await outcome.wait_for(is_private)
    assert stage.posts() == before
    assert [each.interaction_id for each in stage.channel.messages.values()].count(outcome.id) == 1
    return texts(sentence)


def newest(stage: Stage) -> Job:
    """The job that the API accepted last."""
    return [*stage.api.jobs.values()][-1]


def submitted(stage: Stage) -> dict[str, Any]:
    """What the newest job's request held, without what every request holds."""
    return {name: value for name, value in newest(stage).submitted.items() if name not in {"ref", "timeout"}}


def last_call(stage: Stage) -> str:
    """The path of the newest request that may have cost something."""
    return [entry.path for entry in stage.api.request_log if entry.method == "POST"][-1].removeprefix("/api/v1")


async def served(url: str) -> bytes:
    """The file at this address."""
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        assert response.status == 200
        return await response.read()


async def shown(item: dict[str, Any]) -> Image.Image:
    """The picture that a message shows."""
    return Image.open(BytesIO(await served(item["url"])))


async def is_moving(item: dict[str, Any]) -> bool:
    """Whether what a message shows has several frames."""
    return getattr(await shown(item), "n_frames", 1) > 1


def shared(stage: Stage, upload: Upload) -> str:
    """The address of a file that the local Discord serves to everybody."""
    return stage.discord.core.files.keep("shared", upload)["url"]
