"""The routes of the mask editor: the page, the picture to edit, and where the mask is sent."""

from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from bot.errors import UserError
from bot.web.assets import Assets
from bot.web.error_pages import Refusal
from bot.web.request_body import read_mask_submission
from bot.web.security import check_same_origin


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


class MaskRoutes:
    """The routes of the mask editor."""

    def __init__(self, editor: MaskEditor, public_url: str | None) -> None:
        self._editor = editor
        self._public_url = public_url

    def routes(self) -> list[web.RouteDef]:
        """The page, its files, and what it fetches and sends."""
        assets = Assets()
        return [
            web.get("/mask/{ticket}", assets.page),
            web.get("/mask/{ticket}/task", self._task),
            web.get("/mask/{ticket}/picture", self._picture),
            web.post("/mask/{ticket}", self._submit),
            web.get("/mask-editor/{name}", assets.file),
        ]

    async def _task(self, request: web.Request) -> web.Response:
        task = await self._load(request)
        return web.json_response({"prompt": task.prompt, "width": task.width, "height": task.height})

    async def _picture(self, request: web.Request) -> web.Response:
        task = await self._load(request)
        if task.content_type not in _EDITABLE_TYPES:
            raise Refusal(422, "This picture is of a kind that can't be edited here.")
        return web.Response(body=task.picture, content_type=task.content_type)

    async def _load(self, request: web.Request) -> MaskTask:
        try:
            return await self._editor.load(request.match_info["ticket"])
        except UserError as error:
            raise Refusal(410, error.text) from error

    async def _submit(self, request: web.Request) -> web.Response:
        check_same_origin(request, self._public_url)
        submission = await read_mask_submission(request)
        sentence = await self._editor.submit(request.match_info["ticket"], submission.mask, submission.prompt)
        return web.json_response({"message": sentence})
