"""The chat page's side: one WebSocket per tab, uploads, and the files of the page itself."""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from . import seed
from .actions import Actions
from .channels import DM, Channel, Stored
from .core import Core
from .errors import DiscordError, Refused
from .files import Upload
from .interactions.record import Interaction
from .wire import Json, dumps, json_response, loads


class Tab:
    """One open page: hears of everything its user sees."""

    def __init__(self, core: Core, user_id: str) -> None:
        self.core = core
        self.user_id = user_id
        self.queue: asyncio.Queue[Json] = asyncio.Queue()

    def tell(self, name: str, data: Json | list[Json]) -> None:
        """Queue an event for the page."""
        self.queue.put_nowait({"t": name, "d": data})

    def sees(self, channel: Channel) -> bool:
        """Whether a channel is on the page."""
        return channel in self.core.world.visible_channels(self.user_id)

    def message_changed(self, event: str, channel: Channel, stored: Stored) -> None:
        """Pass a message on if its user sees it."""
        if not self.sees(channel) or not stored.visible_to(self.user_id):
            return
        if event == "message_delete":
            self.tell(event, {"id": stored.id, "channel_id": channel.id})
        else:
            self.tell(event, stored.message)

    def ready(self) -> Json:
        """Everything the page needs to begin with."""
        world = self.core.world
        channels = world.visible_channels(self.user_id)
        bot = {"id": seed.APPLICATION_ID, "username": seed.BOT_NAME, "online": self.core.gateway.online}
        return {
            "me": world.users[self.user_id],
            "users": list(world.users.values()),
            "guild": {"id": world.guild.id, "name": world.guild.name},
            "roles": list(world.guild.roles.values()),
            "channels": [channel_of_page(each) for each in channels],
            "commands": self.core.commands.everywhere(),
            "messages": {
                each.id: [m.message for m in each.messages.values() if m.visible_to(self.user_id)] for each in channels
            },
            "bot": bot,
        }

    def act(self, frame: Json) -> None:
        """Do what the page asks; what is refused comes back as an error."""
        nonce = frame.get("nonce")

        def listener(name: str, data: Json) -> None:
            self.tell(name, {"nonce": nonce, **data})

        try:
            perform(Actions(self.core, self.user_id, listener), frame)
        except (Refused, DiscordError) as error:
            self.tell("error", {"nonce": nonce, "message": str(error)})
        except (KeyError, TypeError, AttributeError, ValueError):
            self.tell("error", {"nonce": nonce, "message": "This could not be understood."})


def perform(actions: Actions, frame: Json) -> Interaction | Stored | None:
    """Carry out one frame of the page."""
    operations: dict[str, Callable[[], Any]] = {
        "slash": lambda: actions.slash(frame["channel_id"], frame["name"], frame.get("options") or []),
        "autocomplete": lambda: actions.autocomplete(frame["channel_id"], frame["name"], frame.get("options") or []),
        "press": lambda: actions.press(frame["channel_id"], frame["message_id"], frame["custom_id"]),
        "choose": lambda: actions.choose(frame["channel_id"], frame["message_id"], frame["custom_id"], frame["values"]),
        "submit": lambda: actions.submit(frame["interaction_id"], frame["custom_id"], frame["components"]),
        "context": lambda: actions.context(frame["channel_id"], frame["message_id"], frame["name"]),
        "send": lambda: actions.send(frame["channel_id"], frame["content"]),
        "dismiss": lambda: actions.dismiss(frame["message_id"]),
    }
    return operations[frame["op"]]()


def channel_of_page(channel: Channel) -> Json:
    """A channel as the page lists it."""
    kept = {"id": channel.id, "name": channel.name, "type": channel.type, "nsfw": channel.nsfw, "topic": channel.topic}
    return {**kept, "recipients": [channel.recipient]} if channel.type == DM else kept


class Page:
    """Serves the page and its tabs."""

    def __init__(self, core: Core, folder: Path | None) -> None:
        self._core = core
        self._folder = folder
        self._tabs: dict[Tab, web.WebSocketResponse] = {}
        core.world.listeners.append(self._message_changed)
        core.world.typing_listeners.append(self._typing)
        core.gateway.listeners.append(lambda online: self._all("bot", {"online": online}))
        core.commands.listeners.append(lambda: self._all("commands", core.commands.everywhere()))

    def routes(self) -> list[web.RouteDef | web.StaticDef]:
        """The routes outside the REST API."""
        page: list[web.RouteDef | web.StaticDef] = [
            web.get("/", self._index),
            web.get("/client/ws", self._socket),
            web.post("/client/uploads", self._upload),
            web.get("/attachments/{path:.+}", self._attachment),
        ]
        return [*page, web.static("/static", self._folder)] if self._folder else page

    async def stop(self) -> None:
        """Close all tabs."""
        for ws in list(self._tabs.values()):
            await ws.close(code=1001)

    async def _index(self, request: web.Request) -> web.StreamResponse:
        if self._folder is None or not (self._folder / "index.html").is_file():
            raise web.HTTPNotFound(text="This server was started without a page.")
        return web.FileResponse(self._folder / "index.html", headers={"Cache-Control": "no-cache"})

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        try:
            user_id = self._core.world.user_id(request.query.get("user") or "mia")
        except KeyError:
            raise web.HTTPBadRequest(text="There is no such user.") from None
        ws = web.WebSocketResponse(heartbeat=30)
        await ws.prepare(request)
        tab = Tab(self._core, user_id)
        tab.tell("ready", tab.ready())
        self._tabs[tab] = ws
        writer = asyncio.create_task(write(tab, ws))
        try:
            await read(tab, ws)
        finally:
            del self._tabs[tab]
            writer.cancel()
        return ws

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        field = form.get("file")
        if not isinstance(field, web.FileField):
            return json_response({"message": "There is no file in the field “file”."}, 400)
        data = field.file.read()
        if len(data) > self._core.world.guild.attachment_limit:
            return json_response({"message": "Your files are too powerful: the limit here is 10 MB."}, 413)
        kind = None if field.content_type == "application/octet-stream" else field.content_type
        kept = self._core.files.keep("uploads", Upload(field.filename, data, kind))
        return json_response({key: kept[key] for key in ("id", "filename", "size", "content_type", "url")})

    async def _attachment(self, request: web.Request) -> web.StreamResponse:
        found = self._core.files.read(request.match_info["path"])
        if found is None:
            raise web.HTTPNotFound(text="This content is no longer available.")
        headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return web.Response(body=found[1], headers={"Content-Type": found[0], **headers})

    def _message_changed(self, event: str, channel: Channel, stored: Stored) -> None:
        for tab in self._tabs:
            tab.message_changed(event, channel, stored)

    def _typing(self, channel: Channel) -> None:
        for tab in filter(partial(Tab.sees, channel=channel), self._tabs):
            tab.tell("typing", {"channel_id": channel.id, "user_id": seed.APPLICATION_ID})

    def _all(self, name: str, data: Json | list[Json]) -> None:
        for tab in self._tabs:
            tab.tell(name, data)


async def write(tab: Tab, ws: web.WebSocketResponse) -> None:
    """Send what is queued for a tab, in order."""
    with contextlib.suppress(ConnectionError, RuntimeError):
        while True:
            await ws.send_str(dumps(await tab.queue.get()).decode())


async def read(tab: Tab, ws: web.WebSocketResponse) -> None:
    """Carry out what a tab sends, until it is closed."""
    async for message in ws:
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            break
        try:
            frame = loads(message.data)
        except ValueError:
            frame = None
        if isinstance(frame, dict):
            tab.act(frame)
        else:
            tab.tell("error", {"message": "This could not be understood."})
