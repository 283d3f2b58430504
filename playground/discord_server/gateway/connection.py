"""One gateway connection: frames in order, packed as the client asked for."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping

from aiohttp import WSMsgType, web

from playground.discord_server.base.json import Json, dumps, loads

from .compression import COMPRESSIONS, Compression, plain, single

LARGEST = 4096  # bytes of a client's frame
MOST_FRAMES = 120  # of one client in a minute
MINUTE = 60.0


class CloseWith(Exception):
    """The connection has to be closed with one of Discord's gateway codes."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Connection:
    """A client's WebSocket; `send` never blocks, a task of its own writes in order."""

    def __init__(self, ws: web.WebSocketResponse, finish: Callable[[bytes], bytes]) -> None:
        self._ws = ws
        self._finished = finish  # applied to a document when it is sent
        self._compression: Compression = plain
        self._received: deque[float] = deque(maxlen=MOST_FRAMES)
        self._queue: asyncio.Queue[Json | None] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())

    def send(self, frame: Json) -> None:
        """Queue a frame."""
        self._queue.put_nowait(frame)

    def agree(self, query: Mapping[str, str]) -> None:
        """Speak as the address that was called asks for; CloseWith when that is not spoken here."""
        if query.get("v", "10") not in ("9", "10"):
            raise CloseWith(4012, "Invalid API version.")
        if query.get("encoding", "json") != "json":
            raise CloseWith(4002, "Only the JSON encoding is spoken here.")
        compression = COMPRESSIONS.get(query.get("compress", ""))
        if compression is None:
            raise CloseWith(4002, "Of compressions only zlib-stream and zstd-stream are spoken here.")
        self._compression = compression()

    def compress(self) -> None:
        """Compress large frames one by one from now on, unless the whole stream is compressed already."""
        if self._compression is plain:
            self._compression = single

    async def receive(self, timeout: float) -> Json | None:
        """The next frame; None once the client has closed, CloseWith when the frame is malformed or overdue."""
        try:
            message = await self._ws.receive(timeout=timeout)
        except TimeoutError:
            raise CloseWith(4009, "Session timed out.") from None
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
            return None
        self._count()
        data = message.data.encode() if message.type == WSMsgType.TEXT else message.data
        if len(data) > LARGEST:
            raise CloseWith(4002, f"A payload may have {LARGEST} bytes at most.")
        try:
            frame = loads(data)
        except ValueError:
            raise CloseWith(4002, "Error while decoding payload.") from None
        if not isinstance(frame, dict) or type(frame.get("op")) is not int:
            raise CloseWith(4002, "Error while decoding payload.")
        return frame

    @property
    def close_code(self) -> int | None:
        """The code the connection ended with, if it did."""
        return self._ws.close_code

    async def finish(self, code: int, reason: str) -> None:
        """Write what is queued, then close the connection."""
        self._queue.put_nowait(None)
        await self._writer
        await self.close(code, reason)

    async def close(self, code: int, reason: str = "") -> None:
        """Close the connection; what is still queued is lost, as when a line breaks."""
        self._writer.cancel()
        with contextlib.suppress(ConnectionError):
            await self._ws.close(code=code, message=reason.encode())

    def _count(self) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._received) == MOST_FRAMES and now - self._received[0] < MINUTE:
            raise CloseWith(4008, "You are being rate limited.")
        self._received.append(now)

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            while (frame := await self._queue.get()) is not None:
                await self._send(self._finished(dumps(frame)))

    async def _send(self, data: bytes) -> None:
        packed = self._compression(data)
        await (self._ws.send_str(packed) if isinstance(packed, str) else self._ws.send_bytes(packed))
