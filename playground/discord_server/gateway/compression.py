"""How frames cross a gateway connection: as they are, in one compressed stream, or compressed one by one."""

import zlib
from collections.abc import Callable
from typing import Protocol

LARGE = 1024  # bytes from which a single frame is worth compressing
ZSTD_START = bytes.fromhex("28b52ffd 00 38")  # magic number, a frame of unknown size, a window of 128 KiB
ZSTD_BLOCK = 128 * 1024


class Compression(Protocol):
    """What turns a frame's JSON into a WebSocket message: text as str, binary as bytes."""

    def __call__(self, frame: bytes) -> str | bytes:
        """The message."""
        ...


def plain(frame: bytes) -> str:
    """The frame as it is."""
    return frame.decode()


def single(frame: bytes) -> str | bytes:
    """For a client that identified with `compress`: large frames are zlib documents, small ones stay text."""
    return zlib.compress(frame) if len(frame) >= LARGE else frame.decode()


def zlib_stream() -> Compression:
    """One zlib stream for the whole connection, flushed after every frame."""
    stream = zlib.compressobj()
    return lambda frame: stream.compress(frame) + stream.flush(zlib.Z_SYNC_FLUSH)


def zstd_stream() -> Compression:
    """One zstd stream for the whole connection.

    Its blocks hold the bytes as they are, which the format allows: nothing is gained on a loopback by making them
    fewer, and Python before 3.14 has no zstd.
    """
    start = [ZSTD_START]

    def pack(frame: bytes) -> bytes:
        pieces = [frame[at : at + ZSTD_BLOCK] for at in range(0, len(frame), ZSTD_BLOCK)]
        head = start.pop() if start else b""
        return head + b"".join((len(piece) << 3).to_bytes(3, "little") + piece for piece in pieces)

    return pack


COMPRESSIONS: dict[str, Callable[[], Compression]] = {
    "": lambda: plain,
    "zlib-stream": zlib_stream,
    "zstd-stream": zstd_stream,
}
