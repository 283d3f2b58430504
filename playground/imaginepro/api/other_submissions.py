"""Submissions besides Midjourney's own pictures: each checks its body and turns it into a recipe."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from aiohttp import web

from playground.imaginepro.jobs import follow_up_pictures
from playground.imaginepro.jobs.prompt import Prompt
from playground.imaginepro.jobs.response_bodies import Refused, error
from playground.imaginepro.pictures import crafts
from playground.imaginepro.pictures.crafts.drawing import FORMS, Canvas
from playground.imaginepro.pictures.crafts.product import Product, Recipe

from . import linked_accounts
from .call import Call
from .submit import submit_job

_UNIVERSAL = ("nano-banana", "nano-banana-2", "gemini-2.5-flash-image-preview", "gemini-3-pro-image-preview")
_LARGEST = 2048
_LONGEST_Z = 1024


@dataclass(frozen=True)
class JobKind:
    """A kind of job: its price in credits, its usual length in seconds, and the recipe its body asks for."""

    kind: str
    price: int
    seconds: float
    recipe: Callable[[Call], Recipe]

    async def __call__(self, call: Call) -> web.Response:
        """Check the body and submit the job."""
        try:
            recipe = self.recipe(call)
        except Refused as refusal:
            return error(refusal.status, str(refusal))
        return submit_job(
            call,
            kind=self.kind,
            prompt=str(call.body.get("prompt") or call.prompt.text),
            parsed=call.prompt,
            sheet=(),
            seconds=self.seconds,
            price=self.price * _count(call.body),
            seed=0,
            recipe=recipe,
        )


async def blend(call: Call) -> web.Response:
    """A grid that all the pictures are part of. No price is published: it costs what a fast grid costs."""
    urls = call.body.get("urls")
    if not isinstance(urls, list) or not 2 <= len(urls) <= 5:
        return error(400, "urls must hold 2 to 5 picture addresses")
    try:
        images = tuple(_address({"urls": url}, "urls") for url in urls)
    except Refused as refusal:
        return error(refusal.status, str(refusal))
    seed = random.randrange(2**32)
    return submit_job(
        call,
        kind="blend",
        prompt=" ".join(images),
        parsed=replace(call.prompt, text="", images=images),
        sheet=follow_up_pictures.imagined(Prompt(""), seed, call.service.side),
        seconds=40,
        price=10,
        seed=seed,
    )


def _describe(call: Call) -> Recipe:
    return Recipe((_address(call.body, "url"),), crafts.described)


def _faceswap(call: Call) -> Recipe:
    return Recipe((_address(call.body, "source"), _address(call.body, "target")), crafts.swapped)


def _upscale(call: Call) -> Recipe:
    scale = call.body.get("scale")
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not 2 <= scale <= 4:
        raise Refused(400, "scale must be a number between 2 and 4")
    return Recipe((_address(call.body, "image"),), partial(crafts.enlarged, scale=float(scale)))


def _remove_background(call: Call) -> Recipe:
    return Recipe((_address(call.body, "image"),), crafts.cut_out)


def _flux(call: Call) -> Recipe:
    body, count = call.body, call.body.get("n", 1)
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 4:
        raise Refused(400, "n must be an integer between 1 and 4")
    form, quality = body.get("output_format", "png"), str(body.get("output_quality", "100"))
    if form not in FORMS:
        raise Refused(400, f"output_format must be one of {', '.join(FORMS)}")
    if not quality.isdecimal() or int(quality) > 100:
        raise Refused(400, "output_quality must be between 0 and 100")
    _model(body, ("flux-1.1-pro",))
    canvas = Canvas(_flux_size(body), count, form, int(quality))
    return Recipe((), partial(_drawn, _words(call), canvas))


def _zimage(call: Call) -> Recipe:
    steps = call.body.get("steps", 4)
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise Refused(400, "steps must be a positive integer")
    return Recipe((), partial(_drawn, _words(call), Canvas(_size(call.body, _LONGEST_Z))))


def _universal(call: Call, models: tuple[str, ...]) -> Recipe:
    """Texts and pictures; without a picture the text is drawn."""
    contents = call.body.get("contents")
    _model(call.body, models)
    if not isinstance(contents, list) or not contents or not all(isinstance(block, dict) for block in contents):
        raise Refused(400, "contents must be a list of text and image blocks")
    if any(block.get("type") not in {"text", "image"} for block in contents):
        raise Refused(400, "each block's type must be text or image")
    texts = [block.get("text") for block in contents if block["type"] == "text"]
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise Refused(400, "contents must hold a text")
    addresses = tuple(_address(block, "url") for block in contents if block["type"] == "image")
    if not addresses:
        return Recipe((), partial(_drawn, call.prompt.text, Canvas((1024, 1024))))
    return Recipe(addresses, partial(crafts.edited, instruction=call.prompt.text))


def _video(call: Call) -> Recipe:
    frames = _address(call.body, "startFrameUrl"), _address(call.body, "endFrameUrl")
    return Recipe(frames, crafts.filmed)


def _extension(call: Call) -> Recipe:
    index, job = call.body.get("index"), call.job
    if job is None:
        raise Refused(404, "Message not found")
    if job.product is None or job.kind not in {"video", "video-extend"} or not job.status.terminal:
        raise Refused(400, "This message has no video to extend")
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(job.product.files):
        raise Refused(400, "index must be the number of one of the video's results")
    film = job.product.files[index]
    return Recipe((), lambda _: crafts.extended(film))


def _drawn(words: str, canvas: Canvas, _: Any) -> Product:
    return crafts.drawn(words, canvas)


def _words(call: Call) -> str:
    prompt = call.body.get("prompt")
    if not isinstance(prompt, str) or not prompt.strip():
        raise Refused(400, "Prompt is required.")
    return call.prompt.text


def _address(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not re.match(r"https?://[^\s/]", value):
        raise Refused(400, f"{name} must be a URL address")
    return value


def _model(body: dict[str, Any], models: tuple[str, ...]) -> None:
    if body.get("model", models[0]) not in models:
        raise Refused(400, f"model must be one of {', '.join(models)}")


def _size(body: dict[str, Any], longest: int) -> tuple[int, int]:
    width, height = (body.get(name, 1024) for name in ("width", "height"))
    for side in (width, height):
        if isinstance(side, bool) or not isinstance(side, int) or side % 8 or not 8 <= side <= longest:
            raise Refused(400, f"width and height must be multiples of 8 and at most {longest}")
    return width, height


def _flux_size(body: dict[str, Any]) -> tuple[int, int]:
    """Width and height where one of them is given, else about a megapixel of the aspect ratio."""
    if "width" in body or "height" in body:
        return _size(body, _LARGEST)
    match = re.fullmatch(r"([1-9]\d?):([1-9]\d?)", str(body.get("aspect_ratio", "1:1")))
    if match is None:
        raise Refused(400, "aspect_ratio must be two numbers such as 3:2")
    ratio = min(max(int(match[1]) / int(match[2]), 0.25), 4.0)
    return round(128 * math.sqrt(ratio)) * 8, round(128 / math.sqrt(ratio)) * 8


def _count(body: dict[str, Any]) -> int:
    """How many pictures are paid for; the recipe has checked the number."""
    return body.get("n", 1) if isinstance(body.get("n"), int) else 1


# Six a picture for Flux and six for universal and Z-Image, two for its upscale, five for the background and
# ten for a video are published. The others are not: they have a small price, so that a balance moves.
DESCRIBE = JobKind("describe", 2, 12, _describe)
FACESWAP = JobKind("faceswap", 5, 20, _faceswap)
FLUX = JobKind("flux", 6, 15, _flux)
FLUX_UPSCALE = JobKind("flux-upscale", 2, 15, _upscale)
REMOVE_BACKGROUND = JobKind("remove-bg", 5, 12, _remove_background)
UNIVERSAL = JobKind("universal", 6, 20, partial(_universal, models=_UNIVERSAL))
# The default model comes first.
_GEMINI = ("gemini-2.5-flash-image-preview", *_UNIVERSAL, "flux-1.1-pro")
GEMINI = JobKind("gemini", 6, 20, partial(_universal, models=_GEMINI))
COMMAND = JobKind("command", 1, 5, linked_accounts.command)
ZIMAGE = JobKind("zimage", 6, 10, _zimage)
VIDEO = JobKind("video", 10, 90, _video)
VIDEO_EXTEND = JobKind("video-extend", 10, 90, _extension)
