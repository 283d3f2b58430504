"""A panel as a program: what it received, and a way to send operations."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import aiohttp

Json = dict[str, Any]
LISTS = ("api", "discord", "log")


class PanelClient:
    """One open panel. `state` is what it knows, requests by number; `frames` is all it received, as text."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.frames: list[str] = []
        self.state: Json = {"api": {}, "discord": {}, "log": []}
        self._answers: dict[str, Json] = {}
        self._numbers = count()

    async def until(self, wanted: Callable[[Json], Any]) -> Any:
        """What the condition says of the state, once that is true."""
        async with asyncio.timeout(60):
            while not (found := wanted(self.state)):
                await self.hear()
        return found

    async def ask(self, op: str, **body: Any) -> Json:
        """Ask for something; the answer, with its kind as `t`."""
        nonce = str(next(self._numbers))
        await self.ws.send_json({"op": op, "nonce": nonce, **body})
        return await self.answer(nonce)

    async def answer(self, nonce: str | None) -> Json:
        """The answer that carries the nonce."""
        async with asyncio.timeout(60):
            while str(nonce) not in self._answers:
                await self.hear()
        return self._answers.pop(str(nonce))

    async def hear(self) -> None:
        """Take in one frame."""
        text = await self.ws.receive_str()
        self.frames.append(text)
        frame = json.loads(text)
        if frame["t"] in ("done", "error"):
            self._answers[str(frame["d"]["nonce"])] = {"t": frame["t"], **frame["d"]}
            return
        news: Json = frame["d"]
        self.state["log"] += news.get("log", [])
        for side in ("api", "discord"):
            self.state[side] |= {row["number"]: row for row in news.get(side, [])}
        self.state |= {name: value for name, value in news.items() if name not in LISTS}


@asynccontextmanager
async def panel_at(address: str) -> AsyncIterator[PanelClient]:
    """A panel that has received the whole state."""
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{address}/panel/ws") as ws:
        client = PanelClient(ws)
        await client.hear()
        yield client
