"""The chat page's side: one WebSocket per tab, uploads, and the files of the page itself."""

import asyncio
import mimetypes
import secrets
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from aiohttp import web

from playground.discord_server.base.errors import DiscordError
from playground.discord_server.base.json import Json, json_response
from playground.discord_server.core import Core
from playground.discord_server.rest.body import read_body
from playground.discord_server.state import seed
from playground.discord_server.state.channels import Channel, StoredMessage
from playground.discord_server.state.files import UPLOADS

from .tabs import Tab, read, write

NO_FILE = "There is no file in the field “file”."
TOO_LARGE = "Your files are too powerful: the limit here is 10 MB."


class Page:
    """Serves the page and its tabs; `beside` are the paths of further routes at its address."""

    def __init__(self, core: Core, folder: Path | None, beside: Sequence[str] = ()) -> None:
        self._core = core
        # A page that finds another world than the one it knows reloads everything.
        self._about: Json = {"world": secrets.token_hex(8), "beside": list(beside)}
        self._folder = folder
        self._tabs: dict[Tab, web.WebSocketResponse] = {}
        core.world.listeners.append(self._message_changed)
        core.world.typing_listeners.append(self._typing)
        core.gateway.listeners.append(lambda online: self._all("bot", {"online": online}))
        core.commands.listeners.append(self._commands_changed)

    def routes(self) -> list[web.RouteDef | web.StaticDef]:
        """The routes outside the REST API."""
        page: list[web.RouteDef | web.StaticDef] = [
            web.get("/", self._index),
            web.get("/client/ws", self._socket),
            web.post("/client/uploads", self._upload),
            web.get("/attachments/{path:.+}", self._attachment),
        ]
        return [*page, web.get("/static/{path:.+}", self._static)] if self._folder else page

    async def stop(self) -> None:
        """Close all tabs."""
        for ws in list(self._tabs.values()):
            await ws.close(code=1001)

    async def _index(self, request: web.Request) -> web.StreamResponse:
        if self._folder is None or not (self._folder / "index.html").is_file():
            raise web.HTTPNotFound(text="This server was started without a page.")
        return _text(self._folder / "index.html")

    async def _static(self, request: web.Request) -> web.StreamResponse:
        folder = self._folder.resolve() if self._folder is not None else None
        if folder is None or not (path := (folder / request.match_info["path"]).resolve()).is_relative_to(folder):
            raise web.HTTPNotFound
        if not path.is_file():
            raise web.HTTPNotFound
        return _text(path)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        try:
            user_id = self._core.world.user_id(request.query.get("user") or "mia")
        except KeyError:
            raise web.HTTPBadRequest(text="There is no such user.") from None
        ws = web.WebSocketResponse(heartbeat=30)
        await ws.prepare(request)
        tab = Tab(self._core, user_id)
        tab.tell("ready", {**tab.ready(), **self._about})
        self._tabs[tab] = ws
        writer = asyncio.create_task(write(tab, ws))
        try:
            await read(tab, ws)
        finally:
            del self._tabs[tab]
            writer.cancel()
        return ws

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        try:
            _, uploads = await read_body(request)
        except DiscordError as error:
            return json_response({"message": TOO_LARGE if error.status == 413 else NO_FILE}, error.status)
        if "0" not in uploads:
            return json_response({"message": NO_FILE}, 400)
        if len(uploads["0"].data) > self._core.world.guild.attachment_limit:
            return json_response({"message": TOO_LARGE}, 413)
        kept = self._core.files.keep(UPLOADS, uploads["0"])
        return json_response({key: kept[key] for key in ("id", "filename", "size", "content_type", "url")})

    async def _attachment(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        found = self._core.files.read(path)
        if found is None or not self._core.url_signer.holds(path, request.query):
            raise web.HTTPNotFound(text="This content is no longer available.")
        kind, data = found
        headers = {"Content-Type": kind, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return part_of(request, data, {**headers, "Accept-Ranges": "bytes"})

    def _message_changed(self, event: str, channel: Channel, stored: StoredMessage) -> None:
        for tab in self._tabs:
            tab.message_changed(event, channel, stored)

    def _typing(self, channel: Channel) -> None:
        for tab in filter(partial(Tab.sees, channel=channel), self._tabs):
            tab.tell("typing", {"channel_id": channel.id, "user_id": seed.APPLICATION_ID})

    def _commands_changed(self) -> None:
        for tab in self._tabs:
            tab.commands_changed()

    def _all(self, name: str, data: Json | list[Json]) -> None:
        for tab in self._tabs:
            tab.tell(name, data)


def _text(path: Path) -> web.Response:
    kind = mimetypes.guess_type(path.name)[0] or "text/plain"
    # Without no-cache a browser may go on with the scripts of an earlier version.
    headers = {"Cache-Control": "no-cache"}
    response = web.Response(body=path.read_bytes(), content_type=kind, charset="utf-8", headers=headers)
    response.enable_compression()
    return response


def part_of(request: web.Request, data: bytes, headers: dict[str, str]) -> web.Response:
    """The bytes a request asks for: all of them, or a range, without which a browser can't seek in a video."""
    size = len(data)
    try:
        start, stop, _ = request.http_range.indices(size)
    except ValueError:
        start = stop = size
    if (start, stop) == (0, size):
        return web.Response(body=data, headers=headers)
    if start >= stop:
        return web.Response(status=416, headers={"Content-Range": f"bytes */{size}"})
    placed = {"Content-Range": f"bytes {start}-{stop - 1}/{size}"}
    return web.Response(status=206, body=data[start:stop], headers=headers | placed)
