"""A tab of the chat page, as a test holds it."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from playground.discord_server import DiscordServer


class Tab:
    """Sends the page's frames and reads the server's."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse, ready: dict[str, Any]) -> None:
        self.ws = ws
        self.ready = ready
        self._numbers = itertools.count()

    def channel(self, name: str) -> str:
        """The id of a channel on the page."""
        return next(each["id"] for each in self.ready["channels"] if each["name"] == name)

    async def do(self, op: str, **frame: Any) -> str:
        """Send a frame; its nonce."""
        nonce = f"n{next(self._numbers)}"
        await self.ws.send_json({"op": op, "nonce": nonce, **frame})
        return nonce

    async def next(self, name: str, **wanted: Any) -> Any:
        """The data of the next event of that name with those values."""
        while True:
            event = await self.ws.receive_json(timeout=60)
            data = event["d"]
            if event["t"] == name and all(data[key] == value for key, value in wanted.items()):
                return data


@asynccontextmanager
async def tab(server: DiscordServer, user: str = "mia") -> AsyncIterator[Tab]:
    """An open tab that has received `ready`."""
    address = f"{server.url}/client/ws?user={user}"
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as ws:
        first = await ws.receive_json(timeout=60)
        assert first["t"] == "ready"
        yield Tab(ws, first["d"])
