"""The addresses behind a mask editor's link."""

from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from bot.errors import UserError
from bot.web.assets import Assets
from bot.web.error_pages import Refusal
from bot.web.request_body import read_change
from bot.web.security import check_same_origin


@dataclass(frozen=True, slots=True)
class MaskTask:
    """The picture that a link is about, its size in pixels, and the prompt that the editor begins with."""

    picture: bytes = field(repr=False)
    content_type: str
    width: int
    height: int
    prompt: str


class MaskDesk(Protocol):
    """Knows what a ticket, the secret part of a link, stands for. Both calls raise UserError in words for the page."""

    async def look(self, ticket: str) -> MaskTask:
        """The picture and prompt behind a link, which stays valid.

        Called twice for each opened page, for the prompt and for the picture, and never by a mere preview of the link.
        Raises UserError when the link is expired, used, foreign or malformed.
        """
        ...

    async def submit(self, ticket: str, mask: bytes, prompt: str) -> str:
        """Start the job; returns the sentence to show.

        `mask` is whatever the browser sent, up to `masks.MAX_MASK_BYTES`, and not yet checked. May be called twice at
        once for one link. Raises UserError when the link, the mask or the prompt won't do.
        """
        ...


_SHOWN = {"image/png", "image/jpeg", "image/webp", "image/gif"}


class MaskRoutes:
    """The editor for one desk."""

    def __init__(self, desk: MaskDesk, public_url: str | None) -> None:
        self._desk = desk
        self._public_url = public_url

    def routes(self) -> list[web.RouteDef]:
        """The page, what it asks for, and where it sends the mask."""
        assets = Assets()
        return [
            web.get("/mask/{ticket}", assets.page),
            web.get("/mask/{ticket}/task", self._task),
            web.get("/mask/{ticket}/picture", self._picture),
            web.post("/mask/{ticket}", self._submit),
            web.get("/mask-editor/{name}", assets.file),
        ]

    async def _task(self, request: web.Request) -> web.Response:
        task = await self._look(request)
        return web.json_response({"prompt": task.prompt, "width": task.width, "height": task.height})

    async def _picture(self, request: web.Request) -> web.Response:
        task = await self._look(request)
        if task.content_type not in _SHOWN:
            raise Refusal(422, "This picture is of a kind that can't be edited here.")
        return web.Response(body=task.picture, content_type=task.content_type)

    async def _look(self, request: web.Request) -> MaskTask:
        try:
            return await self._desk.look(request.match_info["ticket"])
        except UserError as error:
            raise Refusal(410, error.text) from error

    async def _submit(self, request: web.Request) -> web.Response:
        check_same_origin(request, self._public_url)
        change = await read_change(request)
        sentence = await self._desk.submit(request.match_info["ticket"], change.mask, change.prompt)
        return web.json_response({"message": sentence})
