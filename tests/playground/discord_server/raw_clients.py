"""Plain HTTP and WebSocket clients, for what a library would never send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from playground.discord_server import DiscordServer


@dataclass
class Answer:
    """An HTTP answer."""

    status: int
    body: Any
    headers: Any

    @property
    def code(self) -> int:
        """Discord's error code."""
        return self.body["code"]

    def error(self, *path: str) -> str:
        """The code of the first problem at a path of the `errors` object."""
        place = self.body["errors"]
        for step in path:
            place = place[step]
        return place["_errors"][0]["code"]


class Rest:
    """Requests with the bot's token."""

    def __init__(self, session: aiohttp.ClientSession, server: DiscordServer) -> None:
        self._session = session
        self._server = server
        self.general = f"/channels/{server.world.channel('general').id}"
        self.commands = f"/applications/{server.world.bot['id']}/commands"

    async def __call__(self, method: str, path: str, json: Any = None, **options: Any) -> Answer:
        """The answer to a request below /api/v10."""
        headers = {"Authorization": f"Bot {self._server.token}"} | options.pop("headers", {})
        url = self._server.api_url + path
        async with self._session.request(method, url, json=json, headers=headers, **options) as response:
            has_json = response.headers.get("Content-Type") == "application/json"
            body = await response.json() if has_json else await response.text()
            return Answer(response.status, body, response.headers)

    async def send(self, **message: Any) -> Answer:
        """Post a message to #general."""
        return await self("POST", f"{self.general}/messages", message)


@asynccontextmanager
async def rest_client(server: DiscordServer) -> AsyncIterator[Rest]:
    """A client for the REST API."""
    async with aiohttp.ClientSession() as session:
        yield Rest(session, server)


@asynccontextmanager
async def gateway_client(server: DiscordServer, query: str = "v=10&encoding=json") -> AsyncIterator[Any]:
    """A WebSocket to the gateway."""
    address = f"{server.gateway_url}?{query}"
    async with aiohttp.ClientSession() as session, session.ws_connect(address) as ws:
        yield ws
