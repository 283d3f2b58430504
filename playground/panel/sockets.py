"""The panel's WebSocket: the state, then changes a few times a second; what is asked for is done and answered."""

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from playground.stack import Stack

from .actions import perform
from .feed import Feed
from .operations import AnyOperation, InvalidOperation, read_operation

PATH = "/panel/ws"
TICK_SECONDS = 0.25
_LARGEST_FRAME = 4096


def panel_routes(stack: Stack) -> list[web.RouteDef]:
    """The panel's routes, to be served beside the chat page's."""

    async def serve(request: web.Request) -> web.StreamResponse:
        ws = web.WebSocketResponse(heartbeat=30, max_msg_size=_LARGEST_FRAME)
        await ws.prepare(request)
        await Panel(stack, ws).live()
        return ws

    return [web.get(PATH, serve)]


class Panel:
    """One open panel."""

    def __init__(self, stack: Stack, ws: web.WebSocketResponse) -> None:
        self._open_stack = stack
        self._ws = ws
        self._feed = Feed(stack)
        self._at_work: set[asyncio.Task[None]] = set()

    async def live(self) -> None:
        """Send and receive until the panel is closed; operations that have started are finished."""
        telling = asyncio.create_task(self._tell())
        try:
            async for message in self._ws:
                await self._heard(message.data if message.type is WSMsgType.TEXT else "")
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _tell(self) -> None:
        """Everything, then changes, until all ends: a panel left open would hold that up."""
        await self._send("ready", self._feed.begin())
        ending = self._open_stack.ending
        while not ending.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await ending.wait()
            if changes := self._feed.changes():
                await self._send("changes", changes)
        await self._ws.close(code=WSCloseCode.GOING_AWAY)

    async def _heard(self, text: str) -> None:
        try:
            asked = read_operation(text)
        except InvalidOperation as problem:
            await self._send("error", {"nonce": _nonce(text), "message": str(problem)})
            return
        # In a task: a restart takes a second, and the panel has more to say meanwhile.
        task = asyncio.create_task(self._do(asked))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def _do(self, asked: AnyOperation) -> None:
        try:
            said = await perform(self._open_stack, asked)
        except (InvalidOperation, OSError) as problem:
            await self._send("error", {"nonce": asked.nonce, "message": str(problem)})
        else:
            await self._send("done", {"nonce": asked.nonce, **said})

    async def _send(self, name: str, data: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self._ws.send_str(json.dumps({"t": name, "d": data}))


def _nonce(text: str) -> str | None:
    """The nonce of a frame that was not understood otherwise."""
    try:
        nonce = json.loads(text)["nonce"]
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    return nonce if isinstance(nonce, str) else None
