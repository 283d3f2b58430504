"""The routes of the mask editor: the page, the picture to edit, and where the mask is sent."""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from bot.errors import UserError
from bot.web.assets import Assets
from bot.web.error_pages import Refusal
from bot.web.in_flight import InFlight
from bot.web.request_body import MAX_BODY_BYTES, announced_bytes, read_mask_submission
from bot.web.security import check_same_origin, expect_after


@dataclass(frozen=True, slots=True)
class MaskTask:
    """What a link opens: the picture, its size in pixels, and the prompt to start from."""

    picture: bytes = field(repr=False)
    content_type: str
    width: int
    height: int
    prompt: str


class MaskEditor(Protocol):
    """What the routes need from the bot. A ticket is the secret part of a link; errors are UserErrors."""

    def member_of(self, ticket: str) -> int:
        """The id of the member that a link is for. Raises UserError when its signature is not valid; needs no I/O."""
        ...

    async def load(self, ticket: str) -> MaskTask:
        """The picture and prompt of a link, which stays valid.

        Called twice for each opened page, for the prompt and for the picture, but not by previews of the link.
        Raises UserError when the link is expired, used or not valid.
        """
        ...

    async def submit(self, ticket: str, mask: bytes, prompt: str) -> str:
        """Start the job; returns the sentence to show.

        `mask` is what the browser sent, up to `masks.MAX_MASK_BYTES`, not yet checked. May be called concurrently for
        one link. Raises UserError when the link, the mask or the prompt is not valid.
        """
        ...


_EDITABLE_TYPES = {"image/png", "image/jpeg", "image/webp", "image/gif"}
_CHUNK = 64 * 1024

MAX_SUBMISSIONS = 4
"""Masks of the largest size that are read at the same time; smaller ones count less."""

MAX_READS = 16
"""Pictures that are sent to browsers at the same time, and prompts that are loaded."""

MAX_EACH = 3
"""Requests of one member at the same time, of either kind."""


class MaskRoutes:
    """The routes of the mask editor. A mask has `seconds` to arrive."""

    def __init__(self, editor: MaskEditor, public_url: str | None, *, seconds: float) -> None:
        self._editor = editor
        self._public_url = public_url
        self._seconds = seconds
        self._submissions = InFlight(most_bytes=MAX_SUBMISSIONS * MAX_BODY_BYTES, most_each=MAX_EACH)
        self._reads = InFlight(most_bytes=MAX_READS, most_each=MAX_EACH)

    def routes(self) -> list[web.RouteDef]:
        """The page, its files, and what it fetches and sends."""
        assets = Assets()
        return [
            web.get("/mask/{ticket}", assets.page),
            web.get("/mask/{ticket}/task", self._task),
            web.get("/mask/{ticket}/picture", self._picture),
            web.post("/mask/{ticket}", self._submit, expect_handler=expect_after(self._check)),
            web.get("/mask-editor/{name}", assets.file),
        ]

    def _check(self, request: web.Request) -> int:
        """The member of a request whose body may be read."""
        check_same_origin(request, self._public_url)
        return self._editor.member_of(request.match_info["ticket"])

    async def _task(self, request: web.Request) -> web.Response:
        with self._reading(request):
            task = await self._load(request)
        return web.json_response({"prompt": task.prompt, "width": task.width, "height": task.height})

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        with self._reading(request):
            task = await self._load(request)
            if task.content_type not in _EDITABLE_TYPES:
                raise Refusal(422, "This picture is of a kind that can't be edited here.")
            return await _sent(request, task)

    @contextmanager
    def _reading(self, request: web.Request) -> Generator[None]:
        try:
            member = self._editor.member_of(request.match_info["ticket"])
        except UserError as error:
            raise Refusal(410, error.text) from error
        with self._reads.reserved(member, 1):
            yield

    async def _load(self, request: web.Request) -> MaskTask:
        try:
            return await self._editor.load(request.match_info["ticket"])
        except UserError as error:
            raise Refusal(410, error.text) from error

    async def _submit(self, request: web.Request) -> web.Response:
        # Before a byte of the body is read.
        member = self._check(request)
        with self._submissions.reserved(member, announced_bytes(request, MAX_BODY_BYTES)):
            submission = await read_mask_submission(request, seconds=self._seconds)
            sentence = await self._editor.submit(request.match_info["ticket"], submission.mask, submission.prompt)
        return web.json_response({"message": sentence})


async def _sent(request: web.Request, task: MaskTask) -> web.StreamResponse:
    """The answer with the picture, once it is sent: in parts, since a slow browser would keep a copy of the whole."""
    response = web.StreamResponse(headers={"Content-Type": task.content_type})
    response.content_length = len(task.picture)
    picture = memoryview(b"" if request.method == "HEAD" else task.picture)
    with suppress(ConnectionError):  # the browser has disconnected
        await response.prepare(request)
        for start in range(0, len(picture), _CHUNK):
            await response.write(picture[start : start + _CHUNK])
    return response
